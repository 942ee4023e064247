//! Who is asked for what, and how much of it must be right.

use clap::Parser;

use super::*;
use crate::CATALOGUE;

fn target(args: &[&str]) -> Result<Target, CheckError> {
    Target::new(&Cli::try_parse_from([&["check_split_dns"], args].concat()).unwrap())
}

fn policy(args: &[&str]) -> Policy {
    let cli = Cli::try_parse_from([&["check_split_dns"], args].concat()).unwrap();
    Policy::new(&cli, &Target::new(&cli).unwrap(), Rules::new(&CATALOGUE, &cli.common).unwrap())
}

fn names(args: &[&str]) -> Vec<String> {
    let target = target(&[args, &["-H", "10.0.0.1"]].concat()).unwrap();
    target.subjects.into_iter().map(|subject| subject.name).collect()
}

/// The cause of a failure is looked for at the first name that fails: internal.
#[test]
fn internal_names_come_first_and_random_ones_last() {
    let all = names(&["-n", "old.consul", "-e", "www.example.com", "-i", "db.service.consul"]);
    assert_eq!(all, ["db.service.consul", "www.example.com", "old.consul", "(random).service.consul", "(random).com"]);
}

#[test]
fn each_internal_zone_has_a_random_name_and_so_has_the_internet() {
    for (args, random) in [
        (&["-i", "db.consul"][..], &["(random).consul", "(random).com"][..]),
        (&["-e", "www.example.com"], &["(random).com"]),
        (&["-n", "old.consul"], &[]),
        (&["-n", "old.consul", "-z", "consul"], &["(random).consul"]),
        (&["-e", "www.example.com", "-z", "lan"], &["(random).lan", "(random).com"]),
        (&["-i", "a.service.consul", "-i", "b.node.consul"], &["(random).service.consul", "(random).com"]),
        (&["-i", "db.corp.example.com", "-z", "corp.example.com"], &["(random).corp.example.com", "(random).com"]),
    ] {
        let found: Vec<_> = names(args).into_iter().filter(|name| name.starts_with("(random)")).collect();
        assert_eq!(found, random, "{args:?}");
    }
}

/// An absent name is denied by the zone that it is in.
#[test]
fn absent_names_belong_to_the_longest_zone_that_holds_them() {
    let args = ["-n", "old.sub.lan", "-n", "old.lan", "-n", "old.example.com", "-z", "lan", "-z", "sub.lan"];
    let target = target(&[&args[..], &["-H", "10.0.0.1"]].concat()).unwrap();
    let zones: Vec<_> = target.subjects.iter().map(|subject| subject.zone.as_ref().map(ToString::to_string)).collect();
    let zones: Vec<_> = zones[..3].iter().map(|zone| zone.as_deref().map(|zone| zone.trim_end_matches('.'))).collect();
    assert_eq!(zones, [Some("sub.lan"), Some("lan"), None]);
}

/// resolv.conf(5): a server that is there twice is asked twice, which helps nobody.
#[test]
fn a_server_that_is_named_twice_is_one() {
    let target = target(&["-i", "db.consul", "-H", "10.0.0.1,10.0.0.2,a=10.0.0.1", "-H", "10.0.0.2:5353"]).unwrap();
    let servers: Vec<_> = target.servers.iter().map(|server| server.address.to_string()).collect();
    assert_eq!(servers, ["10.0.0.1:53", "10.0.0.2:53", "10.0.0.2:5353"]);
    assert!(target.clients.file.is_none());
}

#[test]
fn two_servers_must_be_right_or_all_when_there_are_fewer() {
    for (servers, more, needed) in [
        ("10.0.0.1", &[][..], 1),
        ("10.0.0.1,10.0.0.1", &[], 1),
        ("10.0.0.1,10.0.0.2", &[], 2),
        ("10.0.0.1,10.0.0.2,10.0.0.3", &[], 2),
        ("10.0.0.1,10.0.0.2,10.0.0.3", &["--min-servers", "3"], 3),
        ("10.0.0.1", &["--min-servers", "2"], 2),
    ] {
        let args = [&["-i", "db.consul", "-H", servers], more].concat();
        assert_eq!(policy(&args).min_servers, needed, "{args:?}");
    }
}

