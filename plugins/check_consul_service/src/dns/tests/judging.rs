//! What is found, and what is not.

use std::io;

use clap::Parser;
use common::dns::{Outcome, Rcode};
use common::{CheckError, Report, Rules, ServiceState, io_error};

use super::super::Condition::{Critical, Maintenance, Passing, Warning};
use super::*;
use crate::catalogue::CATALOGUE;
use crate::cli::Cli;

const NAME: &str = "db.service.consul";
const NOW: f64 = 1_000_000.0;

/// A moment at which DNS is judged.
pub(super) struct Scene {
    pub(super) said: Vec<ServerAnswers>,
    pub(super) expected: Expected,
    unsettled: Option<Unsettled>,
    grace: Grace,
    now: f64,
}

impl Scene {
    pub(super) fn new(standings: &[Condition], said: Vec<ServerAnswers>) -> Self {
        Self { said, expected: expected(standings), unsettled: None, grace: Grace::default(), now: NOW }
    }

    fn comparisons(&self) -> Vec<Comparison> {
        self.said.iter().map(|told| compare(told, &self.expected)).collect()
    }

    fn grace_after(&self) -> Grace {
        grace_after(&self.grace, &self.comparisons(), self.now)
    }

    /// The same answers, seconds later.
    fn later(&self, seconds: f64) -> Self {
        let (said, expected, grace) = (self.said.clone(), self.expected.clone(), self.grace_after());
        Self { said, expected, unsettled: None, grace, now: self.now + seconds }
    }

    pub(super) fn report(&self) -> (Report, String) {
        self.judged(&[])
    }

    fn judged(&self, args: &[&str]) -> (Report, String) {
        let cli = Cli::try_parse_from([&["x", "-s", "db"], args].concat()).unwrap();
        let (comparisons, rules) = (self.comparisons(), Rules::new(&CATALOGUE, &cli.common).unwrap());
        let case = Case {
            name: NAME,
            comparisons: &comparisons,
            expected: &self.expected,
            unsettled: self.unsettled,
            grace: &self.grace,
            has_series: true,
            now: self.now,
        };
        let mut report = Report::new(&rules);
        judge(&mut report, &case);
        let questions = Questions::new(NAME).unwrap();
        requests(&mut report, &self.said, &questions);
        (report, case.summary())
    }

