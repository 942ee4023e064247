//! The stack as one thing: start it, break it, mend it, run commands in it.

use std::env;
use std::ffi::OsStr;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, ensure};

use crate::bind::Bind;
use crate::consul::{Consul, SERVICE};
use crate::consul_agent::{DnsSettings, ServiceCheck};
use crate::dns::{self, Answer, PORT};
use crate::fault::Fault;
use crate::galera::{Galera, Setup};
use crate::node::{ARBITRATOR, DNSMASQ, INTERNET, MONITORS, MYSQL, NEWER, Node, ODD_SERVICE, SECURED, SHARED, UNBOUND};
use crate::progress::Progress;
use crate::resolver::{self, Dnsmasq, Unbound};
use crate::sandbox::Sandbox;
use crate::stub::{self, Client};
use crate::tls::Shown;
use crate::together::together;
use crate::{galera_faults, inject, mend, mysql, newer, programs, secured, status, up};

/// A running stack in namespaces of its own; it ends with its owner, however that ends.
#[derive(Debug)]
pub struct Lab {
    sandbox: Sandbox,
    /// Whether MariaDB or Consul may have been changed, and not only name servers.
    is_altered: AtomicBool,
}

impl Lab {
    /// Starts a stack and waits until it is healthy.
    ///
    /// # Errors
    /// Missing programs, neither root nor user namespaces, or a server that does not get healthy, with its log's end.
    pub fn start() -> Result<Self> {
        Self::start_with(&Progress::hidden())
    }

    /// As [`Lab::start`], showing the steps.
    ///
    /// # Errors
    /// As [`Lab::start`].
    pub fn start_with(progress: &Progress) -> Result<Self> {
        programs::check()?;
        let resolvers = Node::ALL.map(Node::address);
        let monitors = MONITORS.map(|(_, address)| address);
        let others = [ARBITRATOR, MYSQL, NEWER, SECURED, UNBOUND, DNSMASQ, INTERNET];
        let sandbox = Sandbox::start(&[&resolvers[..], &monitors, &others].concat(), &resolvers)?;
        start(&sandbox, progress)?;
        Ok(Self { sandbox, is_altered: AtomicBool::new(false) })
    }

    /// The lab that `cargo lab up` has left running.
    ///
    /// # Errors
    /// There is none.
    pub fn attach() -> Result<Self> {
        Ok(Self { sandbox: up::attach()?, is_altered: AtomicBool::new(true) })
    }

