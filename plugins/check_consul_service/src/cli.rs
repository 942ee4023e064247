//! The command line and the environment, as they were given.
#![expect(clippy::doc_markdown, reason = "these doc comments are help texts")]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use common::history::HistoryDirs;
use common::{CommonArgs, HostPort, Refused, Secret, SecretInArguments, seconds};

/// Checks a service registered in Consul: its health, and whether agents, leader and DNS agree
#[derive(Debug, Parser)]
#[command(name = "check_consul_service", version)]
pub struct Cli {
    /// Name of the service, in the same upper and lower case
    #[arg(short, long, value_name = "NAME", value_parser = service_name)]
    pub(crate) service: String,

    /// An agent to ask; repeat, or separate with commas
    /// [default: $CONSUL_HTTP_ADDR, else 127.0.0.1]
    #[arg(short = 'H', long, value_name = "HOST[:PORT]", value_delimiter = ',')]
    pub(crate) hostname: Vec<HostPort>,

    /// Port for agents given with --hostname without one
    #[arg(short, long, default_value_t = 8500, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,

    /// An agent to ask, by http://, https:// or unix:///PATH; repeat, or separate with
    /// commas. May be combined with -H
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) http_addr: Vec<String>,

    #[command(flatten)]
    pub(crate) access: AccessArgs,

    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    #[command(flatten)]
    pub(crate) expectation: ExpectationArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// The rights to ask with, and the authorities to trust.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Token and encryption")]
pub(crate) struct AccessArgs {
    /// File with the ACL token in its first line
    /// [default: $CONSUL_HTTP_TOKEN_FILE, else the token $CONSUL_HTTP_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    #[arg(
        long,
        hide = true,
        num_args = 0..=1,
        default_missing_value = "",
        value_parser = SecretInArguments { secret: "token", instead: "--token-file FILE" }
    )]
    token: Option<Refused>,

    /// Certificates (PEM) of the authorities trusted for https:// agents
    /// [default: $CONSUL_CACERT, else $CONSUL_CAPATH, else the system's]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Directory with such files
    #[arg(long, value_name = "DIR", conflicts_with = "ca_file")]
    pub(crate) ca_path: Option<PathBuf>,

    /// Client certificate, in PEM [default: $CONSUL_CLIENT_CERT]
    #[arg(long, value_name = "FILE", requires = "client_key")]
    pub(crate) client_cert: Option<PathBuf>,

    /// Key of the client certificate, in PEM [default: $CONSUL_CLIENT_KEY]
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,

    /// Name in the agents' certificates, such as server.dc1.consul
    /// [default: $CONSUL_TLS_SERVER_NAME, else the host]
    #[arg(long, value_name = "NAME")]
    pub(crate) tls_server_name: Option<String>,
}

/// The instances that are meant.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArgs {
    /// Datacenter to ask about [default: the agent's]
    #[arg(long, value_name = "DC")]
    pub(crate) datacenter: Option<String>,

    /// Namespace (Enterprise) [default: $CONSUL_NAMESPACE, else the token's]
    #[arg(long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,

    /// Admin partition (Enterprise) [default: $CONSUL_PARTITION, else the agent's]
    #[arg(long, value_name = "NAME")]
    pub(crate) partition: Option<String>,

    /// Ask about a service that this peer of the cluster exports to it
    #[arg(long, value_name = "NAME")]
    pub(crate) peer: Option<String>,

    /// Only instances with this tag; repeat for instances with all of them. A comma
    /// belongs to the tag
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,

    /// Only instances on this node
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,

    /// Only instances that match this expression of Consul's, such as
    /// 'Node.Meta.zone == "a"'
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) filter: Option<String>,
}

/// The instances that should be there, and how to judge them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Expectation")]
pub(crate) struct ExpectationArgs {
    /// Number of instances that should be healthy [default: all that are registered]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) expect: Option<u32>,

    /// Every instance must have a check whose name or id matches, in upper or lower
    /// case. Names and ids that Consul makes up from the service's do not count
    #[arg(long, value_name = "REGEX")]
    pub(crate) require_check: Option<String>,

    /// Also ask this name server, and compare; repeat, or separate with commas. Without
    /// SERVER: port 8600 of the agents, and the servers of /etc/resolv.conf
    #[arg(long, value_name = "SERVER[:PORT]", num_args = 0..=1, default_missing_value = "", value_delimiter = ',')]
    pub(crate) dns: Vec<String>,

    /// The name to ask name servers for
    /// [default: [TAG.]SERVICE.service[.NAMESPACE.ns][.PARTITION.ap][.DC].consul]
    #[arg(long, value_name = "NAME", requires = "dns")]
    pub(crate) dns_name: Option<String>,

    /// Also print perfdata of every name server, labelled METRIC_SERVER
    #[arg(long, requires = "dns")]
    pub(crate) perfdata_per_server: bool,

    /// How long to report an instance that has disappeared from the catalog
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = hold)]
    pub(crate) vanished_hold: Duration,

    /// Directory for the history of earlier runs; /dev/null for none [default: first of
    /// /var/lib/monitoring-plugins-ha if writable, $XDG_STATE_HOME, ~/.local/state]
    #[arg(long, value_name = "DIR")]
    pub(crate) history_dir: Option<PathBuf>,

    /// Wait this long and ask again before reporting agents that differ, two
    /// leaders, a leader that has just gone or wrong DNS answers
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) recheck: Duration,
}

