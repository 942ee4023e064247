//! Whom to ask, and what to expect of them.

use std::fmt;
use std::path::PathBuf;

use common::{CheckError, HostPort, Rules, Secret, Thresholds};

use crate::catalogue::{MEMBERS, SYNCED};
use crate::cli::{self, Cli};
use crate::option_file::Options;

const DEFAULT_PORT: u16 = 3306;

/// Whom to ask, and as whom.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) nodes: Vec<Node>,
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
}

/// Where a node is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Tcp { host: String, port: u16 },
    Socket(PathBuf),
}

impl Target {
    /// The arguments, completed by the environment and the option file.
    ///
    /// # Errors
    /// When a file that was named cannot be read, or no account is known.
    pub(crate) fn new(cli: &Cli) -> Result<Self, CheckError> {
        let options = match cli.defaults_file.clone().or_else(cli::personal_option_file) {
            Some(file) => Options::read(&file, &[])?,
            None => Options::default(),
        };
        let nodes = nodes(cli, &options);
        let user = cli.user.clone().or(options.user).ok_or_else(|| {
            CheckError::local("no account to log in with", "give --user, or user= in the group [client] of ~/.my.cnf")
        })?;
        let password = match &cli.password_file {
            Some(file) => Some(Secret::from_file(file)?),
            None => cli::password_from_environment().or(options.password),
        };
        Ok(Self { nodes, user, password })
    }
}

fn nodes(cli: &Cli, options: &Options) -> Vec<Node> {
    if let Some(socket) = &cli.socket {
        return vec![Node::Socket(socket.clone())];
    }
    let port = cli.port.or(options.port).unwrap_or(DEFAULT_PORT);
    let tcp = |host: &str, own: Option<u16>| Node::Tcp { host: host.to_owned(), port: own.unwrap_or(port) };
    if !cli.hostname.is_empty() {
        return cli.hostname.iter().map(|HostPort { host, port }| tcp(host, *port)).collect();
    }
    match (&options.host, &options.socket) {
        (Some(host), _) => vec![tcp(host, None)],
        (None, Some(socket)) => vec![Node::Socket(socket.clone())],
        (None, None) => vec![tcp("localhost", None)],
    }
}

/// What is expected of the cluster.
#[derive(Debug)]
pub(crate) struct Policy {
    rules: Rules,
    /// How many members the cluster should have, where that was given.
    expect: Option<u32>,
}

/// What is expected of the cluster, now that it is known how many nodes the names stand for.
#[derive(Debug)]
pub(crate) struct Expectation {
    pub(crate) rules: Rules,
    /// How many members the cluster should have; none when a single node is asked for itself.
    pub(crate) members: Option<u32>,
}

impl Policy {
    pub(crate) fn new(cli: &Cli, rules: Rules) -> Self {
        Self { rules, expect: cli.expect }
    }

    /// Derives the thresholds for this many nodes asked.
    pub(crate) fn expectation(&self, asked: usize) -> Expectation {
        let mut rules = self.rules.clone();
        let asked = u32::try_from(asked).unwrap_or(u32::MAX);
        let whole = self.expect.unwrap_or(asked);
        rules.derive(&MEMBERS, Thresholds::majority(whole));
        rules.derive(&SYNCED, Thresholds::majority(whole.min(asked)));
        Expectation { rules, members: Some(whole).filter(|_| self.expect.is_some() || asked > 1) }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => HostPort { host: host.clone(), port: Some(*port) }.fmt(f),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}