    pub(super) fn ids(&self) -> Vec<&'static str> {
        let (report, _) = self.report();
        let mut ids: Vec<_> = report.findings().iter().filter_map(|finding| finding.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    pub(super) fn text(&self, args: &[&str]) -> String {
        // Labels stand between quotes.
        self.judged(args).0.render().1.replace('\'', "")
    }

    #[track_caller]
    fn assert(&self, state: ServiceState, ids: &[&str], words: &[&str]) {
        let text = self.text(&[]);
        assert_eq!(self.ids(), ids, "{text}");
        for part in words {
            assert!(text.contains(part), "{part:?} not in {text}");
        }
        assert_eq!(self.report().0.state(), state, "{text}");
    }
}

const OK: ServiceState = ServiceState::Ok;
const WARNING: ServiceState = ServiceState::Warning;
const CRITICAL: ServiceState = ServiceState::Critical;
const UNKNOWN: ServiceState = ServiceState::Unknown;

const DB2: &str = "db2 (10.0.0.2:3306)";

/// Consul's server, and two forwarders that say this too.
fn three(standings: &[Condition], said: [&[Both; 3]; 3]) -> Scene {
    let [first, second, third] = said.map(Clone::clone);
    Scene::new(standings, vec![own(first), forwarder(2, second), forwarder(3, third)])
}

#[test]
fn servers_that_agree_are_fine() {
    let right = names(&[1, 2]);
    let scene = three(&[Passing, Passing, Critical], [&right, &right, &right]);
    let lines = [
        "[OK] DNS 10.0.0.1:8600: names 10.0.0.1 and 10.0.0.2 (TTL 0, 2.0 ms)",
        "[OK] DNS 10.0.0.3: names 10.0.0.1 and 10.0.0.2 (TTL 0, 2.0 ms)",
        "dns_servers=3;;;0",
        "dns_servers_right=3;;;0;3",
        "dns_time=0.002s",
        "dns_addresses_10_0_0_1_8600=2;;;0",
        "dns_missing_10_0_0_2=0",
        "dns_unexpected_10_0_0_2=0",
        "dns_time_10_0_0_2=0.002s",
        "dns_ttl_10_0_0_2=0s",
    ];
    scene.assert(OK, &[], &lines);
    assert_eq!(scene.report().1, "DNS agrees on 3 servers");
    assert_eq!(Scene::new(&[Passing], vec![own(names(&[1]))]).report().1, "DNS agrees on 1 server");
}

#[test]
fn a_name_without_passing_instance_may_be_denied() {
    let none = names(&[]);
    three(&[Critical], [&none, &none, &none]).assert(OK, &[], &["names nothing (2.0 ms)", "dns_addresses_10_0_0_2=0"]);
}

#[test]
fn consul_hands_out_nothing_dead() {
    let dead = names_for(&[1, 2], 10);
    let scene = Scene::new(&[Passing, Critical], vec![own(dead)]);
    let words = [
        &format!("name server 10.0.0.1:8600 hands out {DB2}, which is critical"),
        "dig @10.0.0.1 -p 8600 db.service.consul +tcp",
        "[CRITICAL] DNS 10.0.0.1:8600: names 10.0.0.1 and 10.0.0.2",
        "dns_unexpected_10_0_0_1_8600=1",
    ];
    scene.assert(CRITICAL, &["dns-dead"], &words);
    assert_eq!(scene.report().1, "DNS agrees on 0 of 1 server");
}

#[test]
fn servers_with_one_fault_are_told_together() {
    let dead = names(&[1, 2]);
    let scene = three(&[Passing, Maintenance], [&dead, &dead, &dead]);
    let sentence = format!("name servers 10.0.0.1:8600, 10.0.0.2 and 10.0.0.3 hand out {DB2}, which is in maintenance");
    scene.assert(CRITICAL, &["dns-dead"], &[&sentence]);
    assert_eq!(scene.report().0.findings().len(), 1);
}

#[test]
fn a_forwarder_may_be_stale_for_one_ttl() {
    let (right, stale) = (names(&[1]), names_for(&[1, 2], 24));
    let scene = three(&[Passing, Critical], [&right, &stale, &right]);
    let still = format!("name server 10.0.0.2 still hands out {DB2}, which is critical, for 24 s more");
    scene.assert(WARNING, &["dns-stale"], &[&still, "flushtree consul"]);

    // It has asked again, and its TTL begins anew.
    scene.later(20.0).assert(WARNING, &["dns-stale"], &["for 4 s more"]);
    scene.later(24.0).assert(CRITICAL, &["dns-dead"], &["hands out db2"]);
    scene.later(20.0).later(20.0).assert(CRITICAL, &["dns-dead"], &[]);
    // The clock was set back.
    scene.later(-3600.0).later(30.0).assert(CRITICAL, &["dns-dead"], &[]);

    let both = three(&[Passing, Critical], [&right, &stale, &names_for(&[1, 2], 9)]);
    both.assert(WARNING, &["dns-stale"], &["name servers 10.0.0.2 and 10.0.0.3 still hand out", "up to 24 s more"]);
}

#[test]
fn a_forwarder_without_ttl_is_beyond_it_at_once() {
    let (right, dead) = (names(&[1]), names(&[1, 2]));
    three(&[Passing, Critical], [&right, &dead, &right]).assert(CRITICAL, &["dns-dead"], &["10.0.0.2 hands out db2"]);
}

#[test]
fn grace_ends_when_the_dead_is_gone_and_not_when_the_server_is_silent() {
    let stale = |said| Scene::new(&[Passing, Critical], vec![own(names(&[1])), forwarder(2, said)]);
    let scene = stale(names_for(&[1, 2], 24));
    let silent = Scene { said: vec![forwarder(2, all(&Outcome::Silent))], ..scene.later(1.0) };
    let again = |grace| Scene { grace, now: NOW + 30.0, ..stale(names_for(&[1, 2], 24)) };
    again(silent.grace_after()).assert(CRITICAL, &["dns-dead"], &[]);
    let gone = Scene { said: vec![forwarder(2, names(&[1]))], ..scene.later(1.0) };
    assert_eq!(gone.grace_after(), Grace::default());
    again(gone.grace_after()).assert(WARNING, &["dns-stale"], &[]);
    // A server that is not asked any more is forgotten.
    assert_eq!(grace_after(&scene.grace_after(), &[], NOW + 90_000.0), Grace::default());
}

#[test]
fn grace_is_bounded_and_survives_json() {
    let numbers: Vec<u8> = (1..=200).collect();
    let said = (1..=3).map(|number| forwarder(number, names_for(&numbers, 24))).collect();
    let scene = Scene::new(&[Critical; 200], said);
    let json = serde_json::to_string(&scene.grace_after()).unwrap();
    assert_eq!(json.matches(" > ").count(), 256);
    assert_eq!(serde_json::from_str::<Grace>(&json).unwrap(), scene.grace_after());
}

#[test]
fn a_service_that_nobody_finds_is_critical() {
    let (none, silent) = (names(&[]), all(&Outcome::Silent));
    let scene = three(&[Passing], [&none, &none, &silent]);
    let words = [
        "no name server names a usable instance of db.service.consul: 10.0.0.1:8600 and 10.0.0.2 NXDOMAIN, \
         10.0.0.3 no answer within 4.0 s",
        "node:read and service:read",
        "dig @10.0.0.1 -p 8600 db.service.consul",
    ];
    scene.assert(CRITICAL, &["dns-nothing"], &words);
    let foreign = Scene::new(&[Passing], vec![own(names(&[9]))]);
    foreign.assert(CRITICAL, &["dns-foreign", "dns-nothing"], &["10.0.0.1:8600 named only what no instance has"]);
    let dead = Scene::new(&[Passing, Critical], vec![own(names(&[2]))]);
    dead.assert(CRITICAL, &["dns-dead", "dns-nothing"], &["named only what is dead"]);
}

#[test]
fn one_unusable_server_beside_others_is_a_warning_with_a_remedy() {
    let right = names(&[1]);
    for (outcome, at_consul, at_forwarder) in [
        (Outcome::PortClosed, "client_addr", "let port 53 through"),
        (Outcome::Silent, "ports.dns", "systemctl status named"),
        (nx_domain(), "node:read", "port 8600"),
        (code(Rcode::SERVFAIL), "consul monitor", "validate-except"),
        (code(Rcode::REFUSED), "domain of that agent", "allow-query"),
    ] {
        let fault = all(&outcome);
        let own = three(&[Passing], [&fault, &right, &right]);
        own.assert(WARNING, &["dns-unusable"], &["name server 10.0.0.1:8600: ", at_consul, "-p 8600 db.service"]);
        let other = three(&[Passing], [&right, &fault, &right]);
        other.assert(WARNING, &["dns-unusable"], &["name server 10.0.0.2: ", at_forwarder, "dig @10.0.0.2 db"]);
    }
}

#[test]
fn the_source_is_looked_at_before_the_forwarder() {
    let (right, failing) = (names(&[1]), all(&code(Rcode::SERVFAIL)));
    let scene = three(&[Passing], [&failing, &failing, &right]);
    scene.assert(WARNING, &["dns-unusable"], &["consul monitor", "look there first"]);
    assert_eq!(scene.report().0.findings().len(), 2, "each has its own remedy");
}

#[test]
fn a_denial_that_is_cached_says_for_how_long() {
    let (right, leaked) = (names(&[1]), all(&negative(Rcode::NXDOMAIN, ".", 10_800)));
    let words = ["NXDOMAIN from the root", "keeps the denial for 60 s more: rndc flushtree consul"];
    three(&[Passing], [&right, &leaked, &right]).assert(WARNING, &["dns-unusable"], &words);
}

#[test]
fn a_server_that_fails_is_told_even_when_nothing_passes() {
    let silent = all(&Outcome::Silent);
    three(&[Critical], [&silent, &silent, &silent]).assert(WARNING, &["dns-unusable"], &["no answer within 4.0 s"]);
}

#[test]
fn a_passing_instance_must_be_named() {
    let (right, less) = (names(&[1, 2]), names(&[1]));
    let own = three(&[Passing, Passing], [&less, &right, &right]);
    let words =
        [&format!("10.0.0.1:8600 does not name {DB2}"), "a_record_limit", "+tcp", "dns_missing_10_0_0_1_8600=1"];
    own.assert(WARNING, &["dns-incomplete"], &words);
    let both = three(&[Passing, Passing], [&right, &less, &less]);
    both.assert(WARNING, &["dns-incomplete"], &["10.0.0.2 and 10.0.0.3 do not name", "flushtree", "a_record_limit"]);

    let [a, aaaa, _] = right.clone();
    let no_srv = [a, aaaa, less[2].clone()];
    let scene = three(&[Passing, Passing], [&right, &no_srv, &right]);
    scene.assert(WARNING, &["dns-incomplete"], &["does not name db2 (10.0.0.2:3306) by SRV"]);
}

#[test]
fn an_address_of_nobody_is_a_warning() {
    let (right, foreign) = (names(&[1]), names(&[1, 9]));
    let words = ["name server 10.0.0.2 hands out 10.0.0.9, which no instance has", "another datacenter", "+tcp"];
    three(&[Passing], [&right, &foreign, &right]).assert(WARNING, &["dns-foreign"], &words);
}

#[test]
fn both_transports_must_work() {
    let right = names(&[1]);
    let no_tcp = right.clone().map(|both| split(&both.udp.outcome, &Outcome::PortClosed));
    let words =
        ["10.0.0.2: connection refused over TCP", "port 53 of UDP and TCP", "dig @10.0.0.2 db.service.consul +tcp"];
    three(&[Passing], [&right, &no_tcp, &right]).assert(WARNING, &["dns-transport"], &words);
}

#[test]
fn a_server_of_no_use_has_one_fault() {
    let (right, denial) = (names(&[1]), [(); 3].map(|()| split(&nx_domain(), &Outcome::PortClosed)));
    three(&[Passing], [&right, &denial, &right]).assert(WARNING, &["dns-unusable"], &["10.0.0.2: NXDOMAIN"]);
    // Where a denial is right, only the transport is wrong.
    let none = names(&[]);
    let words = ["10.0.0.2: connection refused over TCP"];
    three(&[Critical], [&none, &denial, &none]).assert(WARNING, &["dns-transport"], &words);
}

#[test]
fn what_did_not_hold_still_is_not_judged() {
    let (none, dead) = (names(&[]), names(&[2]));
    let mut scene = three(&[Passing, Critical], [&none, &dead, &none]);
    scene.unsettled = Some(Unsettled::Moving);
    scene.assert(UNKNOWN, &["dns-unsettled"], &["[UNKNOWN] DNS 10.0.0.2: names 10.0.0.2 (TTL 0", "dns_servers=3"]);
    let text = scene.text(&[]);
    assert!(!text.contains("dns_servers_right") && !text.contains("_missing"), "{text}");
    assert_eq!(scene.report().1, "DNS was asked on 3 servers, but not judged");
}

/// Who has no time left is not helped by a look at checks that flap.
#[test]
fn each_reason_not_to_judge_has_its_remedy() {
    for (why, said, remedy) in [
        (Unsettled::Moving, "the instances kept changing", "do their checks flap?"),
        (Unsettled::Unread, "the API could not be read again", "see what is said of that agent"),
        (Unsettled::NoTime, "no time was left to ask", "raise --timeout"),
    ] {
        let said_by = if why == Unsettled::NoTime { Vec::new() } else { vec![own(names(&[1]))] };
        let mut scene = Scene::new(&[Passing], said_by);
        scene.unsettled = Some(why);
        let text = scene.text(&[]);
        let line = text.lines().find(|line| line.starts_with("[UNKNOWN] DNS was not judged: ")).unwrap();
        assert!(line.contains(said) && line.contains(remedy), "{text}");
    }
}

#[test]
fn what_was_not_asked_is_our_own_fault() {
    let ours = all(&Outcome::OwnSide(CheckError::local("too many open files", "raise the limit")));
    let scene = Scene::new(&[Passing], vec![own(ours.clone())]);
    scene.assert(
        UNKNOWN,
        &["not-asked"],
        &["10.0.0.1:8600 was not asked: too many open files", "dns_servers=0", "raise the limit"],
    );
    assert_eq!(scene.report().1, "DNS was not asked");
    assert!(!scene.text(&[]).contains("dns_servers_right"));
    let right = names(&[1]);
    three(&[Passing], [&right, &right, &ours]).assert(UNKNOWN, &["not-asked"], &["dns_servers_right=2;;;0;2"]);
}

/// This host has no route to an address of a link that is not there.
fn without_route() -> [Both; 3] {
    let (unreachable, nowhere) = (io::Error::from_raw_os_error(101), "[fe80::1%4242]:53".parse().unwrap());
    all(&Outcome::OwnSide(io_error::own_side_to(&unreachable, &[nowhere]).unwrap()))
}

fn without_descriptors() -> [Both; 3] {
    all(&Outcome::OwnSide(io_error::own_side(&io::Error::from_raw_os_error(24)).unwrap()))
}

#[test]
fn each_limit_of_ours_has_its_own_remedy_and_none_is_for_the_servers() {
    let (route, descriptors) = (without_route(), without_descriptors());
    for (said, unasked) in [
        ([&names(&[1]), &route, &descriptors], ["name server 10.0.0.2 was", "name server 10.0.0.3 was"]),
        ([&route, &descriptors, &descriptors], ["name server 10.0.0.1:8600 was", "10.0.0.2 and 10.0.0.3 were"]),
    ] {
        let text = three(&[Passing], said).text(&[]);
        let told: Vec<_> = text.lines().filter(|line| line.starts_with("[UNKNOWN]") && line.contains(" -> ")).collect();
        let [first, second] = told[..] else { panic!("{text}") };
        for (line, subject, problem, remedy, other) in [
            (first, unasked[0], "this host has no route there", "ip route", "ulimit"),
            (second, unasked[1], "the check is out of file descriptors", "ulimit -n", "ip route"),
        ] {
            let (sentence, cure) = line.split_once(" -> ").unwrap();
            assert!(sentence.ends_with(&format!("{subject} not asked: {problem}")), "{line}");
            assert!(cure.contains(remedy) && !cure.contains(other), "{line}");
            assert!(
                ["dig", "rndc", "named", "client_addr", "its firewall"].iter().all(|word| !cure.contains(word)),
                "{line}"
            );
        }
    }
}

#[test]
fn more_is_said_to_who_asks() {
    let mut scene = Scene::new(&[Passing, Warning], vec![own(names(&[1]))]);
    scene.expected.only_passing = Some(true);
    assert!(!scene.text(&[]).contains("only_passing"));
    assert!(scene.text(&["-v"]).contains("db2 (10.0.0.2:3306) is in warning: DNS leaves it out"));
    let text = scene.text(&["-vv"]);
    for line in [
        "10.0.0.1:8600 db.service.consul A: NOERROR 10.0.0.1, ttl 0 (UDP, 0.0020 s, 1 sent, 0 lost)",
        "10.0.0.1:8600 db.service.consul AAAA: NOERROR (TCP, 0.0020 s, 1 sent, 0 lost)",
        "10.0.0.1:8600 db.service.consul SRV: NOERROR 0a000001.addr.dc1.consul:3306, ttl 0 (TCP",
    ] {
        assert!(text.contains(line), "{line} not in {text}");
    }
}

#[test]
fn without_servers_nothing_is_said() {
    let scene = Scene::new(&[Passing], Vec::new());
    assert_eq!(scene.ids(), [""; 0]);
}
