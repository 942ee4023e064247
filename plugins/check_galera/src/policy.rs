//! The nodes to ask, and the expectations of them.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum as _;
use common::history::SHORTEST;
use common::{CheckError, HostPort, Range, Rules, Secret, Thresholds};

use crate::catalogue::{MEMBERS, SYNCED, TOLERABLE_FAILURES};
pub(crate) use crate::cli::Mode;
use crate::cli::{self, Cli, LoginArgs};
use crate::option_file::{OptionFile, Options, Protocol};
use crate::snapshot::address_list::DEFAULT_PORT;
use crate::tls::{Tls, TlsArgs};

/// The nodes to ask, and how.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) nodes: Vec<NodeAddress>,
    pub(crate) login: Login,
    /// Also ask the members that the cluster names, at this port where it names none.
    pub(crate) discover: Option<u16>,
    pub(crate) extra_port: Option<u16>,
    /// Measure rates over this time within the run.
    pub(crate) sample: Option<Duration>,
    /// The pause before the second look.
    pub(crate) recheck_pause: Duration,
    /// The mode that was given.
    mode: Option<Mode>,
}

/// The account to ask with.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
    pub(crate) tls: Tls,
}

/// The address of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NodeAddress {
    Tcp { host: String, port: u16 },
    Socket(PathBuf),
}

/// Why there is no target.
#[derive(Debug)]
pub(crate) enum TargetError {
    /// The arguments contradict each other: wrong from the first run on.
    Arguments(CheckError),
    /// A file or the environment, which may change under a check that was right.
    Surroundings(CheckError),
}

/// Most errors are of files and the environment. Contradictions of arguments are marked where they are found.
impl From<CheckError> for TargetError {
    fn from(error: CheckError) -> Self {
        Self::Surroundings(error)
    }
}

impl From<TargetError> for CheckError {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Arguments(error) | TargetError::Surroundings(error) => error,
        }
    }
}

impl Target {
    /// The arguments, completed by the environment and the option file.
    ///
    /// # Errors
    /// When arguments contradict each other, a file that was named cannot be read, or no account is known.
    pub(crate) fn new(cli: &Cli) -> Result<Self, TargetError> {
        consistent(cli).map_err(TargetError::Arguments)?;
        let file = option_file(&cli.login)?;
        let none = Options::default();
        let options = file.as_ref().map_or(&none, |file| &file.options);
        Ok(Self {
            nodes: nodes(cli, options),
            login: Login::new(&cli.login, file.as_ref())?,
            discover: cli.discover.then(|| port(cli, options)),
            extra_port: cli.extra_port,
            sample: cli.sample,
            recheck_pause: cli.recheck,
            mode: cli.expectation.mode,
        })
    }

    /// Whether a password was given that a server gets without having proved its name. A socket proves nothing.
    pub(crate) fn has_open_password(&self) -> bool {
        let has_socket = self.nodes.iter().any(|node| matches!(node, NodeAddress::Socket(_)));
        self.login.password.is_some() && (has_socket || !self.login.tls.verifies())
    }

    /// Identifies the check: its mode, and its nodes in a fixed order.
    pub(crate) fn key(&self) -> String {
        let mode = self.mode.and_then(|mode| mode.to_possible_value());
        let mut names: Vec<_> = self.nodes.iter().map(NodeAddress::to_string).collect();
        names.sort_unstable();
        format!("{} {}", mode.as_ref().map_or("default", |mode| mode.get_name()), names.join(","))
    }
}

/// Refuses arguments that contradict each other.
fn consistent(cli: &Cli) -> Result<(), CheckError> {
    if cli.sample.is_some_and(|sample| sample.as_secs_f64() < SHORTEST) {
        return Err(CheckError::local("--sample is too short to measure a rate", "at least 1"));
    }
    if cli.sample.is_some_and(|sample| sample >= cli.common.timeout) {
        return Err(CheckError::local("--sample leaves no time to ask", "make it shorter than --timeout"));
    }
    // Another node that does not serve must not take this one out.
    if cli.expectation.mode == Some(Mode::Readiness) && (cli.hostname.len() > 1 || cli.discover) {
        return Err(CheckError::local("--mode readiness is about one node", "give one --socket or --hostname"));
    }
    Ok(())
}

