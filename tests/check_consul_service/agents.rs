//! Several agents, and what one says first and then no more.

use serde_json::json;
use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::server::{self, HttpReply};

use crate::consul::{
    Ask, Consul, Script, Then, With, addresses, check, error, failing, health, health_of, healthy, instance, itself,
    local, reply,
};
use crate::{ask, assert_shows, value};

/// Two agents, looked at again at once.
fn both(one: &Consul, other: &Consul) -> Output {
    ask(addresses([one, other]), &["--recheck", "0.05s"])
}

#[test]
fn one_of_two_agents_down_is_a_warning() {
    let (consul, gone) = (Consul::healthy(), server::refused());
    for order in [format!("{},{}", gone.addr(), consul.addr()), format!("{},{}", consul.addr(), gone.addr())] {
        let output = ask(order, &[]);
        assert_says(&output, State::Warning, &format!("agent {}: connection refused; web: 3/3 passing", gone.addr()));
        let up = output.perfdata().into_iter().find(|value| value.label == "agents_up").unwrap();
        assert_eq!((up.value, up.max), (1.0, Some(2.0)));
    }
    let output = ask(format!("{},{}", gone.addr(), consul.addr()), &["--severity", "agent-unreachable=ok"]);
    assert_says(&output, State::Ok, "web: 3/3 passing");
}

#[test]
fn agents_that_are_all_down_are_critical() {
    let (one, other) = (server::refused(), server::closes_at_once());
    let output = ask(format!("{},{}", one.addr(), other.addr()), &[]);
    let said = format!(
        "CONSUL is CRITICAL: none of 2 agents gives a usable answer: {} connection refused, {} ",
        one.addr(),
        other.addr()
    );
    assert_says(&output, State::Critical, &said);
    assert_eq!(value(&output, "agents_up"), Some(0.0));
    assert_eq!(value(&output, "instances_registered"), None);
}

#[test]
fn a_silent_agent_costs_no_other_its_answer() {
    let (consul, silent) = (Consul::healthy(), server::silent());
    let output = ask(format!("{},{}", silent.addr(), consul.addr()), &["-t", "1"]);
    assert_says(&output, State::Warning, &format!("agent {}: no complete answer within", silent.addr()));
    assert_says(&output, State::Warning, "web: 3/3 passing");
}

#[test]
fn agents_of_one_mind_are_looked_at_once() {
    let (one, other) = (Consul::healthy(), Consul::healthy());
    assert_says(&both(&one, &other), State::Ok, "web: 3/3 passing");
    assert_eq!((one.asked(Ask::Stale), other.asked(Ask::Stale)), (1, 1));
}

