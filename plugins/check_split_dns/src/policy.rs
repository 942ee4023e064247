//! Whom to ask for what, and what to expect of them.

use std::collections::HashSet;

use common::dns::{self, Options, Server};
use common::{CheckError, Rules};

use crate::cli::Cli;
use crate::probe::Probe;

/// One server may fail when there are three, as everywhere in DNS.
const DEFAULT_MIN_SERVERS: usize = 2;

/// Whom to ask for what, and how.
#[derive(Debug)]
pub(crate) struct Target {
    /// In the order in which clients ask them.
    pub(crate) servers: Vec<Server>,
    /// The inside names first.
    pub(crate) probes: Vec<Probe>,
    pub(crate) options: Options,
}

impl Target {
    /// The arguments, completed by `resolv.conf`.
    ///
    /// # Errors
    /// When there is no name, a server is not given by address, or `resolv.conf` is at fault.
    pub(crate) fn new(cli: &Cli) -> Result<Self, CheckError> {
        let probes = [cli.internal.as_slice(), &cli.external].concat();
        if probes.is_empty() {
            return Err(CheckError::local("no name to ask for", "give --internal or --external, or both"));
        }
        let mut servers: Vec<Server> = if cli.hostname.is_empty() {
            dns::discover(&cli.resolv_conf, cli.port, "name the servers with --hostname")?
        } else {
            let server = |arg| Server::new(arg, cli.port);
            let servers: Result<_, _> = cli.hostname.iter().map(server).collect();
            servers.map_err(|error| CheckError::local(error, "give --hostname an address"))?
        };
        // A server that is named twice is no redundancy.
        let mut seen = HashSet::new();
        servers.retain(|server| seen.insert(server.address));
        Ok(Self { servers, probes, options: Options { timeout: cli.query_timeout, ..Options::default() } })
    }
}

/// What is expected of the servers.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) rules: Rules,
    /// The names, in the order of the target's.
    pub(crate) probes: Vec<Probe>,
    /// How many servers must serve every name.
    pub(crate) min_servers: usize,
}

impl Policy {
    /// What the arguments expect of the target.
    pub(crate) fn new(cli: &Cli, target: &Target, rules: Rules) -> Self {
        let default = DEFAULT_MIN_SERVERS.min(target.servers.len());
        let min_servers = cli.min_servers.map_or(default, usize::from);
        Self { rules, probes: target.probes.clone(), min_servers }
    }
}
