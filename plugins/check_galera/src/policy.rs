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
use crate::option_file::Options;
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

impl Target {
    /// The arguments, completed by the environment and the option file.
    ///
    /// # Errors
    /// When a file that was named cannot be read, or no account is known.
    pub(crate) fn new(cli: &Cli) -> Result<Self, CheckError> {
        let options = match cli.login.defaults_file.clone().or_else(cli::personal_option_file) {
            Some(file) => Options::read(&file, &cli.login.defaults_group)?,
            None => Options::default(),
        };
        if cli.sample.is_some_and(|sample| sample.as_secs_f64() < SHORTEST) {
            return Err(CheckError::local("--sample is too short to measure a rate", "at least 1"));
        }
        if cli.sample.is_some_and(|sample| sample >= cli.common.timeout) {
            return Err(CheckError::local("--sample leaves no time to ask", "make it shorter than --timeout"));
        }
        Ok(Self {
            nodes: nodes(cli, &options),
            login: Login::new(&cli.login, &options)?,
            discover: cli.discover.then(|| port(cli, &options)),
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

impl Login {
    fn new(args: &LoginArgs, options: &Options) -> Result<Self, CheckError> {
        let user = args.user.clone().or_else(|| options.user.clone()).ok_or_else(|| {
            CheckError::local("no account to log in with", "give --user, or user= in the group [client] of ~/.my.cnf")
        })?;
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

fn port(cli: &Cli, options: &Options) -> u16 {
    cli.port.or(options.port).unwrap_or(DEFAULT_PORT)
}

fn nodes(cli: &Cli, options: &Options) -> Vec<NodeAddress> {
    if let Some(socket) = &cli.socket {
        return vec![NodeAddress::Socket(socket.clone())];
    }
    let port = port(cli, options);
    let tcp = |host: &str, own: Option<u16>| NodeAddress::Tcp { host: host.to_owned(), port: own.unwrap_or(port) };
    if !cli.hostname.is_empty() {
        return cli.hostname.iter().map(|HostPort { host, port }| tcp(host, *port)).collect();
    }
    match (&options.host, &options.socket) {
        (Some(host), _) => vec![tcp(host, None)],
        (None, Some(socket)) => vec![NodeAddress::Socket(socket.clone())],
        (None, None) => vec![tcp("localhost", None)],
    }
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
            uuid: args.uuid.as_ref().map(|uuid| uuid.to_ascii_lowercase()),
            expect_down: args.expect_down.clone(),
            perfdata_per_node: cli.perfdata_per_node,
        }
    }

    /// Derives the thresholds for this many nodes asked, of which `down` are gone on purpose, beside so many arbitrators.
    pub(crate) fn expectation(&self, asked: usize, down: usize, arbitrators: u64) -> Expectation {
        let mut rules = self.rules.clone();
        let [asked, down] = [asked, down].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let mode = self.mode.unwrap_or(if asked > 1 { Mode::Cluster } else { Mode::Node });
        let members = self.expect.or((mode == Mode::Cluster).then_some(asked));
        if let Some(whole) = members {
            rules.derive(&MEMBERS, planned(whole, down, arbitrators));
            // Two nodes can never lose one; an operator of two knows that.
            if whole.saturating_sub(down) > 2 {
                rules.derive(&TOLERABLE_FAILURES, Thresholds { warning: Some(Range::at_least(1_u32)), critical: None });
            }
        }
        let whole = members.map_or(asked, |members| members.min(asked));
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
mod tests {
    use super::*;

    #[test]
    fn the_fewest_members_are_those_that_keep_a_quorum() {
        for (whole, arbitrators, least) in [
            (1, 0, 1),
            (2, 0, 1),
            (2, 1, 1),
            (3, 0, 2),
            (3, 1, 2),
            (4, 0, 3),
            (4, 1, 2),
            (5, 0, 3),
            (5, 2, 2),
            (1, 2, 1),
        ] {
            assert_eq!(fewest(whole, arbitrators), least, "{whole} {arbitrators}");
        }
    }
}
