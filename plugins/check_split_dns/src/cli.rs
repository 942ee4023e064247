//! The command line, as it was given.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use common::CommonArgs;
use common::dns::ServerArg;

use crate::probe::Probe;

/// Checks split DNS: every name server knows the inside and the outside names
#[derive(Debug, Parser)]
#[command(name = "check_split_dns", version)]
pub struct Cli {
    /// A name that is served inside, such as galeradb.service.consul; EXPECT is a
    /// list of addresses and networks, with commas, that hold all its addresses
    /// [default: any address will do]; may be repeated. At least one name is needed
    #[arg(short, long, value_name = "NAME[=EXPECT]", value_parser = Probe::internal)]
    pub(crate) internal: Vec<Probe>,

    /// A name of the world outside, likewise; may be repeated
    #[arg(short, long, value_name = "NAME[=EXPECT]", value_parser = Probe::external)]
    pub(crate) external: Vec<Probe>,

    /// A name server to ask, by address, in the order of the clients' resolv.conf;
    /// several by repeating or with commas [default: those of --resolv-conf]
    #[arg(short = 'H', long, value_name = "[ALIAS=]ADDR[:PORT]", value_delimiter = ',')]
    pub(crate) hostname: Vec<ServerArg>,

    /// File with the name servers, of which the first three count, as for glibc
    #[arg(long, value_name = "FILE", default_value = "/etc/resolv.conf")]
    pub(crate) resolv_conf: PathBuf,

    /// Port of the name servers that name none
    #[arg(short, long, default_value = "53", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,

    /// How many servers must give every name a right address [default: 2, or all
    /// when fewer are asked]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) min_servers: Option<u16>,

    /// How long a server may take for an answer, in seconds; a silent
    /// one is asked once more
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = common::seconds)]
    pub(crate) query_timeout: Duration,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl AsRef<CommonArgs> for Cli {
    fn as_ref(&self) -> &CommonArgs {
        &self.common
    }
}
