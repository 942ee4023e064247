//! The command line.
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

/// Checks split DNS: every name server resolves internal and external names
#[derive(Debug, Parser)]
#[command(name = "check_split_dns", version)]
pub struct Cli {
    /// An internal name, such as galeradb.service.consul; repeat for several: commas
    /// belong to EXPECT. At least one name of any kind is needed
    ///
    /// TYPE is A, AAAA, SRV, TXT, PTR (of a name or an address), CNAME, MX, NS, SOA or
    /// TYPEnnn [default: both A and AAAA, and one of them is enough].
    ///
    /// EXPECT is a list with commas. Every record must match one of its items:
    /// an address, a network, a host with a dot at its end (an alias on the way, or
    /// what the record points to) or ~REGEX for the whole text of a record, which must
    /// be the last item. Also: min:N and max:N (records per type); exact: every item
    /// must be present.
    #[arg(short, long, value_name = "NAME[/TYPE][=EXPECT]", value_parser = Probe::internal)]
    pub(crate) internal: Vec<Probe>,

    /// An external name, with the same syntax; repeat for several
    #[arg(short, long, value_name = "NAME[/TYPE][=EXPECT]", value_parser = Probe::external)]
    pub(crate) external: Vec<Probe>,

    /// A name that no server must resolve; repeat, or separate with commas. HOW is
    /// nxdomain (the default), nodata or refused. A failure or no answer is not enough
    #[arg(short = 'n', long, value_name = "NAME[/TYPE][=HOW]", value_delimiter = ',')]
    pub(crate) absent: Vec<Absent>,

    /// An internal zone; repeat, or separate with commas. A denial from a zone above it
    /// is a leak. Needed if the internet knows the last label too, as for db.corp.example.com
    /// [default: the last label of each internal name]
    #[arg(short, long, value_name = "ZONE", value_parser = zone, value_delimiter = ',')]
    pub(crate) zone: Vec<Name>,

    /// Address of a name server, in the order of the clients' resolv.conf; repeat, or
    /// separate with commas [default: the servers of --resolv-conf]
    #[arg(short = 'H', long, value_name = "[ALIAS=]ADDR[:PORT]", value_delimiter = ',')]
    pub(crate) hostname: Vec<ServerArg>,

    /// File that lists the name servers. The first three count, as for glibc
    #[arg(long, value_name = "FILE", default_value = "/etc/resolv.conf")]
    pub(crate) resolv_conf: PathBuf,

    /// Port for name servers given without one, and for those of --resolv-conf
    #[arg(short, long, default_value = "53", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,

    /// How long to wait for an answer, in seconds. A silent server is asked once more
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = common::seconds)]
    pub(crate) query_timeout: Duration,

    /// Wait this long and ask again before reporting servers that differ
    #[arg(long, value_name = "SECONDS", default_value = "0.3", value_parser = common::seconds)]
    pub(crate) recheck: Duration,

    /// Also print perfdata of every server and every internal name, labelled
    /// METRIC_SERVER and METRIC_NAME
    #[arg(long)]
    pub(crate) perfdata_per_server: bool,

    /// Networks of internal names, unless EXPECT lists addresses: addresses and
    /// networks with commas, private (RFC 1918, 6598 and 4193), public (globally
    /// reachable according to IANA) or any
    #[arg(long, value_name = "LIST", default_value = "private", help_heading = EXPECTATION)]
    pub(crate) internal_net: Nets,

    /// Networks of external names, with the same syntax
    #[arg(long, value_name = "LIST", default_value = "public", help_heading = EXPECTATION)]
    pub(crate) external_net: Nets,

    /// How many servers must give every name a right answer [default: 2, or all
    /// if fewer are asked]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = EXPECTATION)]
    pub(crate) min_servers: Option<u16>,

    /// The number of servers, or their addresses with commas [default: any]
    #[arg(long, value_name = "N|LIST", help_heading = EXPECTATION)]
    pub(crate) expect_servers: Option<ExpectServers>,

    /// The source of internal names, such as Consul at 127.0.0.1. It is asked as
    /// well and compared; default port 8600 [default: not asked]
    #[arg(long, value_name = "ADDR[:PORT]", help_heading = EXPECTATION)]
    pub(crate) upstream: Option<ServerArg>,

    /// An external name server, which must not know the internal zones. It is asked
    /// for random names only. Repeat, or separate with commas [default: none]
    #[arg(long, value_name = "ADDR[:PORT]", value_delimiter = ',', help_heading = EXPECTATION)]
    pub(crate) external_server: Vec<ServerArg>,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

const EXPECTATION: &str = "Expectation";

/// The servers that are expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExpectServers {
    /// This many.
    Count(u16),
    /// These, in any order.
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
    fn internal_names_have_private_addresses_and_external_names_public_ones() {
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
    fn doubtful_answers_are_rechecked_after_a_third_of_a_second() {
        assert_eq!(parse(&[]).unwrap().recheck, Duration::from_millis(300));
        assert_eq!(parse(&["--recheck", "1.5"]).unwrap().recheck, Duration::from_millis(1500));
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
        let external: Vec<_> = cli.external_server.iter().map(address).collect();
        assert_eq!(external, ["192.0.2.1:53", "192.0.2.2:53", "[2001:db8::1]:53"]);
    }
}
