//! The stack as one thing: start it, break it, mend it, run commands in it.

use std::env;
use std::ffi::OsStr;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Result, ensure};

use crate::bind::Bind;
use crate::consul::{Consul, ServiceCheck};
use crate::fault::Fault;
use crate::galera::Galera;
use crate::node::{ARBITRATOR, INTERNET, MONITORS, MYSQL, NEWER, Node};
use crate::progress::Progress;
use crate::sandbox::Sandbox;
use crate::together::together;
use crate::{inject, mend, mysql, newer, plugins, programs, status, up};

/// A running stack in namespaces of its own; it ends with its owner, however that ends.
#[derive(Debug)]
pub struct Lab {
    sandbox: Sandbox,
}

/// The shared lab, for one test at a time.
pub type LabGuard = MutexGuard<'static, Lab>;

static SHARED: OnceLock<Result<Mutex<Lab>, String>> = OnceLock::new();

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
        let addresses: Vec<_> =
            resolvers.into_iter().chain(monitors).chain([ARBITRATOR, MYSQL, NEWER, INTERNET]).collect();
        let sandbox = Sandbox::start(&addresses, &resolvers)?;
        start(&sandbox, progress)?;
        Ok(Self { sandbox })
    }

    /// The lab that `cargo lab up` has left running.
    ///
    /// # Errors
    /// There is none.
    pub fn attach() -> Result<Self> {
        Ok(Self { sandbox: up::attach()? })
    }

    /// The lab that all tests of this process share: started for the first, healthy for each, one at a time, with the
    /// plugins built.
    ///
    /// Nothing drops it; it ends with the process.
    ///
    /// # Panics
    /// When it cannot be started or mended.
    #[expect(clippy::panic, reason = "a test without its fixture has failed")]
    pub fn shared() -> LabGuard {
        let shared = SHARED.get_or_init(|| {
            let lab = plugins::build().and_then(|()| Self::start());
            lab.map(Mutex::new).map_err(|error| format!("{error:#}"))
        });
        let lab = match shared {
            Ok(lab) => lab.lock().unwrap_or_else(PoisonError::into_inner),
            Err(error) => panic!("the lab does not start: {error}"),
        };
        match lab.mend() {
            Ok(()) => lab,
            Err(error) => panic!("the lab cannot be mended: {error:#}"),
        }
    }

    /// A command that will run inside, in the working directory of this process; programs of this build are found by
    /// their bare names.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.sandbox.command("env");
        if let Ok(directory) = env::current_dir() {
            command.arg("--chdir").arg(directory);
        }
        command.arg(program);
        command
    }

    /// Runs SQL as root on a node; rows as lines, columns separated by tabulators.
    ///
    /// # Errors
    /// What the server or the client said.
    pub fn sql(&self, node: Node, statements: &str) -> Result<String> {
        Galera::new(&self.sandbox).sql(node, statements)
    }

    /// Makes a fault and waits until it is visible; [`Lab::status`] then calls the lab unhealthy.
    ///
    /// # Errors
    /// It cannot be made, or does not show.
    pub fn break_(&self, fault: Fault) -> Result<()> {
        ensure!(fault.is_possible(), "only root can make {fault:?}");
        inject::inject(&self.sandbox, fault)?;
        ensure!(status::healthy(&self.sandbox).is_err(), "{fault:?} does not show: all is healthy");
        Ok(())
    }

    /// Has Consul check every Galera node in this way, until the lab is mended; waits for the first results.
    ///
    /// # Errors
    /// An agent that does not answer, or no result.
    pub fn check_by(&self, check: ServiceCheck) -> Result<()> {
        Consul::new(&self.sandbox).check_by(check)
    }

    /// Starts MySQL on [`MYSQL`], until the lab is mended; its account `icinga` logs in by `caching_sha2_password`.
    ///
    /// The first start on a machine downloads it.
    ///
    /// # Errors
    /// It cannot be downloaded or does not start.
    pub fn mysql(&self) -> Result<()> {
        mysql::start(&self.sandbox)
    }

    /// Starts the `MariaDB` of Debian 13 (trixie) on [`NEWER`] as a cluster of one, until the lab is mended; its accounts are `icinga`
    /// and, by `parsec`, `icinga_parsec`.
    ///
    /// The first start on a machine downloads it.
    ///
    /// # Errors
    /// It cannot be downloaded or does not start.
    pub fn newer_mariadb(&self) -> Result<()> {
        newer::start(&self.sandbox)
    }

    /// Undoes every fault and waits until all is healthy; nothing happens to a lab that is.
    ///
    /// # Errors
    /// What stays unhealthy.
    pub fn mend(&self) -> Result<()> {
        mend::mend(&self.sandbox)
    }

    /// What every server says about itself, and whether all is healthy.
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

    /// Ends every process of the lab and waits until they are gone.
    ///
    /// # Errors
    /// They do not go.
    pub fn end(self) -> Result<()> {
        self.sandbox.end()
    }
}

fn start(sandbox: &Sandbox, progress: &Progress) -> Result<()> {
    let galera = progress.step("MariaDB Galera: three nodes synced");
    let consul = progress.step("Consul: three servers, two clients, galeradb passing on three nodes");
    let bind = progress.step("BIND: three resolvers answer for Consul and a private internet");
    together([
        &|| Galera::new(sandbox).start().map(|()| galera.done()),
        &|| Consul::new(sandbox).start().map(|()| consul.done()),
        &|| Bind::new(sandbox).start().map(|()| bind.done()),
    ])
}