/// What another server does not know yet, or knows otherwise.
fn lagging() -> [(HttpReply, &'static str); 3] {
    [
        (health(&[instance("a"), instance("b"), failing("c", "critical", "gone")]), "c/web"),
        (health(&["a", "b"].map(instance)), "c/web"),
        (health(&["a", "b", "c", "d"].map(instance)), "d/web"),
    ]
}

#[test]
fn servers_that_differ_twice_are_a_warning() {
    for (behind, name) in lagging() {
        let (one, other) = (Consul::healthy(), Script::healthy().on(Ask::Stale, behind).start());
        let output = both(&one, &other);
        assert_eq!(output.state(), State::Warning, "{output:?}");
        assert_shows(&output, &format!("servers differ about {name}: {} ", one.addr()));
        assert_eq!((one.asked(Ask::Stale), other.asked(Ask::Stale)), (2, 2));
        let allowed = ask(addresses([&one, &other]), &["--recheck", "0.05s", "--severity", "agents-disagree=ok"]);
        assert_eq!(allowed.state(), State::Ok, "{allowed:?}");
    }
}

#[test]
fn servers_that_differ_for_a_moment_are_well() {
    for (behind, _) in lagging() {
        let (one, other) = (Consul::healthy(), Script::healthy().turns(Ask::Stale, [behind, healthy()]).start());
        assert_says(&both(&one, &other), State::Ok, "web: 3/3 passing");
        assert_eq!((one.asked(Ask::Stale), other.asked(Ask::Stale)), (2, 2));
    }
}

/// The outputs of checks are synced within minutes, not at once, and the order is nobody's.
#[test]
fn words_and_order_are_no_difference() {
    let one = Consul::healthy();
    let other = health(&[instance("c"), failing("a", "passing", "HTTP 204"), instance("b")]);
    assert_says(&both(&one, &Consul::saying(other)), State::Ok, "web: 3/3 passing");
    assert_eq!(one.asked(Ask::Stale), 1);
}

/// A server without a leader says what was.
#[test]
fn who_knows_no_leader_is_not_compared() {
    let one = Consul::healthy();
    let cut = Script::healthy()
        .on(Ask::Consistent, error(500, "No cluster leader"))
        .on(Ask::Stale, health_of("false", "60000", &["a"].map(instance)))
        .start();
    let output = both(&one, &cut);
    assert!(!output.text().contains("servers differ"), "{output:?}");
    assert_says(&output, State::Critical, "heard from a leader 60.0 s ago");
    assert_eq!(one.asked(Ask::Stale), 1);
}

fn led_by(address: &str) -> HttpReply {
    reply(&json!(address))
}

#[test]
fn two_leaders_are_critical_when_they_are_seen_twice() {
    let one = Consul::healthy();
    let other = Script::healthy().on(Ask::Leader, led_by("192.0.2.13:8300")).start();
    let output = both(&one, &other);
    let said = format!("two leaders: 192.0.2.12 (says {}), 192.0.2.13 (says {})", one.addr(), other.addr());
    assert_says(&output, State::Critical, &said);
    assert_eq!((one.asked(Ask::Leader), other.asked(Ask::Leader)), (2, 2));

    let one = Consul::healthy();
    let elected = [led_by("192.0.2.13:8300"), led_by("192.0.2.12:8300")];
    let other = Script::healthy().turns(Ask::Leader, elected).start();
    assert_says(&both(&one, &other), State::Ok, "web: 3/3 passing");
    assert_eq!((one.asked(Ask::Leader), other.asked(Ask::Leader)), (2, 2));
}

#[test]
fn who_names_no_leader_names_no_other() {
    let one = Consul::healthy();
    let other = Script::healthy().on(Ask::Leader, led_by("")).start();
    assert_says(&both(&one, &other), State::Ok, "leader 192.0.2.12");
    assert_eq!(one.asked(Ask::Leader), 1);
}

/// They have leaders and instances of their own, and nothing to agree about.
#[test]
fn agents_of_two_datacenters_cannot_be_compared() {
    let one = Consul::healthy();
    let other = Script::healthy()
        .on(Ask::Itself, reply(&itself("dc2")))
        .on(Ask::Leader, led_by("198.51.100.1:8300"))
        .on(Ask::Stale, health(&[]))
        .start();
    let output = both(&one, &other);
    let said =
        format!("the agents are of different datacenters: dc1 (says {}), dc2 (says {})", one.addr(), other.addr());
    assert_says(&output, State::Unknown, &said);
    assert!(!output.text().contains("two leaders") && !output.text().contains("servers differ"), "{output:?}");
}

/// An agent on node a, which has an instance.
fn on_a(locals: impl IntoIterator<Item = HttpReply>) -> Script {
    Script::healthy().turns(Ask::Local, locals)
}

fn again(consul: &Consul) -> Output {
    ask(consul.addr(), &["--recheck", "0.05s"])
}

/// 200, 429 and 503 with the same JSON, and 404 with an empty list: what 1.8.7 says.
#[test]
fn an_agent_that_says_what_the_catalog_says_is_well() {
    for (status, state) in [("passing", State::Ok), ("warning", State::Warning), ("critical", State::Warning)] {
        let known = health(&[failing("a", status, ""), instance("b"), instance("c")]);
        let consul = on_a([local("a", status)]).health(known).start();
        let output = again(&consul);
        assert_eq!(output.state(), state, "{output:?}");
        assert!(!output.text().contains("the catalog"), "{output:?}");
        assert_eq!(consul.asked(Ask::Local), 1);
    }
}

/// consul#3676: what an agent may not write, or cannot, stays as it was.
#[test]
fn an_agent_that_differs_from_the_catalog_twice_is_a_warning() {
    for (node, status, said) in [
        ("a", "critical", "web is critical there, passing in the catalog"),
        ("a", "warning", "web is warning there, passing in the catalog"),
        ("d", "passing", "web is passing there, not in the catalog"),
    ] {
        let consul = on_a([local(node, status)]).start();
        let output = again(&consul);
        let said = format!("agent {} and the catalog differ about its own node: {said}; web: 3/3", consul.addr());
        assert_says(&output, State::Warning, &said);
        assert_eq!(consul.asked(Ask::Local), 2);
    }
    let consul = on_a([local("a", "critical"), local("a", "passing")]).start();
    assert_says(&again(&consul), State::Ok, "web: 3/3 passing");
    assert_eq!(consul.asked(Ask::Local), 2);
}

/// Gossip is judged by the servers, checks of the node by both.
#[test]
fn what_an_agent_cannot_know_is_no_drift() {
    let lost = instance("a").with("/Checks/0/Status", "critical");
    let consul = on_a([local("a", "passing")]).health(health(&[lost, instance("b")])).start();
    let output = again(&consul);
    assert_says(&output, State::Warning, "its agent is unreachable by gossip, last service check passing");
    assert!(!output.text().contains("the catalog"), "{output:?}");
}

/// `--tag` leaves instances out of the verdict, not out of the catalog.
#[test]
fn who_is_not_meant_does_not_drift() {
    let consul = on_a([local("a", "passing")]).start();
    let output = ask(consul.addr(), &["--tag", "b", "--recheck", "0.05s"]);
    assert_says(&output, State::Ok, "web: 1/1 passing");
}

#[test]
fn no_instance_on_the_agents_node_is_nothing_to_compare() {
    for answer in [
        HttpReply { status: 404, ..reply(&json!([])) },
        reply(&json!([])),
        error(404, "ServiceName web Not Found"),
        error(403, "Permission denied"),
        error(500, "oops"),
        error(503, "rate limit exceeded for operation that can only be performed by the leader, try again later"),
    ] {
        let consul = on_a([answer]).start();
        assert_says(&again(&consul), State::Ok, "web: 3/3 passing");
        assert_eq!(consul.asked(Ask::Local), 1);
    }
}

/// After 7 s without a leader a proof is refused, while the stale answers come at once; here it never comes.
#[test]
fn a_proof_that_does_not_come_in_time_is_none() {
    let consul = Script::healthy().on(Ask::Consistent, Then::Hang).start();
    let output = ask(consul.addr(), &["-t", "1"]);
    assert_says(&output, State::Critical, "no leader, ");
    assert_says(&output, State::Critical, &format!("{} could not prove one (no complete answer within", consul.addr()));
    let (cut, other) = (Script::healthy().on(Ask::Consistent, Then::Hang).start(), Consul::healthy());
    let output = ask(addresses([&cut, &other]), &["-t", "1"]);
    assert_says(&output, State::Warning, "web: 3/3 passing");
}

/// Consul aggregates: maintenance before critical before warning before passing, checks of the node included.
#[test]
fn the_worst_check_of_an_instance_counts() {
    let node = |status: &str| check("a", "disk", "").with("/Status", status);
    let maintained = |id: &str| check("a", id, "").with("/Status", "critical").with("/Notes", "upgrade");
    for (check, metric, said) in [
        (node("warning"), "instances_warning", "a warning: node check disk"),
        (node("critical"), "instances_critical", "a critical: node check disk"),
        (maintained("_node_maintenance"), "instances_maintenance", "a in node maintenance \"upgrade\""),
        (maintained("_service_maintenance:web"), "instances_maintenance", "a in maintenance \"upgrade\""),
    ] {
        let output = ask(Consul::saying(health(&[instance("a").with("/Checks/2", check), instance("b")])).addr(), &[]);
        assert_says(&output, State::Warning, said);
        assert_eq!((value(&output, metric), value(&output, "instances_passing")), (Some(1.0), Some(1.0)));
    }
}
