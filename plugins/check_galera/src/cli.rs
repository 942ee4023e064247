//! The command line and the environment, as they were given.
#![expect(clippy::doc_markdown, reason = "these doc comments are help texts")]

use std::env::{self, VarError};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use common::history::HistoryDirs;
use common::{CheckError, CommonArgs, HostPort, Refused, Secret, SecretInArguments, seconds};

/// Checks a MariaDB Galera cluster: every node at the same moment, judged as one
#[derive(Debug, Parser)]
#[command(name = "check_galera", version)]
pub struct Cli {
    /// Node to ask; repeat, or separate with commas. A name with several addresses
    /// is several nodes. localhost without a port is the socket, as for MariaDB's
    /// client [default: from the option file, else localhost]
    #[arg(short = 'H', long, value_name = "HOST[:PORT]", value_delimiter = ',')]
    pub(crate) hostname: Vec<HostPort>,

    /// Port for nodes given without one [default: from the option file, else 3306]
    #[arg(short = 'P', long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,

    /// Unix socket of a node on this machine, instead of --hostname; for localhost
    /// [default: from the option file, else /run/mysqld/mysqld.sock]
    #[arg(short = 'S', long, value_name = "FILE", conflicts_with = "hostname")]
    pub(crate) socket: Option<PathBuf>,

    /// Also ask members that the cluster reports
    #[arg(long)]
    pub(crate) discover: bool,

    /// MariaDB's extra_port, used when a node has too many connections (error 1040)
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) extra_port: Option<u16>,

    #[command(flatten)]
    pub(crate) login: LoginArgs,

    #[command(flatten)]
    pub(crate) expectation: ExpectationArgs,

    /// Directory for the history of earlier runs; /dev/null for none [default: first of
    /// /var/lib/monitoring-plugins-ha if writable, $XDG_STATE_HOME, ~/.local/state]
    #[arg(long, value_name = "DIR")]
    pub(crate) history_dir: Option<PathBuf>,

    /// Measure rates within the run, over this time (at least 1 s), instead of
    /// between runs
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) sample: Option<Duration>,

    /// Wait this long and ask again before reporting a split brain or a membership
    /// change
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) recheck: Duration,

    /// Also print perfdata of every node, labelled METRIC_NODE
    #[arg(long)]
    pub(crate) perfdata_per_node: bool,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// The account and the encryption.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Account and encryption")]
pub(crate) struct LoginArgs {
    /// Account to log in with; GRANT USAGE is enough [default: from the option file]
    #[arg(short, long, value_name = "USER")]
    pub(crate) user: Option<String>,

    /// File with the password in its first line [default: $CHECK_GALERA_PASSWORD,
    /// $MYSQL_PWD, the option file]
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,

    #[arg(
        short,
        long,
        hide = true,
        num_args = 0..=1,
        default_missing_value = "",
        value_parser = SecretInArguments { secret: "password", instead: "--password-file FILE" }
    )]
    password: Option<Refused>,

    /// Option file; groups [client], [client-server], [client-mariadb] and
    /// [check_galera] are read
    /// [default: ~/.my.cnf if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) defaults_file: Option<PathBuf>,

    /// Also read this group of the option file; repeat, or separate with commas
    #[arg(long, value_name = "GROUP", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) defaults_group: Vec<String>,

    /// How to encrypt and what to verify. Unless the server is verified, whoever
    /// answers at its address can get the password [default: from the option file,
    /// else verify-identity where --ssl-ca is given, else preferred]
    #[arg(long, value_name = "MODE", value_enum)]
    pub(crate) ssl_mode: Option<SslMode>,

    /// Certificates of the authorities to trust, in PEM [default: from the option
    /// file, else the public ones]
    #[arg(long, value_name = "FILE")]
    pub(crate) ssl_ca: Option<PathBuf>,

    /// Client certificate, in PEM [default: from the option file]
    #[arg(long, value_name = "FILE")]
    pub(crate) ssl_cert: Option<PathBuf>,

    /// Key of the client certificate, in PEM [default: from the option file]
    #[arg(long, value_name = "FILE")]
    pub(crate) ssl_key: Option<PathBuf>,
}

/// The expectations.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Expectation")]
pub(crate) struct ExpectationArgs {
    /// Judge the cluster as one, each node for itself, or whether one node serves
    /// (readiness: exits 0 if it serves, 2 if not, 1 if unknown, within 3 s; 3 for
    /// wrong arguments)
    /// [default: cluster with several nodes, node with one]
    #[arg(long, value_enum)]
    pub(crate) mode: Option<Mode>,

    /// Number of members the cluster should have, without arbitrators
    /// [default: number of nodes asked]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) expect: Option<u32>,

    /// Number of arbitrators (garbd) the cluster should have
    #[arg(long, value_name = "N", default_value = "0")]
    pub(crate) arbitrators: u32,

    /// The wsrep_cluster_state_uuid the cluster should have
    #[arg(long, value_parser = uuid)]
    pub(crate) uuid: Option<String>,

    /// Node that is down on purpose, by name or address; repeat, or separate with
    /// commas
    #[arg(long, value_name = "NODE", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) expect_down: Vec<String>,
}

/// Reads a UUID as Galera writes it: 8-4-4-4-12 hexadecimal digits.
fn uuid(text: &str) -> Result<String, String> {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    let is_hex = text.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    if lengths == [8, 4, 4, 4, 12] && is_hex {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("expected 8-4-4-4-12 hexadecimal digits, as wsrep_cluster_state_uuid has".to_owned())
    }
}

/// The scope of the judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Mode {
    /// The cluster as one
    Cluster,
    /// Each node for itself
    Node,
    /// Whether to send clients to the node
    Readiness,
}

/// The client's `--ssl-mode`, by the meaning that MySQL's manual gives to each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SslMode {
    /// Never encrypt
    Disabled,
    /// Encrypt where the server can; trust any certificate
    Preferred,
    /// Encrypt or fail; trust any certificate
    Required,
    /// Encrypt or fail; the certificate must be from a trusted authority
    VerifyCa,
    /// As verify-ca, and the certificate must be for the host that was asked
    VerifyIdentity,
}

impl AsRef<CommonArgs> for Cli {
    fn as_ref(&self) -> &CommonArgs {
        &self.common
    }
}

/// The password that the environment holds.
///
/// # Errors
/// It is no UTF-8.
pub(crate) fn password_from_environment() -> Result<Option<Secret>, CheckError> {
    for name in ["CHECK_GALERA_PASSWORD", "MYSQL_PWD"] {
        match env::var(name) {
            Ok(value) if !value.is_empty() => return Ok(Some(Secret::new(value))),
            Err(VarError::NotUnicode(_)) => {
                return Err(CheckError::local(format!("${name} is no UTF-8 text"), "set it anew"));
            }
            Ok(_) | Err(VarError::NotPresent) => {}
        }
    }
    Ok(None)
}

/// The client's own option file, where there is one.
pub(crate) fn personal_option_file() -> Option<PathBuf> {
    let file = common::home(variable("HOME"))?.join(".my.cnf");
    file.is_file().then_some(file)
}

/// The directories in which the history may be.
pub(crate) fn history_dirs(cli: &Cli) -> HistoryDirs {
    let given = cli.history_dir.clone();
    HistoryDirs { given, xdg_state_home: variable("XDG_STATE_HOME"), home: variable("HOME") }
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from)
}