/// The option file that was named, else the user's own, where there is one.
fn option_file(args: &LoginArgs) -> Result<Option<OptionFile>, CheckError> {
    let Some(path) = args.defaults_file.clone().or_else(cli::personal_option_file) else {
        return match args.defaults_group.first() {
            Some(_) => Err(CheckError::local("--defaults-group without an option file", "give --defaults-file")),
            None => Ok(None),
        };
    };
    let file = OptionFile::read(&path, &args.defaults_group)?;
    args.defaults_group.iter().try_for_each(|group| file.must_have(group))?;
    if args.defaults_file.is_some() {
        file.must_be_of_use()?;
    }
    Ok(Some(file))
}

impl Login {
    fn new(args: &LoginArgs, file: Option<&OptionFile>) -> Result<Self, CheckError> {
        let none = Options::default();
        let options = file.map_or(&none, |file| &file.options);
        let user = args.user.clone().or_else(|| options.user.clone()).ok_or_else(|| no_account(file))?;
        let password = match &args.password_file {
            Some(file) => Some(Secret::from_file(file)?),
            None => cli::password_from_environment()?.or_else(|| options.password.clone()),
        };
        let tls = TlsArgs {
            mode: args.ssl_mode,
            ca: args.ssl_ca.clone(),
            cert: args.ssl_cert.clone(),
            key: args.ssl_key.clone(),
        };
        Ok(Self { user, password, tls: Tls::new(tls, &options.tls)? })
    }
}

fn no_account(file: Option<&OptionFile>) -> CheckError {
    let why = file.map_or_else(String::new, |file| format!(": {}", file.without_account()));
    let remedy = match file {
        Some(_) => "give --user, or write user= into its group [client]",
        None => "give --user, or user= in the group [client] of ~/.my.cnf",
    };
    CheckError::local(format!("no account to log in with{why}"), remedy)
}

fn port(cli: &Cli, options: &Options) -> u16 {
    cli.port.or(options.port).unwrap_or(DEFAULT_PORT)
}

fn nodes(cli: &Cli, options: &Options) -> Vec<NodeAddress> {
    if let Some(socket) = &cli.socket {
        return vec![NodeAddress::Socket(socket.clone())];
    }
    if cli.hostname.is_empty() {
        return vec![node(cli, options, options.host.as_deref().unwrap_or(LOCALHOST), None)];
    }
    cli.hostname.iter().map(|HostPort { host, port }| node(cli, options, host, *port)).collect()
}

/// The host that means the socket, spelled just so, as for MariaDB's client.
const LOCALHOST: &str = "localhost";

/// The socket of Debian and most others.
const DEFAULT_SOCKET: &str = "/run/mysqld/mysqld.sock";

/// The address of a host. As for MariaDB's client (10.6 and later) `localhost` is the socket, unless an argument has a
/// port or the option file says `protocol=tcp`; a port in the option file does not count.
fn node(cli: &Cli, options: &Options, host: &str, own_port: Option<u16>) -> NodeAddress {
    let has_port = own_port.is_some() || cli.port.is_some();
    if host == LOCALHOST && !has_port && options.protocol != Some(Protocol::Tcp) {
        let socket = options.socket.clone();
        return NodeAddress::Socket(socket.unwrap_or_else(|| PathBuf::from(DEFAULT_SOCKET)));
    }
    NodeAddress::Tcp { host: host.to_owned(), port: own_port.unwrap_or_else(|| port(cli, options)) }
}

