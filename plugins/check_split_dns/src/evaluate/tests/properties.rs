//! What holds for any mixture of answers, also for one that nobody has seen yet.

use common::ServiceState::{Critical, Unknown, Warning};
use common::dns::{Answer, Name, Outcome, Rcode, RecordType, Reply, Soa};
use proptest::prelude::*;
use proptest::sample::select;

use super::check::{
    Check, EXTERNAL, INTERNAL, MEMBERS, Names, SERVERS, UPSTREAM, answer, answered, checked, closed, found, healthy,
    no_data, not_asked, nx_domain, prohibited, reply, servfail, silent, truncated, with_reason,
};
use crate::probe::Side;

/// What a server may say, right or wrong.
pub(super) fn any_reply() -> impl Strategy<Value = Reply> {
    let usual = select(vec![
        found(&MEMBERS),
        found(&MEMBERS[..1]),
        found(&["fd00::1"]),
        found(&["93.184.215.14"]),
        found(&["0.0.0.0", "10.0.0.11", "93.184.215.14"]),
        no_data("consul"),
        no_data("."),
        nx_domain("consul", 0),
        nx_domain("com", 900),
        nx_domain(".", 10_800),
        answered(answer(Rcode::NXDOMAIN, &[])),
        answered(answer(Rcode::NOERROR, &[])),
        truncated(&MEMBERS),
        truncated(&[]),
        servfail(),
        prohibited(),
        silent(),
        closed(),
        not_asked(),
        reply(Outcome::Unreachable("host unreachable".to_owned())),
    ]);
    prop_oneof![3 => usual, 1 => any_answer(), 1 => any::<String>().prop_map(|words| reply(Outcome::NotUnderstood(words)))]
}

/// Any header, any code, any words.
fn any_answer() -> impl Strategy<Value = Reply> {
    let label = prop::collection::vec(any::<u8>(), 1..20);
    let soa = prop::option::of((prop::collection::vec(label, 0..4), any::<u32>(), any::<u32>()));
    let flags = prop::array::uniform3(any::<bool>());
    let code = prop_oneof![0_u16..6, any::<u16>()];
    (code, flags, soa, prop::option::of((any::<u16>(), any::<String>())), any::<bool>()).prop_map(
        |(code, [tc, ra, ad], soa, reason, has_address)| {
            let addresses: &[&str] = if has_address { &MEMBERS } else { &[] };
            let mut answer = answer(Rcode(code), addresses);
            (answer.flags.tc, answer.flags.ra, answer.flags.ad) = (tc, ra, ad);
            let soa = soa.map(|(labels, ttl, minimum)| Soa { owner: Name::from_labels(labels).unwrap(), ttl, minimum });
            let answer = Answer { soa, ..answer };
            answered(match reason {
                Some((code, text)) => with_reason(answer, code, &text),
                None => answer,
            })
        },
    )
}

fn any_names() -> impl Strategy<Value = Names> {
    prop_oneof![
        select(vec![Names::All, Names::Internal, Names::External, Names::RandomInternal, Names::RandomExternal]),
        select(vec![Names::Side(Side::Internal), Names::Side(Side::External)]),
        (0_usize..6).prop_map(Names::At),
    ]
}

/// Who says what of which names, over which transport.
pub(super) type Change = (usize, Names, Option<RecordType>, Reply, bool);

pub(super) fn any_change() -> impl Strategy<Value = Change> {
    let rtype = prop::option::of(select(vec![RecordType::A, RecordType::Aaaa]));
    (0_usize..3, any_names(), rtype, any_reply(), prop::bool::weighted(0.2))
}

pub(super) fn changed(check: Check, changes: Vec<Change>) -> Check {
    changes.into_iter().fold(check, |check, (server, names, rtype, reply, tcp)| match (tcp, rtype) {
        (true, _) => check.answers_over_tcp(server, names, &reply),
        (false, Some(rtype)) => check.answers_of(server, names, rtype, &reply),
        (false, None) => check.answers(server, names, &reply),
    })
}