    /// A command that will run in the lab, in the working directory of this process, and must not change anything.
    ///
    /// Programs of this build are found by their bare names.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        here(self.sandbox.command("env"), program)
    }

    /// As [`Lab::command`], for a command that changes something.
    pub fn altering(&self, program: impl AsRef<OsStr>) -> Command {
        self.alter();
        self.command(program)
    }

    /// As [`Lab::command`], but this program alone sees this text as its resolv.conf(5).
    pub fn command_with(&self, resolv_conf: &str, program: impl AsRef<OsStr>) -> Command {
        let [unshare, words @ ..] = stub::prefix(resolv_conf);
        let mut command = self.sandbox.command(unshare);
        command.args(words).arg("env");
        here(command, program)
    }

    /// The addresses that a program gets from the C library with this text as its resolv.conf(5).
    ///
    /// # Errors
    /// It takes longer than a minute.
    pub fn client(&self, resolv_conf: &str, name: &str) -> Result<Client> {
        stub::look_up(&self.sandbox, resolv_conf, name)
    }

    /// The answer of a name server to a question in dig's words, as `www.example.org AAAA +tcp`.
    ///
    /// # Errors
    /// No answer within a second.
    pub fn ask(&self, server: &str, question: &str) -> Result<Answer> {
        dns::ask(&self.sandbox, server, PORT, question)
    }

    /// Runs SQL as root on a node; rows as lines, columns separated by tabulators.
    ///
    /// # Errors
    /// The message of the server or the client.
    pub fn sql(&self, node: Node, statements: &str) -> Result<String> {
        self.alter();
        Galera::new(&self.sandbox).sql(node, statements)
    }

    /// Makes a fault and waits until it is visible; [`Lab::status`] then calls the lab unhealthy.
    ///
    /// # Errors
    /// It cannot be made, or does not show.
    pub fn break_(&self, fault: Fault) -> Result<()> {
        ensure!(fault.is_possible(), "only root can make {fault:?}");
        if !fault.is_of_dns_alone() {
            self.alter();
        }
        inject::inject(&self.sandbox, fault)?;
        // BIND is asked first: that takes the least time, and most faults show there.
        let healthy = Bind::new(&self.sandbox).healthy().and_then(|()| status::healthy(&self.sandbox));
        ensure!(healthy.is_err(), "{fault:?} does not show: all is healthy");
        Ok(())
    }

    /// Makes a node's server show this certificate, until the lab is mended.
    ///
    /// # Errors
    /// The server does not show it.
    pub fn show_certificate(&self, node: Node, shown: Shown) -> Result<()> {
        self.alter();
        galera_faults::certificate(Galera::new(&self.sandbox), node, shown)
    }

    /// Makes [`SHARED`] a second address of a node's server, until the lab is mended; returns it.
    ///
    /// # Errors
    /// The kernel cannot translate addresses.
    pub fn share_address(&self, node: Node) -> Result<&'static str> {
        self.alter();
        self.sandbox.redirect(SHARED, node.address())?;
        Ok(SHARED)
    }

    /// Has Consul check every Galera node in this way, until the lab is mended; waits for the first results.
    ///
    /// # Errors
    /// An agent that does not answer, or no result.
    pub fn check_by(&self, check: ServiceCheck) -> Result<()> {
        self.alter();
        Consul::new(&self.sandbox).check_by(check)
    }

    /// Kills the leading Consul server and returns it at once, before the others have noticed.
    ///
    /// # Errors
    /// There is no leader.
    pub fn kill_consul_leader(&self) -> Result<Node> {
        self.alter();
        let consul = Consul::new(&self.sandbox);
        let leader = consul.leader(Node::Db1)?;
        consul.server(leader).kill()?;
        Ok(leader)
    }

    /// Gives every Consul server these settings for DNS, until the lab is mended.
    ///
    /// # Errors
    /// An agent that does not answer.
    pub fn consul_dns(&self, settings: DnsSettings) -> Result<()> {
        self.alter();
        Consul::new(&self.sandbox).answer_by(settings)
    }

    /// Has every BIND keep the addresses of the Galera nodes, for the lifetime that [`Lab::consul_dns`] has set.
    ///
    /// # Errors
    /// No such lifetime, or no answer.
    pub fn prime_dns(&self) -> Result<()> {
        Bind::new(&self.sandbox).prime()
    }

    /// Registers so many further instances of the Galera service with mon1's agent, until the lab is mended; returns
    /// their addresses, where nothing listens. They pass, and carry the ids `galeradb-4` and so on.
    ///
    /// # Errors
    /// More than a hundred, or they do not show.
    pub fn register(&self, count: u8) -> Result<Vec<String>> {
        self.alter();
        ensure!(count <= 100, "no addresses for {count} instances");
        Consul::new(&self.sandbox).register(SERVICE, count)
    }

    /// Registers one instance of [`ODD_SERVICE`] likewise; returns its address.
    ///
    /// # Errors
    /// It does not show.
    pub fn register_odd(&self) -> Result<String> {
        self.alter();
        Ok(Consul::new(&self.sandbox).register(ODD_SERVICE, 1)?.concat())
    }

    /// Starts a Consul with access control and TLS on [`SECURED`], until the lab is mended: HTTP on 8500, HTTPS for the
    /// authority's client certificates on 8501, and `/run/lab/consul-secured/http.sock`.
    ///
    /// Beside the socket, each in a file: `good.token` reads the service and the nodes, `no-node.token` and
    /// `no-service.token` lack the one or the other, `operator.token` reads the operator's and the agent's data too.
    ///
    /// # Errors
    /// It does not start.
    pub fn secured_consul(&self) -> Result<()> {
        self.alter();
        secured::start(&self.sandbox)
    }

    /// Starts MySQL on [`MYSQL`], until the lab is mended; its account `icinga` logs in by `caching_sha2_password`.
    ///
    /// The first start on a machine downloads it.
    ///
    /// # Errors
    /// It cannot be downloaded or does not start.
    pub fn mysql(&self) -> Result<()> {
        self.alter();
        mysql::start(&self.sandbox)
    }

    /// Starts the `MariaDB` of Debian 13 (trixie) on [`NEWER`] as a cluster of one, until the lab is mended.
    ///
    /// Its accounts are `icinga` and, by `parsec`, `icinga_parsec`.
    ///
    /// The first start on a machine downloads it.
    ///
    /// # Errors
    /// It cannot be downloaded or does not start.
    pub fn newer_mariadb(&self) -> Result<()> {
        self.alter();
        newer::start(&self.sandbox)
    }

    /// Starts Unbound on [`UNBOUND`], until the lab is mended; waits until it answers by its configuration.
    ///
    /// # Errors
    /// It does not.
    pub fn unbound(&self, configured: Unbound) -> Result<()> {
        resolver::unbound(&self.sandbox, configured)
    }

    /// Starts dnsmasq on [`DNSMASQ`], likewise.
    ///
    /// # Errors
    /// As [`Lab::unbound`].
    pub fn dnsmasq(&self, configured: Dnsmasq) -> Result<()> {
        resolver::dnsmasq(&self.sandbox, configured)
    }

    /// Undoes every fault and waits until all is healthy; changes nothing in a healthy lab.
    ///
    /// # Errors
    /// A server that does not recover.
    pub fn mend(&self) -> Result<()> {
        if !self.is_altered.load(Ordering::Relaxed) && mend::names(&self.sandbox).is_ok() {
            return Ok(());
        }
        self.alter();
        mend::mend(&self.sandbox)?;
        self.is_altered.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn alter(&self) {
        self.is_altered.store(true, Ordering::Relaxed);
    }

    /// One line about every server, and whether all are healthy.
    pub fn status(&self) -> (String, bool) {
        status::status(&self.sandbox)
    }

    /// The process that holds the namespaces; all ends with it.
    pub fn pid(&self) -> i32 {
        self.sandbox.pid()
    }

    /// Leaves the lab running for [`Lab::attach`].
    ///
    /// # Errors
    /// Its record cannot be written.
    pub fn keep(self) -> Result<()> {
        up::keep(self.sandbox)
    }

    /// Ends every process of the lab and waits for that.
    ///
    /// # Errors
    /// A process that does not end.
    pub fn end(self) -> Result<()> {
        self.sandbox.end()
    }
}

/// Has `env` run a program in the working directory of this process.
fn here(mut command: Command, program: impl AsRef<OsStr>) -> Command {
    if let Ok(directory) = env::current_dir() {
        command.arg("--chdir").arg(directory);
    }
    command.arg(program);
    command
}

fn start(sandbox: &Sandbox, progress: &Progress) -> Result<()> {
    let galera = progress.step("MariaDB Galera: three nodes synced");
    let consul = progress.step("Consul: three servers, two clients, galeradb passing on three nodes");
    let bind = progress.step("BIND: three resolvers answer for Consul and a private internet");
    together([
        &|| Galera::new(sandbox).start(Setup::Quick).map(|()| galera.done()),
        &|| Consul::new(sandbox).start().map(|()| consul.done()),
        &|| Bind::new(sandbox).start().map(|()| bind.done()),
    ])
}
