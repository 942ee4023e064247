//! Three BIND resolvers that forward `consul` to the Consul beside them and resolve the rest themselves.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::bind_zone::{Zone, configuration, zone_files};
use crate::daemon::Daemon;
use crate::dns::{self, Answer, PORT};
use crate::internet::Internet;
use crate::node::{INTERNET, Node, PUBLIC_ADDRESS, PUBLIC_NAME, SERVICE_NAME};
use crate::programs;
use crate::sandbox::Sandbox;
use crate::together::together;
use crate::wait::wait_until;

/// A copy: where `AppArmor` confines named by its path, the original may not read the lab's files.
pub(crate) const PROGRAM: &str = "/run/lab/named";

const LIMIT: Duration = Duration::from_secs(120);

/// The resolvers of one sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Bind<'a> {
    pub(crate) sandbox: &'a Sandbox,
}

impl<'a> Bind<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    pub(crate) fn daemon(self, node: Node) -> Daemon<'a> {
        Daemon::new(self.sandbox, "named", format!("bind-{node}"))
    }

    pub(crate) fn start(self) -> Result<()> {
        let named = programs::find("named").context("no named")?;
        fs::copy(named, self.sandbox.path("named"))?;
        let anchor = Internet::new(self.sandbox).start()?;
        self.sandbox.write("anchor.conf", &anchor)?;
        self.sandbox.write("root.hints", &format!(". 300 IN NS ns.internet.\nns.internet. 300 IN A {INTERNET}\n"))?;
        for (file, text) in zone_files() {
            self.sandbox.write(file, &text)?;
        }
        for node in Node::ALL {
            self.daemon(node).write("named.conf", &configuration(node, Zone::Right))?;
            self.launch(node)?;
        }
        self.wait_healthy()
    }

    fn launch(self, node: Node) -> Result<()> {
        let daemon = self.daemon(node);
        daemon.start(PROGRAM, &["-g".to_owned(), "-c".to_owned(), daemon.inside("named.conf")])
    }

    /// Restarts a resolver, its cache empty, with the zones treated in this way.
    pub(crate) fn reconfigure(self, node: Node, zone: Zone) -> Result<()> {
        let daemon = self.daemon(node);
        daemon.kill()?;
        daemon.write("named.conf", &configuration(node, zone))?;
        self.launch(node)
    }

    /// Undoes every change to the resolvers and to the internet.
    pub(crate) fn mend(self) -> Result<()> {
        Internet::new(self.sandbox).mend()?;
        for node in Node::ALL {
            let daemon = self.daemon(node);
            daemon.thaw()?;
            if !daemon.is_alive() || !self.is_right(node)? {
                self.reconfigure(node, Zone::Right)?;
            }
        }
        Ok(())
    }

    /// Whether a resolver has its right configuration.
    fn is_right(self, node: Node) -> Result<bool> {
        Ok(fs::read_to_string(self.daemon(node).file("named.conf"))? == configuration(node, Zone::Right))
    }

    /// Waits until all three resolve the Galera nodes and, validated, the internet.
    pub(crate) fn wait_healthy(self) -> Result<()> {
        wait_until("healthy BIND resolvers", LIMIT, || self.healthy())
            .map_err(|error| Node::ALL.iter().fold(error, |error, &node| self.daemon(node).explain(&error)))
    }

    /// Checks that all three resolve the Galera nodes by UDP and, validated, the internet by TCP, each also for the
    /// other family of addresses.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn healthy(self) -> Result<()> {
        ensure!(Internet::new(self.sandbox).is_right()?, "the internet's name server has another configuration");
        for node in Node::ALL {
            // Most of what is wrong shows for other names only.
            ensure!(self.is_right(node)?, "{node}'s BIND has another configuration");
            let internal = self.ask(node, SERVICE_NAME)?;
            ensure!(internal.addresses == Node::ALL.map(Node::address), "{node}: {SERVICE_NAME}: {internal}");
            let external = self.ask(node, &format!("{PUBLIC_NAME} A +tcp"))?;
            let validated = external.has("ad") && external.addresses == [PUBLIC_ADDRESS];
            ensure!(validated, "{node}: {PUBLIC_NAME}: {external}");
            // A failure is kept for a second, for each type by itself.
            for name in [SERVICE_NAME, PUBLIC_NAME] {
                let sixth = self.ask(node, &format!("{name} AAAA"))?;
                ensure!(sixth.code == "NOERROR", "{node}: {name} AAAA: {sixth}");
            }
        }
        Ok(())
    }

    /// Waits until a resolver says this of the service, as [`Answer`] is shown, or does not answer.
    pub(crate) fn wait_answer(self, node: Node, right: Option<&str>) -> Result<()> {
        self.wait_said(node, SERVICE_NAME, right)
    }

    /// Waits until a resolver gives to a question an answer that begins so, as [`Answer`] is shown, or none.
    pub(crate) fn wait_said(self, node: Node, question: &str, right: Option<&str>) -> Result<()> {
        wait_until(&format!("{node}'s BIND to answer {right:?} to {question}"), LIMIT, || {
            let answer = self.ask(node, question).map(|answer| answer.to_string());
            match (right, answer) {
                (None, Err(_)) => Ok(()),
                (Some(right), Ok(answer)) if answer.starts_with(right) => Ok(()),
                (_, answer) => anyhow::bail!("it answers {answer:?}"),
            }
        })
        .map_err(|error| self.daemon(node).explain(&error))
    }

    /// A resolver's answer to a question in dig's words.
    pub(crate) fn ask(self, node: Node, question: &str) -> Result<Answer> {
        dns::ask(self.sandbox, node.address(), PORT, question)
    }

    /// Has every resolver cache Consul's answers about the service; fails when Consul gives them no lifetime.
    pub(crate) fn prime(self) -> Result<()> {
        for node in Node::ALL {
            for kind in ["A", "AAAA"] {
                self.ask(node, &format!("{SERVICE_NAME} {kind}"))?;
            }
            // A busy agent takes a moment to answer by its new settings.
            wait_until(&format!("{node}'s BIND to keep the addresses"), LIMIT, || {
                let answer = self.ask(node, SERVICE_NAME)?;
                ensure!(answer.lifetime > 0, "it keeps nothing: {answer}");
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Empties the cache of every resolver; the configurations stay.
    pub(crate) fn forget(self) -> Result<()> {
        at_once(|node| {
            self.daemon(node).kill()?;
            self.launch(node)?;
            self.wait_said(node, "version.bind TXT CH", Some(""))
        })
    }
}

/// Does something to all resolvers at the same time.
pub(crate) fn at_once(work: impl Fn(Node) -> Result<()> + Sync) -> Result<()> {
    let [db1, db2, db3] = Node::ALL;
    together([&|| work(db1), &|| work(db2), &|| work(db3)])
}