/// All that can be asked for.
pub(super) fn everything() -> Check {
    let args = [
        "-i",
        INTERNAL,
        "-i",
        "x.consul/SRV=min:1",
        "-e",
        EXTERNAL,
        "-n",
        "old.consul",
        "--external-server",
        "192.0.2.53",
    ];
    checked(&[&args[..], &UPSTREAM, &["-H", &SERVERS.join(","), "--perfdata-per-server"]].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that servers say stops the check, or makes its output what no reader expects.
    #[test]
    fn nothing_said_stops_the_check(
        changes in prop::collection::vec(any_change(), 0..6), upstream in any_reply(), external in any_reply(),
        seconds in prop::collection::vec((0_usize..3, any_reply()), 0..3), fresh in any_reply(), rotates in any::<bool>()
    ) {
        let check = changed(everything(), changes).upstream_answers(None, &upstream).external_server_answers(&external).rechecked();
        let check = seconds.iter().fold(check, |check, (server, reply)| check.recheck_answers(*server, reply));
        let check = check.diagnosed(1, Side::Internal, &fresh, &upstream);
        let check = if rotates { check.rotating() } else { check };
        check.doubtful();
        let report = check.report();
        let worst = report.findings().iter().map(|finding| finding.state).max();
        for verbosity in 0..=3 {
            let (state, text) = check.output(verbosity);
            prop_assert_eq!(Some(state), worst.or(Some(Unknown)));
            prop_assert!(text.matches('|').count() <= 1, "{}", text);
            prop_assert!(verbosity > 0 || text.len() < 4000, "{}", text);
            prop_assert!(text.starts_with("SPLIT_DNS is "), "{}", text);
            let first = text.lines().next().unwrap().split('|').next().unwrap().trim_end();
            prop_assert!(first.len() <= 200, "{} bytes: {}", first.len(), first);
        }
    }

    /// A known name that fares otherwise than it should is told, whatever else is.
    #[test]
    fn a_fault_of_a_known_name_is_never_fine(
        changes in prop::collection::vec(any_change(), 0..4), server in 0_usize..3, side in select(vec![Names::Internal, Names::External]),
        fault in select(vec![servfail(), prohibited(), silent(), closed(), reply(Outcome::NotUnderstood("junk".to_owned())), nx_domain("consul", 0)])
    ) {
        let check = changed(healthy(), changes).answers(server, side, &fault);
        prop_assert!(check.state() >= Warning, "{}", check.output(0).1);
    }

    /// Clients believe the first server that answers, so that each may be the one that is wrong.
    #[test]
    fn a_wrong_answer_of_any_server_is_critical(
        changes in prop::collection::vec(any_change(), 0..4), server in 0_usize..3,
        (names, wrong) in select(vec![
            (Names::Internal, nx_domain("consul", 0)),
            (Names::Internal, nx_domain(".", 300)),
            (Names::Internal, no_data("consul")),
            (Names::Internal, answered(answer(Rcode::NOERROR, &[]))),
            (Names::Internal, answered(answer(Rcode::NXDOMAIN, &[]))),
            (Names::Internal, found(&["93.184.215.14"])),
            (Names::Internal, found(&["10.0.0.11", "0.0.0.0"])),
            (Names::External, nx_domain("com", 900)),
            (Names::External, no_data("example.com")),
            (Names::External, found(&["10.0.0.11"])),
            (Names::External, found(&["93.184.215.14", "127.0.0.1"])),
            (Names::RandomInternal, found(&["10.0.0.11"])),
            (Names::RandomInternal, nx_domain(".", 300)),
            (Names::RandomExternal, found(&["198.51.100.7"])),
        ])
    ) {
        let check = changed(healthy(), changes).answers(server, names, &wrong);
        prop_assert_eq!(check.state(), Critical, "{}", check.output(0).1);
    }

    /// Who asks nobody else gets no answer from one that is dead, which is no blind spot of ours.
    #[test]
    fn a_dead_server_is_never_unknown(
        changes in prop::collection::vec(any_change(), 0..4), dead in prop::sample::subsequence(vec![0_usize, 1, 2], 1..=3),
        reply in select(vec![silent(), closed(), reply(Outcome::Unreachable("network unreachable".to_owned()))])
    ) {
        let check = dead.iter().fold(changed(healthy(), changes), |check, server| check.answers(*server, Names::All, &reply));
        prop_assert!(check.state() == Critical || check.state() == Warning, "{}", check.output(0).1);
        prop_assert!(dead.len() < 2 || check.state() == Critical, "fewer than two are left: {}", check.output(0).1);
    }

    /// A server that stops answering makes nothing better, unless it was wrong.
    #[test]
    fn a_server_that_dies_makes_nothing_better(server in 0_usize..3, other in 0_usize..3, reply in any_reply()) {
        let before = healthy().answers(other, Names::All, &reply);
        let after = healthy().answers(other, Names::All, &reply).answers(server, Names::All, &closed());
        prop_assert!(server == other || after.state() >= before.state(), "{}", after.output(0).1);
    }
}
