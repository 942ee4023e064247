//! Three BIND resolvers that forward `consul` to the Consul beside them and resolve the rest themselves.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::daemon::Daemon;
use crate::dns::{self, Answer, PORT};
use crate::internet::Internet;
use crate::node::{FOREIGN_ADDRESS, INTERNET, Node, PUBLIC_ADDRESS, PUBLIC_NAME, SERVICE_NAME};
use crate::programs;
use crate::sandbox::Sandbox;
use crate::wait::wait_until;

/// A copy: where `AppArmor` confines named by its path, the original may not read the lab's files.
pub(crate) const PROGRAM: &str = "/run/lab/named";

const LIMIT: Duration = Duration::from_secs(45);

/// How a resolver treats the zone `consul`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// Forwarded, and excepted from DNSSEC validation.
    Right,
    /// Not forwarded: asked of the internet's root.
    Leaked,
    /// Forwarded, but validated: the signed root proves that `consul` does not exist.
    Validated,
    /// Held by itself: another address.
    Foreign,
}

/// The resolvers of one sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Bind<'a> {
    sandbox: &'a Sandbox,
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
        self.sandbox.write("foreign.zone", &foreign_zone())?;
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

    /// Restarts a resolver with `consul` treated in this way.
    pub(crate) fn reconfigure(self, node: Node, zone: Zone) -> Result<()> {
        let daemon = self.daemon(node);
        daemon.kill()?;
        daemon.write("named.conf", &configuration(node, zone))?;
        self.launch(node)
    }

    /// Undoes whatever was done to the resolvers.
    pub(crate) fn mend(self) -> Result<()> {
        for node in Node::ALL {
            let daemon = self.daemon(node);
            daemon.thaw()?;
            let right = configuration(node, Zone::Right);
            if !daemon.is_alive() || fs::read_to_string(daemon.file("named.conf"))? != right {
                self.reconfigure(node, Zone::Right)?;
            }
        }
        Ok(())
    }

    /// Waits until all three resolve the Galera nodes and, validated, the internet.
    pub(crate) fn wait_healthy(self) -> Result<()> {
        wait_until("healthy BIND resolvers", LIMIT, || self.healthy())
            .map_err(|error| Node::ALL.iter().fold(error, |error, &node| self.daemon(node).explain(&error)))
    }

    /// Nothing, when all three resolve the Galera nodes and, validated, the internet; else what is amiss.
    pub(crate) fn healthy(self) -> Result<()> {
        for node in Node::ALL {
            let inside = self.ask(node, SERVICE_NAME)?;
            ensure!(inside.addresses == Node::ALL.map(Node::address), "{node}: {SERVICE_NAME}: {inside:?}");
            let outside = self.ask(node, PUBLIC_NAME)?;
            let validated = outside.authenticated && outside.addresses == [PUBLIC_ADDRESS];
            ensure!(validated, "{node}: {PUBLIC_NAME}: {outside:?}");
        }
        Ok(())
    }

    /// Waits until a resolver answers for the service with this response code, or not at all.
    pub(crate) fn wait_answer(self, node: Node, code: Option<&str>) -> Result<()> {
        wait_until(&format!("{node}'s BIND to answer {code:?}"), LIMIT, || {
            let answer = self.ask(node, SERVICE_NAME);
            match (code, answer) {
                (None, Err(_)) => Ok(()),
                (Some(code), Ok(answer)) if answer.code == code => Ok(()),
                (_, answer) => anyhow::bail!("it answers {answer:?}"),
            }
        })
        .map_err(|error| self.daemon(node).explain(&error))
    }

    pub(crate) fn ask(self, node: Node, name: &str) -> Result<Answer> {
        dns::ask(self.sandbox, node.address(), PORT, name, "A")
    }

    /// Has every resolver keep what Consul says of the service, and fails when Consul grants it no lifetime.
    pub(crate) fn prime(self) -> Result<()> {
        for node in Node::ALL {
            for kind in ["A", "AAAA"] {
                dns::ask(self.sandbox, node.address(), PORT, SERVICE_NAME, kind)?;
            }
            // A busy agent takes a moment to answer by its new settings.
            wait_until(&format!("{node}'s BIND to keep the addresses"), LIMIT, || {
                let answer = self.ask(node, SERVICE_NAME)?;
                ensure!(answer.lifetime > 0, "it keeps nothing: {answer:?}");
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Makes every resolver forget what it has kept.
    pub(crate) fn forget(self) -> Result<()> {
        Node::ALL.into_iter().try_for_each(|node| self.reconfigure(node, Zone::Right))
    }
}

fn foreign_zone() -> String {
    format!(
        "$TTL 0\n@ SOA ns.internet. hostmaster.internet. 1 3600 600 86400 0\n@ NS ns.internet.\n\
         galeradb.service A {FOREIGN_ADDRESS}\n"
    )
}

fn configuration(node: Node, zone: Zone) -> String {
    let address = node.address();
    let forward =
        format!("zone \"consul\" {{ type forward; forward only; forwarders {{ {address} port 8600; }}; }};\n");
    let hold = "zone \"consul\" { type primary; file \"/run/lab/foreign.zone\"; };\n";
    let except = "    validate-except { \"consul\"; };\n";
    let (except, forward) = match zone {
        Zone::Right => (except, forward.as_str()),
        Zone::Leaked => (except, ""),
        Zone::Validated => ("", forward.as_str()),
        Zone::Foreign => (except, hold),
    };
    format!(
        "options {{
    directory \"/run/lab/bind-{node}\";
    pid-file \"pid\";
    session-keyfile none;
    listen-on {{ {address}; }};
    listen-on-v6 {{ none; }};
    query-source address {address};
    recursion yes;
    dnssec-validation yes;
{except}}};
controls {{ }};
include \"/run/lab/anchor.conf\";
zone \".\" {{ type hint; file \"/run/lab/root.hints\"; }};
{forward}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_treat_the_zone_differs_in_one_statement() {
        let right = configuration(Node::Db2, Zone::Right);
        assert!(right.contains("forwarders { 127.0.0.12 port 8600; }") && right.contains("validate-except"));
        assert!(!configuration(Node::Db2, Zone::Leaked).contains("forwarders"));
        assert!(!configuration(Node::Db2, Zone::Validated).contains("validate-except"));
        assert!(!configuration(Node::Db2, Zone::Foreign).contains("forwarders"));
    }
}
