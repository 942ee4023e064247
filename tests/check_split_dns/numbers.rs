//! The performance data.

use std::sync::atomic::{AtomicBool, Ordering};

use test_support::message::{A, Message};
use test_support::oracle::State::{Critical, Ok, Unknown, Warning};
use test_support::plugin::assert_says;
use test_support::server;

use crate::names::{EXTERNAL, INTERNAL, MEMBERS, Names, Query, SERVFAIL, code, denied, found, right};
use crate::{HASTY, ask, ask_one, assert_finds, labels, plugin, value};

/// In the order of the documentation.
const ALL: [&str; 17] = [
    "time",
    "internal_time",
    "external_time",
    "uncached_time",
    "tcp_time",
    "servers_ok",
    "servers",
    "queries",
    "failed",
    "retries",
    "loss",
    "leaks",
    "hijacks",
    "disagree",
    "stale",
    "internal_addresses",
    "internal_ttl",
];

#[test]
fn of_healthy_servers_everything_is_measured() {
    let servers = [Names::healthy(), Names::healthy()];
    let output = ask(&servers.each_ref().map(Names::addr), &[]);
    assert_eq!(labels(&output), ALL);
    for (label, number) in [
        ("servers_ok", 2.0),
        ("servers", 2.0),
        ("queries", 20.0),
        ("failed", 0.0),
        ("retries", 0.0),
        ("loss", 0.0),
        ("leaks", 0.0),
        ("hijacks", 0.0),
        ("disagree", 0.0),
        ("stale", 0.0),
        ("internal_addresses", 3.0),
        ("internal_ttl", 0.0),
    ] {
        assert_eq!(value(&output, label), Some(number), "{label} {output:?}");
    }
    for label in ["time", "internal_time", "external_time", "uncached_time", "tcp_time"] {
        assert!(value(&output, label).unwrap() > 0.0, "{label} {output:?}");
    }
    for (label, max) in [("servers_ok", 2.0), ("failed", 12.0), ("disagree", 2.0)] {
        let found = output.perfdata().into_iter().find(|data| data.label == label).unwrap();
        assert_eq!(found.max, Some(max), "{label}");
    }
}

#[test]
fn what_was_not_measured_is_left_out() {
    let server = Names::healthy();
    let without = |left_out: &[&str]| ALL.into_iter().filter(|label| !left_out.contains(label)).collect::<Vec<_>>();
    assert_eq!(labels(&ask_one(&server, &["-i", INTERNAL])), without(&["external_time"]));
    assert_eq!(
        labels(&ask_one(&server, &["-e", EXTERNAL])),
        without(&["internal_time", "internal_addresses", "internal_ttl"])
    );
    assert_eq!(
        labels(&ask_one(&server, &["-n", "old.service.consul"])),
        without(&["internal_time", "external_time", "uncached_time", "internal_addresses", "internal_ttl"])
    );
    let failing = Names::but(|query| query.is_for(INTERNAL).then(|| code(SERVFAIL)));
    assert_eq!(labels(&ask(&[failing.addr()], &[])), without(&["internal_addresses", "internal_ttl"]));
    let times = ["time", "internal_time", "external_time", "uncached_time", "tcp_time"];
    let unmeasured = [&times[..], &["internal_addresses", "internal_ttl"]].concat();
    let closed = server::refused();
    assert_eq!(labels(&ask(&[closed.addr()], &[])), without(&unmeasured));
}

/// How many it was sent. One for each of six questions, unless a slow machine lets it answer too late.
fn datagrams(server: &Names) -> u32 {
    server.count(Query::is_udp).try_into().unwrap()
}

#[test]
fn a_lost_datagram_is_repeated_and_counted() {
    let is_lost = AtomicBool::new(false);
    let server = Names::writing(move |query, bytes| {
        let is_first = query.is_udp() && !is_lost.swap(true, Ordering::SeqCst);
        if is_first { vec![] } else { vec![right(query).to(bytes)] }
    });
    let output = ask(&[server.addr()], &["--query-timeout", "1"]);
    assert_says(&output, Ok, "1/1 name servers: 1 internal and 1 external name right");
    let sent = datagrams(&server);
    assert!(sent >= 7, "{:?}", server.heard());
    assert_eq!(
        (value(&output, "retries"), value(&output, "queries")),
        (Some(f64::from(sent - 6)), Some(f64::from(sent + 4)))
    );
    // A loss is rounded up: one of seven datagrams is 15 %.
    assert_eq!(value(&output, "loss"), Some(f64::from(100_u32.div_ceil(sent))), "{output:?}");
}