impl AsRef<CommonArgs> for Cli {
    fn as_ref(&self) -> &CommonArgs {
        &self.common
    }
}

/// A URL cannot hold `.` and `..` as a segment of its path.
fn service_name(text: &str) -> Result<String, String> {
    match text {
        "" | "." | ".." => Err("no name of a service".to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// The longest that an instance may be missed.
const LONGEST_HOLD: Duration = Duration::from_secs(30 * 86_400);

fn hold(text: &str) -> Result<Duration, String> {
    let seconds = text.strip_suffix('s').unwrap_or(text).parse().ok();
    let hold = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    hold.filter(|hold| *hold <= LONGEST_HOLD).ok_or_else(|| "expected seconds, at most 30 days: 2592000".to_owned())
}

/// The variables that Consul's own client reads (`api/api.go`, `defaultConfig`).
#[derive(Debug, Default)]
pub(crate) struct Environment {
    /// `CONSUL_HTTP_ADDR`
    pub(crate) http_addr: Option<String>,
    /// `CONSUL_HTTP_SSL`
    pub(crate) ssl: Option<String>,
    /// `CONSUL_HTTP_SSL_VERIFY`
    pub(crate) ssl_verify: Option<String>,
    /// `CONSUL_HTTP_AUTH`
    pub(crate) auth: Option<Secret>,
    /// `CONSUL_CACERT`
    pub(crate) ca_file: Option<PathBuf>,
    /// `CONSUL_CAPATH`
    pub(crate) ca_path: Option<PathBuf>,
    /// `CONSUL_CLIENT_CERT`
    pub(crate) client_cert: Option<PathBuf>,
    /// `CONSUL_CLIENT_KEY`
    pub(crate) client_key: Option<PathBuf>,
    /// `CONSUL_TLS_SERVER_NAME`
    pub(crate) tls_server_name: Option<String>,
    /// `CONSUL_HTTP_TOKEN_FILE`
    pub(crate) token_file: Option<PathBuf>,
    /// `CONSUL_HTTP_TOKEN`
    pub(crate) token: Option<Secret>,
    /// `CONSUL_NAMESPACE`
    pub(crate) namespace: Option<String>,
    /// `CONSUL_PARTITION`
    pub(crate) partition: Option<String>,
}

impl Environment {
    /// Reads the variables; an empty one counts as unset.
    pub(crate) fn read() -> Self {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let text = |name| variable(name).map(|value: OsString| value.to_string_lossy().into_owned());
        let path = |name| variable(name).map(PathBuf::from);
        Self {
            http_addr: text("CONSUL_HTTP_ADDR"),
            ssl: text("CONSUL_HTTP_SSL"),
            ssl_verify: text("CONSUL_HTTP_SSL_VERIFY"),
            auth: text("CONSUL_HTTP_AUTH").map(Secret::new),
            ca_file: path("CONSUL_CACERT"),
            ca_path: path("CONSUL_CAPATH"),
            client_cert: path("CONSUL_CLIENT_CERT"),
            client_key: path("CONSUL_CLIENT_KEY"),
            tls_server_name: text("CONSUL_TLS_SERVER_NAME"),
            token_file: path("CONSUL_HTTP_TOKEN_FILE"),
            token: text("CONSUL_HTTP_TOKEN").map(Secret::new),
            namespace: text("CONSUL_NAMESPACE"),
            partition: text("CONSUL_PARTITION"),
        }
    }
}

/// The directories in which the history may be.
pub(crate) fn history_dirs(cli: &Cli) -> HistoryDirs {
    let variable = |name| env::var_os(name).map(PathBuf::from);
    let given = cli.expectation.history_dir.clone();
    HistoryDirs { given, xdg_state_home: variable("XDG_STATE_HOME"), home: variable("HOME") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_missed_for_any_time_up_to_thirty_days() {
        for (text, seconds) in
            [("0", 0.0), ("0.5", 0.5), ("90s", 90.0), ("3600", 3600.0), ("86400s", 86_400.0), ("2592000s", 2_592_000.0)]
        {
            assert_eq!(hold(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "s", "-1", "2592000.1", "2592001s", "1e300", "inf", "NaN", "1h", "30d", "90ss", "1,5"] {
            assert_eq!(hold(text), Err("expected seconds, at most 30 days: 2592000".to_owned()), "{text}");
        }
        let given = |args: &[&str]| {
            Cli::try_parse_from([&["x", "-s", "web"], args].concat()).map(|cli| cli.expectation.vanished_hold)
        };
        assert_eq!(given(&[]).unwrap(), Duration::from_secs(3600));
        assert_eq!(given(&["--vanished-hold", "604800"]).unwrap(), Duration::from_secs(604_800));
        assert!(given(&["--vanished-hold", "31 days"]).is_err());
    }

    /// It is a segment of a path.
    #[test]
    fn a_service_has_a_name() {
        for name in ["", ".", ".."] {
            assert!(Cli::try_parse_from(["x", "-s", name]).is_err(), "{name:?}");
        }
        assert_eq!(Cli::try_parse_from(["x", "-s", "a.b/c"]).unwrap().service, "a.b/c");
    }
}
