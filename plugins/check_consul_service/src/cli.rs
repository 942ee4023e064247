//! The command line and the environment, as they were given.
#![expect(clippy::doc_markdown, reason = "these doc comments are help texts")]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use common::{CommonArgs, HostPort, Secret};

/// Checks a service registered in Consul: how many instances are healthy
#[derive(Debug, Parser)]
#[command(name = "check_consul_service", version)]
pub struct Cli {
    /// Name of the service, in the same upper and lower case
    #[arg(short, long, value_name = "NAME", value_parser = service_name)]
    pub(crate) service: String,

    /// An agent to ask; several by repeating or with commas, all at once
    /// [default: $CONSUL_HTTP_ADDR, else 127.0.0.1]
    #[arg(short = 'H', long, value_name = "HOST[:PORT]", value_delimiter = ',')]
    pub(crate) hostname: Vec<HostPort>,

    /// Port of the agents given with --hostname without one
    #[arg(short, long, default_value_t = 8500, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,

    /// An agent to ask, http:// or https://; may be repeated and joined with -H
    #[arg(long, value_name = "URL")]
    pub(crate) http_addr: Vec<String>,

    /// Certificates (PEM) of the authorities trusted for https:// agents
    /// [default: $CONSUL_CACERT, else the system's]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// File with the ACL token in its first line
    /// [default: $CONSUL_HTTP_TOKEN_FILE, else the token $CONSUL_HTTP_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// How many instances should be healthy [default: all that are registered]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) expect: Option<u32>,

    /// Datacenter to ask about [default: the agent's]
    #[arg(long, value_name = "DC")]
    pub(crate) datacenter: Option<String>,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
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

/// The variables that Consul's own client reads.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    /// `CONSUL_HTTP_ADDR`
    pub(crate) http_addr: Option<String>,
    /// `CONSUL_CACERT`
    pub(crate) ca_file: Option<PathBuf>,
    /// `CONSUL_HTTP_TOKEN_FILE`
    pub(crate) token_file: Option<PathBuf>,
    /// `CONSUL_HTTP_TOKEN`
    pub(crate) token: Option<Secret>,
}

impl Environment {
    /// Reads the variables; an empty one counts as unset.
    pub(crate) fn read() -> Self {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let text = |value: OsString| value.to_string_lossy().into_owned();
        Self {
            http_addr: variable("CONSUL_HTTP_ADDR").map(text),
            ca_file: variable("CONSUL_CACERT").map(PathBuf::from),
            token_file: variable("CONSUL_HTTP_TOKEN_FILE").map(PathBuf::from),
            token: variable("CONSUL_HTTP_TOKEN").map(text).map(Secret::new),
        }
    }
}
