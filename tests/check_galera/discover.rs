//! `--discover`: members that the cluster names.

use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::server;

use crate::mariadb::{Answer, MariaDb, Then};
use crate::monitor;

/// A member of three that names these.
fn naming(incoming: &str) -> Answer {
    Answer::member(0, 3).with("wsrep_incoming_addresses", incoming)
}

#[test]
fn the_members_that_a_node_names_are_asked_too() {
    let list = |two: &str, three: &str| format!("AUTO,{two}, ,{three}");
    let (two, three) = (MariaDb::saying(Answer::member(1, 4)), MariaDb::saying(Answer::member(2, 4)));
    let seed = MariaDb::saying(naming(&list(&two.address(), &three.address())).with("wsrep_cluster_size", "4"));
    let output = monitor(seed.address(), &["--discover", "--arbitrators", "1"]);
    for node in [&seed, &two, &three] {
        assert!(output.text().contains(&format!("{} synced", node.address())), "{output:?}");
        assert_eq!(node.statements().len(), 2, "{output:?}");
    }
    // Not asked for, not asked.
    monitor(seed.address(), &[]);
    assert_eq!(two.statements().len(), 2);
}

#[test]
fn a_cluster_address_names_members_at_the_port_of_the_check() {
    let other = MariaDb::saying(Answer::member(1, 2));
    let group = "gcomm://127.0.0.1:4567,,127.0.0.1?pc.wait_prim=no";
    let seed = MariaDb::saying(Answer::member(0, 2).with("wsrep_cluster_address", group));
    let output = monitor(seed.address(), &["--discover", "--port", &other.port(), "--severity", "weight-even=ok"]);
    assert!(output.text().contains(&format!("node2 {} synced", other.address())), "{output:?}");
    assert_eq!((seed.goodbyes(), other.goodbyes()), (1, 1));
}

#[test]
fn a_node_is_not_asked_again_under_another_of_its_names() {
    // By nobody reached at these.
    let own = ("10.255.255.1:1", "10.255.255.2");
    let seed = MariaDb::saying(
        Answer::member(0, 1)
            .with("wsrep_incoming_addresses", own.0)
            .with("wsrep_node_incoming_address", own.0)
            .with("wsrep_node_address", own.1)
            .with("wsrep_cluster_address", format!("gcomm://127.0.0.1:4567,{}:4567", own.1)),
    );
    for name in ["127.0.0.1", "localhost"] {
        let before = seed.statements().len();
        let output = monitor(name, &["--discover", "--port", &seed.port(), "-t", "3"]);
        assert!(output.stdout.contains("'unreachable'=0;;;0;1"), "{output:?}");
        assert_eq!(seed.statements().len() - before, 2, "{output:?}");
    }
}

#[test]
fn a_process_under_a_name_that_is_not_known_to_be_its_own_counts_once() {
    let seed = MariaDb::saying(Answer::member(0, 1));
    let port = seed.port();
    let named = MariaDb::saying(Answer::member(0, 1).with("wsrep_incoming_addresses", format!("localhost:{port}")));
    let output = monitor(named.address(), &["--discover"]);
    assert!(output.stdout.contains("'synced'=1;"), "{output:?}");
    assert!(!output.stdout.contains("split brain"), "{output:?}");
}

#[test]
fn an_element_that_is_no_address_is_skipped() {
    let garbage = "AUTO,,:,::::,[::1,a b|c:3306,\n,127.0.0.1:99999,127.0.0.1:0,=,<b>,-H";
    for answer in [naming(garbage), naming("").with("wsrep_cluster_address", format!("gcomm://{garbage}"))] {
        let seed = MariaDb::saying(answer.with("wsrep_cluster_size", "1"));
        let output = monitor(seed.address(), &["--discover", "-t", "5"]);
        assert!(matches!(output.code, Some(0..=3)), "{output:?}");
        assert_eq!(output.stdout.matches('|').count(), 1, "{output:?}");
        assert!(!output.stdout.contains("<b"), "{output:?}");
    }
}

#[test]
fn a_list_of_any_length_is_cut() {
    let door = server::closes_at_once();
    let mut names: Vec<_> =
        (1..=1000).map(|n| format!("127.{}.{}.1:{}", n / 250, n % 250, door.addr().port())).collect();
    names.push(door.addr().to_string());
    let seed = MariaDb::saying(naming(&names.join(",")));
    let output = monitor(seed.address(), &["--discover", "-t", "5"]);
    // The view counts three, so that two may be among them.
    assert_eq!(output.text().matches("[UNKNOWN] the cluster names").count(), 2, "{output:?}");
    assert!(output.stdout.len() < 8192, "{}", output.stdout.len());
    assert_eq!(door.accepted(), 0);
}

/// As behind a NAT: that this host does not reach an address says nothing about the node.
#[test]
fn an_address_that_only_the_cluster_names_may_be_out_of_reach() {
    let (one, two) = (server::refused(), server::refused());
    let seed = MariaDb::saying(naming(&format!("AUTO,{},{}", one.addr(), two.addr())));
    let output = monitor(seed.address(), &["--discover"]);
    let said = format!("the cluster names {}, which cannot be reached from this host: connection refused", one.addr());
    assert_says(&output, State::Unknown, &said);
    assert!(output.stdout.contains("'members'=3;"), "{output:?}");
    assert!(!output.stdout.contains("'unreachable'"), "{output:?}");
}

/// The replication's network has hosts of its own, and other servers may listen there.
#[test]
fn hosts_of_the_replication_are_asked_only_while_members_are_missing() {
    let stranger = MariaDb::saying(Answer::member(1, 2));
    let two = MariaDb::saying(Answer::member(1, 2));
    let seed = Answer::member(0, 2)
        .with("wsrep_incoming_addresses", format!("AUTO,{}", two.address()))
        .with("wsrep_cluster_address", "gcomm://127.0.0.1:4567,127.0.0.2:4567");
    let args = ["--discover", "--port", &stranger.port()];
    let output = monitor(MariaDb::saying(seed.clone()).address(), &args);
    assert!(output.text().contains(&format!("node2 {} synced", two.address())), "{output:?}");
    assert_eq!(stranger.statements(), [""; 0]);
    assert!(!output.text().contains("127.0.0.2"), "{output:?}");
    // A member is missing, and so they are tried; those that do not answer are no nodes.
    let output = monitor(MariaDb::saying(seed.with("wsrep_incoming_addresses", "AUTO,AUTO")).address(), &args);
    assert!(output.text().contains(&format!("node2 {} synced", stranger.address())), "{output:?}");
    assert!(!output.text().contains("127.0.0.2"), "{output:?}");
}

#[test]
fn a_seed_that_hangs_does_not_take_the_time_of_the_others() {
    let other = MariaDb::saying(Answer::member(1, 3));
    let seed = MariaDb::saying(naming(&other.address()));
    let hung = MariaDb::start(Then::Hang);
    let output = monitor(format!("{},{}", seed.address(), hung.address()), &["--discover", "-t", "3"]);
    assert!(output.text().contains(&format!("node2 {} synced", other.address())), "{output:?}");
}
