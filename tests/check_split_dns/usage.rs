//! Arguments that cannot be meant, the matrix, and the time limit.

use test_support::oracle::State::{Critical, Ok, Unknown};
use test_support::plugin::assert_says;
use test_support::server;

use crate::names::{EXTERNAL, INTERNAL, Names, denied};
use crate::{ask, ask_one, assert_finds, assert_hides, assert_shows, plugin};

#[test]
fn what_is_wrong_with_our_arguments_is_unknown() {
    for (args, said) in [
        (&["-H", "127.0.0.1"][..], "no name to ask for; give --internal, --external or --absent"),
        (&["-e", EXTERNAL, "-H", "ns1.example.com"], "\"ns1.example.com\" is no IP address"),
        (&["-e", EXTERNAL, "-H", "=127.0.0.1"], "empty alias"),
        (&["-e", EXTERNAL, "-H", "127.0.0.1:0"], "the port must be 1 to 65535"),
        (&["-e", EXTERNAL, "-H", "127.0.0.1", "-p", "0"], "--port"),
        (&["-e", EXTERNAL, "-H", "fe80::1%no-such-if"], "no interface \"no-such-if\""),
        (
            &["-e", EXTERNAL, "--internal-net", "10.0.0.0/8,internal"],
            "\"internal\" is not an address, network, private, public or any",
        ),
        (&["-e", EXTERNAL, "--external-net", "10.0.0.0/33"], "\"10.0.0.0/33\" is not an address, network"),
        (&["-e", EXTERNAL, "--min-servers", "0"], "--min-servers"),
        (
            &["-e", EXTERNAL, "--expect-servers", "three"],
            "\"three\" is neither a number from 1 to 65535 nor an IP address",
        ),
        (&["-e", EXTERNAL, "--expect-servers", "0"], "\"0\" is neither a number"),
        (&["-e", EXTERNAL, "--query-timeout", "0"], "--query-timeout"),
        (&["-e", EXTERNAL, "-z", "a..b"], "one dot too many"),
        (&["-e", EXTERNAL, "--severity", "no-such=ok"], "no-such"),
        (&["-e", EXTERNAL, "--no-such-option"], "--no-such-option"),
    ] {
        let output = plugin(args).run();
        assert_says(&output, Unknown, "SPLIT_DNS is UNKNOWN: ");
        assert_says(&output, Unknown, said);
    }
}

/// A name that is asked for at random must fit, too.
#[test]
fn a_name_that_leaves_no_room_is_told() {
    let label = "a".repeat(63);
    let name = format!("b.{label}.{label}.{label}.{}.consul", "c".repeat(50));
    assert_says(&ask_one(&Names::healthy(), &["-i", &name]), Unknown, "a random name: ");
    assert_says(&ask_one(&Names::healthy(), &["-i", &"a".repeat(64)]), Unknown, "label");
}

#[test]
fn names_are_asked_as_they_are_meant() {
    let server = Names::healthy();
    let output = ask_one(&server, &["-v", "-i", "GaleraDB.Service.Consul.", "-e", "bücher.example"]);
    assert_eq!(server.count(|query| query.name.eq_ignore_ascii_case(INTERNAL)), 4, "{:?}", server.heard());
    assert_eq!(server.count(|query| query.is_for("xn--bcher-kva.example")), 4, "RFC 5891: {:?}", server.heard());
    assert_shows(&output, "xn--bcher-kva.example");
}

#[test]
fn the_zone_is_the_longest_that_is_given() {
    let server = Names::but(|query| query.name.ends_with("db.consul").then(|| denied("consul", 0)));
    let args = ["-i", "a.db.consul", "-i", "b.db.consul", "-z", "consul", "-z", "db.consul", "-z", "lan"];
    let output = ask_one(&server, &args);
    assert_says(
        &output,
        Critical,
        "a.db.consul and b.db.consul NXDOMAIN from zone consul: is \"forward only;\" missing in zone",
    );
    let mut parents: Vec<_> = server
        .heard()
        .into_iter()
        .filter(|query| query.name.starts_with("csd-"))
        .map(|query| query.name.split_once('.').unwrap().1.to_owned())
        .collect();
    parents.sort_unstable();
    assert_eq!(parents, ["com", "consul", "db.consul", "lan"]);
}

#[test]
fn the_matrix_has_a_row_for_each_name_and_a_column_for_each_server() {
    let leaky = Names::but(|query| query.is_internal().then(|| denied(".", 60)));
    let (good, dead) = (Names::healthy(), server::refused());
    let servers = format!("good={},leaky={},dead={}", good.addr(), leaky.addr(), dead.addr());
    let output = plugin(&["-v", "-i", INTERNAL, "-e", EXTERNAL, "-H", &servers]).run();
    let columns = ["good", "leaky", "dead"];
    for (name, cells) in [
        ("name", columns),
        (INTERNAL, ["3 found", "!NXDOMAIN(.)", "!closed"]),
        (EXTERNAL, ["2 found", "2 found", "!closed"]),
        ("(random).service.consul", ["NXDOMAIN(consul)", "!NXDOMAIN(.)", "!closed"]),
        ("(random).com", ["NXDOMAIN(com)", "NXDOMAIN(com)", "!closed"]),
    ] {
        let row = [&[name], &cells[..]].concat();
        let text = output.text();
        let is_row =
            |line: &str| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).eq(row.iter().copied());
        assert!(text.lines().any(is_row), "{row:?} not in {output:?}");
    }
    assert_hides(&plugin(&["-i", INTERNAL, "-H", &servers]).run(), "(random)");
}

#[test]
fn each_question_and_answer_is_shown_to_who_wants_it() {
    let server = Names::healthy();
    let output = ask(&[server.addr()], &["-vv"]);
    let addr = server.addr();
    assert_shows(
        &output,
        &format!("{addr} {INTERNAL} A: NOERROR 10.0.0.11, 10.0.0.12 and 10.0.0.13, ttl 0, flags ra (UDP, "),
    );
    assert_shows(&output, &format!("{addr} (random).service.consul A: NXDOMAIN, SOA consul. 0, flags ra (UDP, "));
    assert_shows(&output, "(TCP, ");
    assert_eq!(output.state(), Ok);
}

/// Without it the silent server would be waited for longer than the plugin may run here.
#[test]
fn the_time_limit_is_kept_and_no_reason_to_know_nothing() {
    let (silent, good) = (Names::silent_to(|_| true), Names::healthy());
    let output = ask(&[silent.addr(), good.addr()], &["-t", "2", "--query-timeout", "60"]);
    let said = format!("1 of 2 name servers right, at least 2 needed: {} no answer within ", silent.addr());
    assert_says(&output, Critical, &said);
    assert_finds(&output, Critical, &format!("{} (first name server): no answer within ", silent.addr()), "");
}