/// The expectations of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    rules: Rules,
    mode: Option<Mode>,
    /// How many members the cluster should have, where that was given.
    expect: Option<u32>,
    pub(crate) arbitrators: u64,
    pub(crate) uuid: Option<String>,
    pub(crate) expect_down: Vec<String>,
    pub(crate) perfdata_per_node: bool,
}

/// The addresses and nodes that were asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The addresses that were asked.
    pub(crate) addresses: usize,
    /// The nodes behind them: a node may have several.
    pub(crate) nodes: usize,
    /// The most members that were seen, where the cluster names its members.
    pub(crate) seen: u64,
}

/// The expectations, now that the number of nodes is known.
#[derive(Debug)]
pub(crate) struct Expectation {
    pub(crate) rules: Rules,
    pub(crate) mode: Mode,
    /// How many members the cluster should have; none when nodes are asked for themselves.
    pub(crate) members: Option<u32>,
}

impl Policy {
    pub(crate) fn new(cli: &Cli, rules: Rules) -> Self {
        let args = &cli.expectation;
        Self {
            rules,
            mode: args.mode,
            expect: args.expect,
            arbitrators: u64::from(args.arbitrators),
            uuid: args.uuid.clone(),
            expect_down: args.expect_down.clone(),
            perfdata_per_node: cli.perfdata_per_node,
        }
    }

    /// Whether the number of members was given.
    pub(crate) fn is_size_given(&self) -> bool {
        self.expect.is_some()
    }

    /// Derives the thresholds for what was asked, of which `down` nodes are gone on purpose, beside so many arbitrators.
    pub(crate) fn expectation(&self, asked: Asked, down: usize, arbitrators: u64) -> Expectation {
        let mut rules = self.rules.clone();
        let [addresses, asked_nodes, down] =
            [asked.addresses, asked.nodes, down].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let mode = self.mode.unwrap_or(if addresses > 1 { Mode::Cluster } else { Mode::Node });
        let seen = u32::try_from(asked.seen).unwrap_or(u32::MAX);
        let members = self.expect.or((mode == Mode::Cluster).then_some(addresses.max(seen)));
        if let Some(whole) = members {
            rules.derive(&MEMBERS, planned(whole, down, arbitrators));
            // Two nodes can never lose one; an operator of two knows that.
            if whole.saturating_sub(down) > 2 {
                rules.derive(&TOLERABLE_FAILURES, Thresholds { warning: Some(Range::at_least(1_u32)), critical: None });
            }
        }
        let whole = members.map_or(asked_nodes, |members| members.min(asked_nodes));
        rules.derive(&SYNCED, if mode == Mode::Cluster { planned(whole, down, arbitrators) } else { every(whole) });
        Expectation { rules, mode, members }
    }
}

/// Thresholds for `whole` nodes of which `down` are gone on purpose: one more lost is a warning; so many that the rest
/// has no quorum are critical.
fn planned(whole: u32, down: u32, arbitrators: u64) -> Thresholds {
    let warning = Range::at_least(whole.saturating_sub(down));
    let critical = Range::at_least(fewest(whole, arbitrators));
    Thresholds { warning: Some(warning), critical: Some(critical) }
}

/// The least m with 2(m + A) > `whole` + A, where A is the number of arbitrators. Of two nodes without one, the node that
/// is left serves if the other stopped in order; if it crashed, the rest is not Primary, which is critical by itself.
fn fewest(whole: u32, arbitrators: u64) -> u32 {
    if (whole, arbitrators) == (2, 0) {
        return 1;
    }
    let arbitrators = u32::try_from(arbitrators).unwrap_or(u32::MAX);
    (whole.saturating_sub(arbitrators) / 2 + 1).min(whole)
}

/// Nodes that are asked for themselves must all serve.
fn every(whole: u32) -> Thresholds {
    Thresholds { warning: Some(Range::at_least(whole)), critical: Some(Range::at_least(whole)) }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => HostPort { host: host.clone(), port: Some(*port) }.fmt(f),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
