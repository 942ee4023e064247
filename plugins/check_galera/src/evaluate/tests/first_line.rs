//! The first line: what is missing, and why.

use std::collections::BTreeSet;

use common::{Finding, Report, ServiceState};
use proptest::prelude::*;
use proptest::sample::select;

use super::properties::{changed, changes, faults, records};
use super::situation::{Situation, all_situations, healthy, recorded, silent};
use crate::snapshot::{FailureKind, Outcome};

use ServiceState::{Critical, Ok as Fine, Warning};

/// The first line without service and state.
fn first(report: &Report) -> String {
    let (state, text) = report.render();
    let first = text.lines().next().unwrap().split('|').next().unwrap();
    first.strip_prefix(&format!("GALERA is {state}: ")).unwrap().to_owned()
}

#[track_caller]
fn assert_first(situation: &Situation, args: &[&str], state: ServiceState, line: &str) {
    let report = situation.report(args);
    assert_eq!((report.state(), first(&report).as_str()), (state, line));
}

#[test]
fn a_dead_node_is_named_with_its_reason() {
    let line = "lab: 2/3 members: db3 connection refused; cannot survive another crash";
    assert_first(&recorded!("node3-killed"), &[], Warning, line);
    assert_first(&recorded!("node3-stopped"), &[], Warning, line);
}

#[test]
fn two_dead_nodes_are_named_with_their_reason() {
    let line = "lab: 1/3 members: db2 and db3 connection refused; cannot survive another crash";
    assert_first(&recorded!("two-stopped"), &[], Critical, line);
    let line = "lab: 1/3 members: db2 connection refused, db3 no login within 3.0 s; cannot survive another crash";
    assert_first(&recorded!("two-stopped").answering(2, silent()), &[], Critical, line);
}

/// It is in no Primary component itself, and so says why clients fail before who is missing.
#[test]
fn the_rest_of_a_cluster_names_the_missing_members() {
    assert_first(
        &recorded!("two-killed"),
        &[],
        Critical,
        "no node asked is in a Primary component: their tables cannot be read or written; lab: 0/3 members: node1 is in \
         no Primary component, db2 and db3 connection refused",
    );
}

#[test]
fn nodes_that_are_all_dead_are_named() {
    assert_first(&Situation::of(""), &[], Critical, "none of 3 nodes answers: db1, db2 and db3 connection refused");
    let mixed = Situation::of("").answering(1, silent());
    let line = "none of 3 nodes answers: db1 and db3 connection refused, db2 no login within 3.0 s";
    assert_first(&mixed, &[], Critical, line);
    // The count says nothing new.
    assert_first(&mixed, &["-c", "unreachable=0"], Critical, line);
    assert_first(&mixed.only(0), &[], Critical, "db1: connection refused");
    let text = Situation::of("").verdict(&[]).1;
    assert!(text.contains("\n[CRITICAL] db2:3306 unreachable: connection refused"), "{text}");
}

/// The count and the node's own finding give one reason.
#[test]
fn a_node_that_gives_no_answer_is_named_once() {
    let counted = "1 of 3 nodes gives no answer";
    for (situation, state, reason) in [
        (healthy().answering(2, silent()), Critical, "db3 is hung: no login within 3.0 s"),
        (recorded!("sst"), Warning, "db3 receives a state transfer"),
        (recorded!("node3-killed"), Warning, "db3 connection refused"),
    ] {
        let limit = format!("{}unreachable=0", if state == Critical { "-c" } else { "-w" });
        let report = situation.report(&[&limit]);
        let (line, reason_alone) = (first(&report), reason.strip_prefix("db3 ").unwrap());
        assert_eq!(report.state(), state, "{line}");
        assert!(line.contains(reason), "{line}");
        assert_eq!((line.matches("db3").count(), line.matches(reason_alone).count()), (1, 1), "{line}");
        let line = first(&situation.report(&["-c", "unreachable=0", "-c", "2:"]));
        assert!(
            line.contains(&format!("{counted}: {reason}")) || line.contains(&format!("members: {reason}")),
            "{line}"
        );
    }
    let announced = first(&recorded!("node3-killed").report(&["--expect-down", "db3", "-w", "unreachable=0"]));
    assert!(announced.starts_with(&format!("{counted}: db3 down as announced; ")), "{announced}");
}

/// Also while it is no problem by itself.
#[test]
fn nodes_of_a_class_show_that_there_are_too_many() {
    let line = |situation: &Situation, args: &[&str], node: &str| {
        let text = situation.verdict(args).1;
        text.lines().find(|line| line.contains(&format!("] {node} "))).map(str::to_owned).unwrap_or(text)
    };
    let donor = line(&recorded!("desync"), &["-w", "donors=0"], "node2 db2:3306");
    assert!(donor.starts_with("[WARNING] "), "{donor}");
    let joining = line(&recorded!("sst"), &["-c", "joining=0"], "db3:3306");
    assert!(joining.starts_with("[CRITICAL] "), "{joining}");
    assert!(line(&recorded!("desync"), &[], "node2 db2:3306").starts_with("[OK] "));
}

