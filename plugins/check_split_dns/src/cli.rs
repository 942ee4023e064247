//! The command line, as it was given.
#![expect(clippy::doc_markdown, reason = "these doc comments are help texts")]

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Parser;
use common::CommonArgs;
use common::dns::{Name, NameError, ServerArg, parse_name};

use crate::net::Nets;
use crate::probe::{Absent, Probe};

/// Checks split DNS: every name server knows the inside and the outside names
#[derive(Debug, Parser)]
#[command(name = "check_split_dns", version)]
pub struct Cli {
    /// A name that is served inside, such as galeradb.service.consul; may be
    /// repeated. At least one name is needed, of any kind
    ///
    /// TYPE is A, AAAA, SRV, TXT, PTR (of a name or an address), CNAME, MX, NS, SOA or
    /// TYPEnnn [default: both A and AAAA, of which one is enough].
    ///
    /// EXPECT lists, with commas, what every record must be one of: addresses,
    /// networks, hosts with a dot at their end (an alias on the way, or what the
    /// record points to), and last, as it takes the rest, ~REGEX for the whole text
    /// of a record. Besides: min:N and max:N records of each type; exact, for each
    /// item must be there, too.
    #[arg(short, long, value_name = "NAME[/TYPE][=EXPECT]", value_parser = Probe::internal)]
    pub(crate) internal: Vec<Probe>,

    /// A name of the world outside, likewise; may be repeated
    #[arg(short, long, value_name = "NAME[/TYPE][=EXPECT]", value_parser = Probe::external)]
    pub(crate) external: Vec<Probe>,

    /// A name that no server may know; may be repeated. It must be denied as
    /// nxdomain (the default), nodata or refused: failure and silence are not enough
    #[arg(short = 'n', long, value_name = "NAME[/TYPE][=HOW]")]
    pub(crate) absent: Vec<Absent>,

    /// A zone that is served inside, so that a denial from above it is a leak; may
    /// be repeated. Needed where the world knows the last label too, as of
    /// db.corp.example.com [default: the last label of each inside name]
    #[arg(short, long, value_name = "ZONE", value_parser = zone)]
    pub(crate) zone: Vec<Name>,

    /// A name server to ask, by address, in the order of the clients' resolv.conf;
    /// several by repeating or with commas [default: those of --resolv-conf]
    #[arg(short = 'H', long, value_name = "[ALIAS=]ADDR[:PORT]", value_delimiter = ',')]
    pub(crate) hostname: Vec<ServerArg>,

    /// File with the name servers, of which the first three count, as for glibc
    #[arg(long, value_name = "FILE", default_value = "/etc/resolv.conf")]
    pub(crate) resolv_conf: PathBuf,

    /// Port of the name servers of --hostname without one, and of --resolv-conf
    #[arg(short, long, default_value = "53", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,

    /// How long a server may take for an answer, in seconds; a silent
    /// one is asked once more
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = common::seconds)]
    pub(crate) query_timeout: Duration,

    /// Perfdata of every server and inside name too, labelled METRIC_SERVER and
    /// METRIC_NAME
    #[arg(long)]
    pub(crate) perfdata_per_server: bool,

    /// Where the addresses of inside names must be, unless EXPECT lists some:
    /// addresses and networks, with commas, private (RFC 1918, 6598 and 4193),
    /// public (what IANA calls globally reachable) or any
    #[arg(long, value_name = "LIST", default_value = "private", help_heading = EXPECTATION)]
    pub(crate) internal_net: Nets,

    /// Where the addresses of outside names must be, likewise
    #[arg(long, value_name = "LIST", default_value = "public", help_heading = EXPECTATION)]
    pub(crate) external_net: Nets,

    /// How many servers must give every name a right answer [default: 2, or all
    /// when fewer are asked]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = EXPECTATION)]
    pub(crate) min_servers: Option<u16>,

    /// How many servers there should be, or which, by address and with commas
    /// [default: any]
    #[arg(long, value_name = "N|LIST", help_heading = EXPECTATION)]
    pub(crate) expect_servers: Option<ExpectServers>,

    /// Where the servers have the inside names from, such as Consul at
    /// 127.0.0.1: asked for them too, and compared; at port 8600 unless it has
    /// another [default: not asked]
    #[arg(long, value_name = "ADDR[:PORT]", help_heading = EXPECTATION)]
    pub(crate) upstream: Option<ServerArg>,

    /// A name server outside, which must not know the inside zones; it is asked for
    /// random names only; several by repeating or with commas [default: none]
    #[arg(long, value_name = "ADDR[:PORT]", value_delimiter = ',', help_heading = EXPECTATION)]
    pub(crate) external_server: Vec<ServerArg>,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