#[test]
fn silence_is_loss() {
    let (silent, good) = (Names::silent_to(|_| true), Names::healthy());
    let output = ask(&[silent.addr(), good.addr()], &[HASTY, &["-c", "loss=50"]].concat());
    let (lost, answered) = (datagrams(&silent), datagrams(&good));
    assert_eq!(lost, 12, "each question twice: {:?}", silent.heard());
    assert_eq!(value(&output, "retries"), Some(f64::from(lost + answered - 12)), "{output:?}");
    assert_eq!(value(&output, "failed"), Some(6.0));
    // 12 of 18 are 67 %.
    let percent = (100 * lost).div_ceil(lost + answered);
    assert_eq!(value(&output, "loss"), Some(f64::from(percent)), "{output:?}");
    let to = if answered > 6 { format!("{} and {}", silent.addr(), good.addr()) } else { silent.addr().to_string() };
    assert_finds(&output, Critical, &format!("{percent} % of the datagrams lost, to {to} (above the limit 50)"), "");
}

#[test]
fn metrics_have_thresholds() {
    let server = Names::but(|query| {
        let message = Message { ttl: 300, ..found(&MEMBERS[..2]) };
        (query.is_for(INTERNAL) && query.rtype == A).then_some(message)
    });
    for (args, state, said) in [
        (["-w", "internal_addresses=3:"], Warning, "galeradb.service.consul has 2 addresses, below the limit 3:"),
        (["-c", "internal_ttl=60"], Critical, "galeradb.service.consul may be cached for 300 s, above the limit 60"),
        (["-c", "servers=2:"], Critical, "1 name server asked, below the limit 2:"),
        (["-w", "queries=9"], Warning, "10 queries sent, above the limit 9"),
        (["-c", "no_such=9"], Unknown, "no_such"),
    ] {
        assert_says(&ask(&[server.addr()], &args), state, said);
    }
}

#[test]
fn addresses_and_times_to_live_are_those_of_all_servers_together() {
    let part = |from: usize, ttl| {
        Names::but(move |query| {
            let message = Message { ttl, ..found(&MEMBERS[from..from + 2]) };
            (query.is_for(INTERNAL) && query.rtype == A).then_some(message)
        })
    };
    let output = ask(&[part(0, 5).addr(), part(1, 9).addr()], &[]);
    assert_eq!(
        (value(&output, "internal_addresses"), value(&output, "internal_ttl")),
        (Some(3.0), Some(9.0)),
        "{output:?}"
    );
}

/// A datagram has what fits into it.
#[test]
fn of_a_truncated_answer_all_addresses_are_counted() {
    let server = Names::but(|query| {
        let cut = Message { truncated: true, ..found(&MEMBERS[..1]) };
        (query.is_udp() && query.is_for(INTERNAL) && query.rtype == A).then_some(cut)
    });
    assert_eq!(value(&ask(&[server.addr()], &[]), "internal_addresses"), Some(3.0));
}

#[test]
fn servers_and_names_can_have_numbers_of_their_own() {
    let (good, leaky) = (Names::healthy(), Names::but(|query| query.is_internal().then(|| denied(".", 60))));
    let servers = format!("a={},b={}", good.addr(), leaky.addr());
    let output = plugin(&["-i", INTERNAL, "-e", EXTERNAL, "-H", &servers, "--perfdata-per-server"]).run();
    let labels = labels(&output);
    let own = labels.strip_prefix(ALL.map(str::to_owned).as_slice()).unwrap();
    let metrics = ["ok", "internal_time", "external_time", "uncached_time", "tcp_time", "loss"];
    let expected = ["a", "b"].map(|server| metrics.map(|metric| format!("{metric}_{server}"))).concat();
    let names = ["internal_addresses_galeradb_service_consul", "internal_ttl_galeradb_service_consul"];
    assert_eq!(own, [expected, names.map(str::to_owned).to_vec()].concat());
    for (label, number) in [("ok_a", 1.0), ("ok_b", 0.0), ("loss_a", 0.0), (names[0], 3.0), (names[1], 0.0)] {
        assert_eq!(value(&output, label), Some(number), "{label} {output:?}");
    }
    let slowest =
        ["tcp_time_a", "tcp_time_b"].map(|label| value(&output, label).unwrap()).into_iter().fold(0.0, f64::max);
    assert_eq!(value(&output, "tcp_time"), Some(slowest));
}
