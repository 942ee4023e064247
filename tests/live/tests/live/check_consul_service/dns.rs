//! Whether DNS and the API agree.

use lab::{DnsSettings, Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;
use test_support::scratch::Scratch;

use super::CLIENT;
use super::compared::assert_row;

/// Consul's DNS on all servers, and every BIND.
const ALL: Check =
    Check { service: "CONSUL", command: "check_consul_service -s galeradb -H 127.0.0.11,127.0.0.12,127.0.0.13 --dns" };

/// Registers and deregisters an instance until the directory "$1" is gone, and leaves none. Pauses for "$2" seconds
/// after each.
const FLAP: &str = r#"agent=http://127.0.0.22:8500/v1/agent/service
while [ -d "$1" ]; do
    curl -s -X PUT -d '{"ID":"flap","Name":"galeradb","Address":"127.0.0.99"}' $agent/register; sleep "$2"
    curl -s -X PUT $agent/deregister/flap; sleep "$2"
done"#;

/// Pauses of an instance that flaps, from as fast as Consul takes it to slower than the looks of a check.
const PACES: [&str; 6] = ["0", "0.01", "0.03", "0.07", "0.15", "0.4"];

#[test]
fn every_name_server_is_asked_and_each_instance_says_where_it_is_named() {
    let lab = Lab::shared();
    let said = [
        "DNS agrees on 6 servers",
        "db2 (127.0.0.12:3306) passing; in DNS on all 6 servers",
        "'dns_servers_right'=6;;;0;6",
    ];
    ALL.assert(&lab, &[], State::Ok, &said);
    ALL.assert(&lab, &["--datacenter", "dc1"], State::Ok, &["DNS agrees on 6 servers"]);
    ALL.assert(&lab, &["--dns-name", "db2.galeradb.service.consul"], State::Warning, &["do not name db1"]);
}

#[test]
fn a_resolver_may_keep_what_has_died_for_one_lifetime_and_no_longer() {
    let lab = Lab::shared();
    lab.consul_dns(DnsSettings { lifetime: 30, ..DnsSettings::default() }).unwrap();
    lab.prime_dns().unwrap();
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    let said = [
        "still hand out db3 (127.0.0.13:3306), which is critical, for up to",
        "DNS agrees on 3 of 6 servers",
        "db3 (127.0.0.13:3306) critical; in DNS on 3 of 6 servers",
    ];
    ALL.assert(&lab, &[], State::Warning, &said);
    assert_row(&lab, "MariaDB on one node killed, BIND answers from its cache");
}

#[test]
fn a_dead_instance_beyond_the_lifetime_is_critical() {
    let lab = Lab::shared();
    lab.consul_dns(DnsSettings { lifetime: 600, ..DnsSettings::default() }).unwrap();
    lab.prime_dns().unwrap();
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    let memory = ["--history-dir", "/run/lab/beyond"];
    let remembering =
        Check { service: "CONSUL", command: "check_consul_service -s galeradb -H 127.0.0.21 --dns 127.0.0.11" };
    remembering.assert(&lab, &memory, State::Warning, &["name server 127.0.0.11 still hands out db3"]);
    // As if ten minutes had passed, and BIND had stretched the lifetime.
    let edit = r#"sed -i 's/"127.0.0.11 > 127.0.0.13":[0-9.]*/"127.0.0.11 > 127.0.0.13":1/' /run/lab/beyond/*.json"#;
    assert!(lab.command("sh").args(["-c", edit]).status().unwrap().success());
    remembering.assert(
        &lab,
        &memory,
        State::Critical,
        &["name server 127.0.0.11 hands out db3", "rndc flushtree consul"],
    );
    lab.command("rm").args(["-r", "/run/lab/beyond"]).status().unwrap();
}

#[test]
fn consuls_own_dns_that_is_down_is_found_beside_a_working_api() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulDnsDown(Node::Db2)).unwrap();
    let said = [
        "name server 127.0.0.12:8600: ",
        "name server 127.0.0.12: SERVFAIL",
        "DNS agrees on 4 of 6 servers",
        "'agents_up'=3;",
    ];
    ALL.assert(&lab, &[], State::Warning, &said);
    assert_row(&lab, "Consul's DNS port closed on one node");
}