/// glibc's resolv.h, `RES_TIMEOUT`: 5 s, for clients whose file is not known.
#[test]
fn clients_of_named_servers_are_those_of_glibc() {
    let clients = target(&["-i", "db.consul", "-H", "10.0.0.1"]).unwrap().clients;
    assert_eq!((clients.timeout.as_secs(), clients.rotate, clients.unused.len()), (5, false, 0));
    assert_eq!(clients.file, None);
}

/// Two datagrams, each with the time of --query-timeout: less than the 5 s of glibc.
#[test]
fn a_silent_server_is_asked_once_more() {
    let patience = |args: &[&str]| {
        target(&[&["-i", "db.consul", "-H", "10.0.0.1"], args].concat()).unwrap().options.patience().as_secs_f64()
    };
    assert_eq!(format!("{:.1}", patience(&[])), "4.0");
    assert_eq!(format!("{:.1}", patience(&["--query-timeout", "0.5"])), "1.0");
}

#[test]
fn what_cannot_be_asked_is_told_with_a_remedy() {
    let long = ["x", &"b".repeat(60), &"c".repeat(60), &"d".repeat(60), &"e".repeat(60), "consul"].join(".");
    for (args, said, remedy) in [
        (&["-H", "10.0.0.1"][..], "no name to ask for", "--internal, --external or --absent"),
        (&["-i", "db.consul", "-H", "ns1"], "\"ns1\" is no IP address", "give --hostname an address"),
        (&["-i", "db.consul", "-H", "10.0.0.1", "--upstream", "localhost:8600"], "localhost", "give --upstream"),
        (
            &["-i", "db.consul", "-H", "10.0.0.1", "--external-server", "dns.example.com"],
            "dns.example.com",
            "give --external-server",
        ),
        (&["-i", &long, "-H", "10.0.0.1"], "a random name: ", "give a shorter name"),
    ] {
        let error = format!("{:?}", target(args).unwrap_err());
        assert!(error.contains(&said.replace('"', "\\\"")) && error.contains(remedy), "{error}");
    }
}

/// Consul's DNS listens on 8600; `--port` is for the servers that are judged.
#[test]
fn the_source_and_external_servers_have_ports_of_their_own() {
    let args = [
        "-i",
        "db.consul",
        "-H",
        "10.0.0.1",
        "-p",
        "5353",
        "--upstream",
        "127.0.0.1",
        "--external-server",
        "192.0.2.53",
    ];
    let target = target(&args).unwrap();
    let address = |server: &Server| server.address.to_string();
    assert_eq!(address(&target.servers[0]), "10.0.0.1:5353");
    assert_eq!(target.upstream.as_ref().map(address).as_deref(), Some("127.0.0.1:8600"));
    assert_eq!(target.external.iter().map(address).collect::<Vec<_>>(), ["192.0.2.53:53"]);
}

/// `com` and `arpa` are not internal zones because one of their names is internal.
#[test]
fn a_zone_that_the_internet_knows_must_be_given() {
    for (args, zone) in [
        (&["-i", "10.0.0.11/PTR"][..], "arpa"),
        (&["-i", "db.corp.example.com", "--external-server", "192.0.2.53"], "com"),
    ] {
        let error = target(&[args, &["-H", "10.0.0.1"]].concat()).unwrap_err();
        assert!(error.parts().0.contains(&format!("a name of zone {zone}, which")), "{error:?}");
    }
    for args in [
        &["-i", "10.0.0.11/PTR", "-z", "10.in-addr.arpa"][..],
        &["-i", "db.corp.example.com", "--external-server", "192.0.2.53", "-z", "corp.example.com"],
        &["-i", "db.service.consul", "--external-server", "192.0.2.53"],
        &["-i", "db.corp.example.com"],
    ] {
        assert!(target(&[args, &["-H", "10.0.0.1"]].concat()).is_ok(), "{args:?}");
    }
}