#[test]
fn a_critical_number_does_not_hide_a_dead_node() {
    let gone = healthy().then(60.0, recorded!("node3-killed"));
    let fast = gone.later(60, |situation| {
        (0..2).fold(situation, |situation, node| situation.grown(node, "wsrep_received_bytes", 1_000_000))
    });
    assert_first(
        &fast,
        &["-c", "ist_window=900:"],
        Critical,
        "IST window ~8 min, below the limit 900:; lab: 2/3 members: node3 connection refused; cannot survive another \
         crash; IST for node3 possible for ~5 min",
    );
    let crowded = recorded!("node3-killed").with(0, "Threads_connected", "60");
    assert_first(
        &crowded,
        &[],
        Critical,
        "node1: 60 of 60 connections in use, above the limit 95; lab: 2/3 members: db3 connection refused; cannot \
         survive another crash",
    );
}

#[test]
fn a_node_that_does_not_serve_is_named_once() {
    assert_first(
        &recorded!("reject-queries"),
        &[],
        Warning,
        "2 of 3 nodes serve: node2 rejects queries; lab: 3/3 members, 2 synced; survives 1 crash",
    );
    // Its own finding is worse than the count.
    assert_first(
        &recorded!("inconsistent"),
        &[],
        Critical,
        "node3 is Inconsistent: its data differ from the group's; lab: 2/3 members; cannot survive another crash; \
         2 of 3 nodes serve",
    );
}

/// An upper limit where a lower one was meant.
#[test]
fn a_limit_that_was_meant_otherwise_is_explained() {
    let args = ["-w", "3", "-c", "2"];
    assert_first(
        &healthy(),
        &args,
        Critical,
        "lab: 3/3 members, above the limit 0:2 (write 2: for at least 2); survives 1 crash",
    );
    // It is no cause of too many that one is missing.
    assert_first(
        &recorded!("node3-killed"),
        &["-c", "1"],
        Critical,
        "lab: 2/3 members, above the limit 0:1 (write 1: for at least 1); 2 of 3 nodes serve: db3 connection refused; \
         cannot survive another crash",
    );
}

#[test]
fn a_slow_node_is_named() {
    let situation = healthy().with(1, "wsrep_evs_repl_latency", "0/0.5/2/0/99");
    assert_first(
        &situation,
        &["-w", "evs_latency_avg=0.2", "-w", "evs_latency_max=5", "-c", "evs_latency_max=5"],
        Warning,
        "node2 takes 0.5 s on average to replicate a message, above the limit 0.2; lab: 3/3 members, 3 synced; survives 1 \
         crash",
    );
    for (metric, line) in [
        ("query_time", "node3 took 0.004 s to answer, above the limit 0.001"),
        ("connect_time", "node3 took 0.003 s to let the check log in, above the limit 0.001"),
    ] {
        let line = format!("{line}; lab: 3/3 members, 3 synced; survives 1 crash");
        assert_first(&healthy(), &["-w", &format!("{metric}=0.001")], Warning, &line);
    }
}

#[test]
fn a_node_that_is_down_as_announced_explains_only_what_it_must() {
    let stopped = recorded!("node3-stopped");
    let quiet = ["--expect-down", "db3", "--severity", "weight-even=ok", "-w", "tolerable_failures=0:"];
    assert_first(
        &stopped,
        &quiet,
        Fine,
        "lab: 2/3 members, 2 synced, db3 down as announced; cannot survive another crash",
    );
    let strict = [&quiet[..], &["-w", "3:"]].concat();
    let line = "lab: 2/3 members: db3 down as announced; cannot survive another crash";
    assert_first(&stopped, &strict, Warning, line);
    // The other one is enough to explain it.
    let line = "lab: 1/3 members: db2 connection refused; cannot survive another crash";
    assert_first(&recorded!("two-stopped"), &quiet, Critical, line);
}

#[test]
fn a_member_that_was_not_asked_is_named() {
    let gone = healthy().only(0).then(300.0, recorded!("node3-killed").only(0));
    assert_first(
        &gone,
        &["--expect", "3"],
        Warning,
        "lab: 2/3 members: 127.0.0.13:3306 last seen 5 min ago; cannot survive another crash",
    );
}

