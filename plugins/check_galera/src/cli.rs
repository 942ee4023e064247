//! The command line and the environment, as they were given.
#![expect(clippy::doc_markdown, reason = "these doc comments are help texts")]

use std::env;
use std::path::PathBuf;

use clap::Parser;
use common::{CommonArgs, HostPort, Secret};

/// Checks a MariaDB Galera cluster: every node at the same moment, judged as one
#[derive(Debug, Parser)]
#[command(name = "check_galera", version)]
pub struct Cli {
    /// A node to ask; several by repeating or with commas. A name with several
    /// addresses is several nodes [default: from the option file, else localhost]
    #[arg(short = 'H', long, value_name = "HOST[:PORT]", value_delimiter = ',')]
    pub(crate) hostname: Vec<HostPort>,

    /// Port of the nodes that name none [default: from the option file, else 3306]
    #[arg(short = 'P', long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,

    /// Unix socket of a node on this machine, instead of --hostname
    #[arg(short = 'S', long, value_name = "FILE", conflicts_with = "hostname")]
    pub(crate) socket: Option<PathBuf>,

    /// Account to log in with; GRANT USAGE is enough [default: from the option file]
    #[arg(short, long, value_name = "USER")]
    pub(crate) user: Option<String>,

    /// File with the password in its first line [default: $CHECK_GALERA_PASSWORD,
    /// $MYSQL_PWD, the option file]
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,

    /// Option file; groups [client], [client-mariadb] and [check_galera] are read
    /// [default: ~/.my.cnf if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) defaults_file: Option<PathBuf>,

    /// How many members the cluster should have [default: number of nodes asked]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) expect: Option<u32>,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl AsRef<CommonArgs> for Cli {
    fn as_ref(&self) -> &CommonArgs {
        &self.common
    }
}

/// The password that the environment holds.
pub(crate) fn password_from_environment() -> Option<Secret> {
    let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
    variable("CHECK_GALERA_PASSWORD").or_else(|| variable("MYSQL_PWD")).map(Secret::new)
}

/// The client's own option file, where there is one.
pub(crate) fn personal_option_file() -> Option<PathBuf> {
    let file = PathBuf::from(env::var_os("HOME")?).join(".my.cnf");
    file.is_file().then_some(file)
}