const EXPECTATION: &str = "Expectation";

/// Which servers there should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExpectServers {
    /// So many.
    Count(u16),
    /// Those, in any order.
    List(Vec<IpAddr>),
}

impl FromStr for ExpectServers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(count @ 1..) = text.parse() {
            return Ok(Self::Count(count));
        }
        let address = |item: &str| {
            let item = item.trim();
            item.parse().map_err(|_| format!("\"{item}\" is neither a number from 1 to 65535 nor an IP address"))
        };
        text.split(',').map(address).collect::<Result<_, _>>().map(Self::List)
    }
}

impl AsRef<CommonArgs> for Cli {
    fn as_ref(&self) -> &CommonArgs {
        &self.common
    }
}

fn zone(text: &str) -> Result<Name, NameError> {
    parse_name(text.trim())
}

#[cfg(test)]
mod tests {
    use common::dns::Server;

    use super::*;

    fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from([&["check_split_dns"], args].concat())
    }

    #[test]
    fn every_kind_of_name_may_be_repeated() {
        let args =
            ["-i", "a.consul", "-i", "b.consul/SRV=~x,y", "-e", "c.example", "-n", "d.consul=nodata", "-z", "consul."];
        let cli = parse(&args).unwrap();
        let names: Vec<_> = cli.internal.iter().map(|probe| probe.name.as_str()).collect();
        assert_eq!(names, ["a.consul", "b.consul"]);
        assert_eq!((cli.external.len(), cli.absent.len()), (1, 1));
        assert_eq!(cli.zone, [parse_name("consul").unwrap()]);
        let error = parse(&["-z", "a..b"]).unwrap_err().to_string();
        assert!(error.contains("one dot too many"), "{error}");
    }

    #[test]
    fn inside_names_have_private_addresses_and_outside_names_public_ones() {
        let cli = parse(&[]).unwrap();
        assert_eq!(
            (cli.internal_net.to_string().as_str(), cli.external_net.to_string().as_str()),
            ("private", "public")
        );
        let cli = parse(&["--internal-net", "fd00::/8,10.0.0.0/8", "--external-net", "any"]).unwrap();
        assert_eq!(cli.internal_net.to_string(), "fd00::/8,10.0.0.0/8");
        assert_eq!(cli.external_net.to_string(), "any");
    }

    #[test]
    fn servers_are_expected_by_number_or_by_address() {
        for (text, expected) in [
            ("3", ExpectServers::Count(3)),
            ("10.0.0.11", ExpectServers::List(vec!["10.0.0.11".parse().unwrap()])),
            ("10.0.0.11, fd00::1", ExpectServers::List(vec!["10.0.0.11".parse().unwrap(), "fd00::1".parse().unwrap()])),
        ] {
            assert_eq!(parse(&["--expect-servers", text]).unwrap().expect_servers, Some(expected));
        }
        for (text, said) in [
            ("-1", "unexpected"),
            ("", "\"\" is neither"),
            ("0", "\"0\" is neither"),
            ("3,4", "\"3\" is neither"),
            ("ns1", "\"ns1\" is neither"),
        ] {
            let error = parse(&["--expect-servers", text]).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn other_servers_are_given_by_address_too() {
        let cli = parse(&[
            "--upstream",
            "127.0.0.1:8600",
            "--external-server",
            "192.0.2.1,192.0.2.2",
            "--external-server",
            "[2001:db8::1]:53",
        ])
        .unwrap();
        let address = |arg| Server::new(arg, 53).unwrap().address.to_string();
        assert_eq!(cli.upstream.as_ref().map(address).as_deref(), Some("127.0.0.1:8600"));
        let outside: Vec<_> = cli.external_server.iter().map(address).collect();
        assert_eq!(outside, ["192.0.2.1:53", "192.0.2.2:53", "[2001:db8::1]:53"]);
    }
}