#[test]
fn three_sides_of_a_split_brain_are_named() {
    let alone = |situation: Situation, node: usize| {
        let name = format!("{node}{}", "-long-name-of-host".repeat(2)).chars().take(20).collect::<String>();
        situation.with(node, "wsrep_node_name", &name)
    };
    let situation = healthy().with_all("wsrep_cluster_size", "1").with_all("wsrep_local_index", "0");
    let situation = (0..3).fold(situation.with_all("wsrep_incoming_addresses", "AUTO"), alone);
    let situation = situation.with_all("wsrep_last_committed", "9");
    let line = "split brain: {0-long-name-of-host-} vs {1-long-name-of-host-} vs {2-long-name-of-host-}; lab: 1/3 members, \
                below the limit 2:; cannot survive another crash";
    assert_first(&situation, &[], Critical, line);
    let text = situation.verdict(&[]).1;
    assert!(text.contains("\n{2-long-name-of-host-}: UUID 3e44cb65, size 1, view 0, seqno 9\n"), "{text}");
}

/// Whether each name stands before a reason: at once, or in a list of names that do.
fn each_has_a_reason(first: &str, names: &BTreeSet<String>) -> bool {
    names.iter().all(|name| {
        let mut places = first.match_indices(name.as_str());
        places.any(|(place, _)| {
            let rest = behind_names(&first[place + name.len()..], names);
            let reason = rest.split("; ").next().unwrap_or_default();
            reason.trim_start_matches([' ', ':']).chars().next().is_some_and(char::is_alphanumeric)
                || reason.starts_with('}')
        })
    })
}

/// What follows a list of names.
fn behind_names<'a>(text: &'a str, names: &BTreeSet<String>) -> &'a str {
    for separator in [", ", " and "] {
        let Some(rest) = text.strip_prefix(separator) else { continue };
        if let Some(name) = names.iter().find(|name| rest.starts_with(name.as_str())) {
            return behind_names(&rest[name.len()..], names);
        }
    }
    text
}

/// The names of what explains the counts that are outside their ranges.
fn causes(report: &Report) -> BTreeSet<String> {
    let wrong = report.findings().into_iter().filter(|finding| finding.state != Fine);
    wrong.flat_map(Finding::causes).map(str::to_owned).collect()
}

fn assert_causes_are_named(situation: &Situation, args: &[&str]) -> Result<bool, TestCaseError> {
    let report = situation.report(args);
    let names = causes(&report);
    let is_judged = (1..=3).contains(&names.len()) && names.iter().all(|name| name.len() <= 20);
    let first = first(&report);
    prop_assert!(!is_judged || each_has_a_reason(&first, &names), "{:?} in {}\n{}", names, first, report.render().1);
    Ok(is_judged)
}

const ARGS: [&[&str]; 5] = [
    &[],
    &["-w", "primary=3:", "-w", "unreachable=0"],
    &["-c", "members=3:", "-c", "synced=3:", "-c", "unreachable=0"],
    &["--expect-down", "db3", "-w", "3:"],
    &["--severity", "node-unreachable=ok", "--severity", "node-not-primary=critical", "--severity", "split-brain=ok"],
];

#[test]
fn the_causes_of_a_count_are_named_in_every_case() {
    let mut judged = 0;
    for (situation, args) in all_situations() {
        for more in ARGS {
            judged += usize::from(assert_causes_are_named(&situation, &[&args, more].concat()).unwrap());
        }
    }
    assert!(judged > 200, "{judged}");
}

#[test]
fn the_oracle_rejects_a_first_line_without_causes() {
    let names = BTreeSet::from(["db2", "db3"].map(str::to_owned));
    assert!(each_has_a_reason("1/3 members: db2 and db3 connection refused", &names));
    assert!(each_has_a_reason("1/3 members: db2 down, db3 silent", &names));
    assert!(!each_has_a_reason("1/3 members: db2 down, db3", &names));
    assert!(!each_has_a_reason("1/3 members: db2 and db3; 2 more warnings", &names));
    assert!(!each_has_a_reason("1/3 members: db2 down", &names));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_explains_a_count_is_named(
        (_, before) in select(records()), (_, situation) in select(records()), changes in changes(),
        first in select(faults()), second in select(faults()), args in select(ARGS.to_vec()), is_first: bool
    ) {
        let situation = second.1(first.1(changed(situation, &changes), 0), 2);
        let situation = if is_first { situation } else { before.then(60.0, situation) };
        assert_causes_are_named(&situation, args)?;
    }
}

/// The same for a server that says why it refuses in many words.
#[test]
fn a_long_reason_shrinks_to_a_word() {
    let long = |node: usize, situation: Situation| {
        let reason = format!("{node} {}", "a word that nobody needs ".repeat(8));
        situation.answering(node, Outcome::failed(FailureKind::SqlError, reason))
    };
    let situation = long(2, long(1, recorded!("two-stopped")));
    assert_first(&situation, &[], Critical, "lab: 1/3 members: db2 and db3 failing; cannot survive another crash");
}