#[test]
fn a_resolver_that_leaks_the_zone() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsLeak(Node::Db3)).unwrap();
    let said = ["name server 127.0.0.13: NXDOMAIN from the root", "forward only", "DNS agrees on 3 of 4 servers"];
    CLIENT.assert(&lab, &[], State::Warning, &said);
    assert_row(&lab, "BIND on one node does not forward consul");
}

#[test]
fn a_resolver_with_an_address_of_its_own() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsForeign(Node::Db1)).unwrap();
    let said = ["name server 127.0.0.11 hands out 192.0.2.66, which no instance has", "DNS agrees on 3 of 4 servers"];
    CLIENT.assert(&lab, &[], State::Warning, &said);
    let alone = Check { service: "CONSUL", command: "check_consul_service -s galeradb -H 127.0.0.21 --dns 127.0.0.11" };
    let said = ["no name server names a usable instance of galeradb.service.consul"];
    alone.assert(&lab, &[], State::Critical, &said);
    assert_row(&lab, "BIND on one node answers with a foreign address");
}

#[test]
fn a_resolver_that_is_down_or_hangs() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsFreeze(Node::Db2)).unwrap();
    CLIENT.assert(&lab, &[], State::Warning, &["name server 127.0.0.12: no answer", "DNS agrees on 3 of 4 servers"]);
}

#[test]
fn what_is_in_warning_may_be_named_or_not() {
    let lab = Lab::shared();
    lab.consul_dns(DnsSettings { only_passing: true, ..DnsSettings::default() }).unwrap();
    lab.break_(Fault::ConsulWarning(Node::Db2)).unwrap();
    let said = ["'instances_warning'=1;", "DNS agrees on 6 servers", "(127.0.0.12:3306) warning; not in DNS"];
    ALL.assert(&lab, &[], State::Warning, &said);
}

#[test]
fn more_instances_than_an_old_resolver_is_told() {
    let lab = Lab::shared();
    lab.register(5).unwrap();
    ALL.assert(&lab, &["--expect", "8"], State::Ok, &["galeradb: 8/8 passing; DNS agrees on 6 servers"]);
    lab.register(100).unwrap();
    // Over UDP Consul leaves out what does not fit and does not say so, so that BIND has less than it is asked for.
    let said =
        ["galeradb: 103/103 passing", "DNS agrees on 3 of 6 servers", "name server 127.0.0.1", "enable_truncate"];
    ALL.assert(&lab, &["--expect", "103"], State::Warning, &said);
}

#[test]
fn instances_that_change_all_the_time_are_not_judged_by_dns() {
    let lab = Lab::shared();
    for pace in PACES {
        let going = Scratch::new();
        let mut flapping = lab.altering("sh").args(["-c", FLAP, "sh"]).arg(&*going).arg(pace).spawn().unwrap();
        let outputs = [(); 3].map(|()| CLIENT.run(&lab, &["--recheck", "0.1"]));
        drop(going);
        assert!(flapping.wait().unwrap().success());
        for output in outputs {
            // DNS is never called wrong, even if the instance did not change for a moment.
            let wrong = ["hand out", "hands out", "not name", "no name server", "[WARNING] DNS"];
            let is_wrong = wrong.iter().any(|words| output.stdout.contains(words));
            assert!(!is_wrong && output.state() != State::Critical, "pause of {pace} s: {}", output.stdout);
        }
    }
}

/// An instance that flaps hides no other: a resolver that has only an address of its own names none of the stable ones.
#[test]
fn instances_that_stand_still_are_judged_beside_one_that_flaps() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsForeign(Node::Db1)).unwrap();
    let going = Scratch::new();
    let mut flapping = lab.altering("sh").args(["-c", FLAP, "sh"]).arg(&*going).arg("0.01").spawn().unwrap();
    let output = CLIENT.run(&lab, &["--recheck", "0.1"]);
    drop(going);
    assert!(flapping.wait().unwrap().success());
    let said = "name server 127.0.0.11 does not name db1 (127.0.0.11:3306), db2 (127.0.0.12:3306) and db3";
    assert!(output.stdout.contains(said) && !output.stdout.contains("127.0.0.99, which"), "{}", output.stdout);
}
