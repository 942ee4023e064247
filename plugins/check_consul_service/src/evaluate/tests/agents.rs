//! What is wrong with agents themselves, and where they differ from the catalog.

use common::CheckError;
use common::ServiceState::{Critical, Ok, Unknown, Warning};

use super::scene::{
    Scene, check, denied, fail, healthy, limited, recorded, refused, rejected, silent, untrusted, wrong,
};
use crate::snapshot::{Failure, Local, Scope, Status};

fn ours() -> Failure {
    Failure::OwnSide(CheckError::local("too many open files", "raise the limit"))
}

#[test]
fn agents_that_all_refuse_are_critical() {
    let refused = recorded!("healthy").failing(&refused());
    refused.assert(
        &[],
        Critical,
        &[
            "CONSUL is CRITICAL: none of 3 agents gives a usable answer: 127.0.0.11, 127.0.0.12 and 127.0.0.13 connection refused\n",
            "agents listen on loopback by default\n[CRITICAL] agent 127.0.0.11:8500: connection refused\n",
            "|'agents_up'=0;;;0;3",
        ],
    );
    let text = refused.assert(&["--severity", "no-agent=unknown"], Unknown, &[]);
    assert!(!text.contains("instances_"), "{text}");
    refused.only(0).assert_first(&[], "CONSUL is CRITICAL: agent 127.0.0.11: connection refused");
}

#[test]
fn agents_that_all_answer_wrongly_are_critical() {
    let scene = healthy().failing(&denied()).agent(1, |asked| asked.stale.result = Err(wrong()));
    scene.assert(&[], Critical, &["none of 2 agents gives a usable answer"]);
    healthy().failing(&wrong()).assert(
        &[],
        Critical,
        &["bad JSON", "ask it with curl: is it Consul, and --ca-file its CA?"],
    );
}

#[test]
fn one_agent_that_answers_wrongly_is_a_warning() {
    let scene = recorded!("healthy").agent(0, |asked| asked.consistent.result = Err(wrong()));
    scene.assert_first(
        &[],
        "CONSUL is WARNING: agent 127.0.0.11, consistent read: bad JSON; galeradb: 3/3 passing; leader 127.0.0.11",
    );
    scene.only(0).assert(&[], Warning, &["galeradb: 3/3 passing (stale); leader"]);
}

#[test]
fn denied_access_is_unknown_and_names_the_policy() {
    let scene = recorded!("healthy").agents(|asked| {
        (asked.consistent.result, asked.stale.result) = (Err(denied()), Err(denied()));
    });
    let text = scene.assert(
        &["--expect", "3"],
        Unknown,
        &[
            "agent 127.0.0.11 denies access: \"Permission denied\"",
            "give a token (--token-file): its policy needs service:read and node:read, service \"galeradb\" { policy",
            "'agents_up'=3;;;0;3 'api_time'=",
        ],
    );
    assert!(!text.contains("instances_"), "{text}");
    let alone = scene.only(0).agent(0, |asked| {
        asked.consistent.result = Err(silent());
    });
    alone.assert(&[], Unknown, &["denies access: \"Permission denied\""]);
}

/// The kind of a failure decides, whatever its words are.
#[test]
fn each_kind_of_failure_has_its_remedy() {
    use crate::snapshot::{DenialKind, UnreachableKind};
    let words = "no \"ACL not found\", cannot be resolved";
    for (failure, remedy) in [
        (Failure::unreachable(UnreachableKind::Unresolved, words), "look at the name"),
        (Failure::unreachable(UnreachableKind::Silent, words), "it hangs, or a firewall is in between"),
        (Failure::unreachable(UnreachableKind::PortClosed, words), "start it, or have it listen there"),
        (Failure::denied(DenialKind::UnknownToken, words), "the token is unknown or expired"),
        (Failure::denied(DenialKind::Permission, words), "give a token (--token-file): its policy needs"),
        (Failure::denied(DenialKind::Login, words), "is $CONSUL_HTTP_AUTH right"),
    ] {
        let text = healthy().agent(1, |asked| fail(asked, &failure)).verdict(&[]).1;
        assert!(text.contains(&format!(" -> {remedy}")), "{remedy} not in {text}");
    }
}

/// Who is asked too often is up, and nobody knows how the service is.
#[test]
fn a_limit_is_no_outage() {
    healthy().failing(&limited()).assert(
        &["--expect", "3"],
        Unknown,
        &[
            "CONSUL is UNKNOWN: agent 127.0.0.11 limits the rate of reads: \"rate limit exceeded",
            "-> ask less often",
            "'agents_up'=2;;;0;2",
        ],
    );
    let one = healthy().agent(1, |asked| fail(asked, &limited()));
    one.assert(&[], Unknown, &["agent 127.0.0.21 limits the rate", "galeradb: 3/3 passing"]);
}

#[test]
fn an_agent_that_our_side_keeps_us_from_asking_hides_nothing() {
    let said = "agent 127.0.0.11 was not asked: too many open files -> raise the limit";
    healthy().failing(&ours()).assert(&[], Unknown, &[said]);
    let text = healthy().agent(0, |asked| fail(asked, &ours())).assert(&[], Unknown, &[said, "galeradb: 3/3 passing"]);
    assert!(!text.contains("'agents_up'"), "whether it is up was not measured: {text}");
}

/// Whether it is up nobody knows who cannot speak to it.
#[test]
fn whom_tls_does_not_trust_is_unknown() {
    let said = "agent 127.0.0.11 is not trusted: its certificate is not signed by a trusted authority -> look at \
                --ca-file, --client-cert and --tls-server-name, or at the agent's certificate\n";
    let all = healthy().failing(&untrusted());
    let text =
        all.assert(&["--expect", "3"], Unknown, &[said, "[UNKNOWN] agent 127.0.0.21:8500", ": is not trusted: "]);
    assert!(!text.contains("'agents_up'") && !text.contains("passing"), "{text}");
    assert!(!all.ids(&[]).contains("no-agent") && !all.ids(&[]).contains("not-asked"));
    let one = healthy().agent(0, |asked| fail(asked, &untrusted()));
    let text = one.assert(&[], Unknown, &[said, "galeradb: 3/3 passing"]);
    assert!(!text.contains("'agents_up'"), "{text}");
    one.assert(&["--severity", "tls-untrusted=critical"], Critical, &[]);
    // Beside one that is down, both are said.
    let both = one.agent(1, |asked| fail(asked, &refused()));
    both.assert(&[], Warning, &[said, "agent 127.0.0.21: connection refused"]);
    // What answers nonsense is at fault itself.
    let wrong = healthy().failing(&untrusted()).agent(1, |asked| fail(asked, &wrong()));
    wrong.assert(
        &[],
        Critical,
        &["none of 2 agents gives a usable answer: 127.0.0.11 is not trusted: its certificate is not signed by a trusted authority, 127.0.0.21 bad JSON"],
    );
}

/// Who understood the question well enough to reject it is up.
#[test]
fn a_question_that_is_rejected_is_our_own_fault() {
    let said = "agent 127.0.0.11 rejects the question: \"Bad request: Invalid query parameter: \\\"ns\\\"\" -> look at \
                --filter, --datacenter (consul catalog datacenters), --namespace and --partition, and whether it is to be asked by https://\n";
    let all = healthy().failing(&rejected());
    let text = all.assert(&["--expect", "3"], Unknown, &[said, "'agents_up'=2;;;0;2"]);
    assert!(!text.contains("instances_"), "{text}");
    assert_eq!(all.ids(&[]), std::collections::BTreeSet::from(["not-asked"]));
    let one = healthy().agent(0, |asked| fail(asked, &rejected()));
    one.assert(&[], Unknown, &[said, "galeradb: 3/3 passing", "'agents_up'=2;;;0;2"]);
}

fn local(status: Status) -> Scene {
    healthy().agent(0, |asked| asked.local.result.as_mut().unwrap()[0].checks[0].status = status)
}

#[test]
fn an_agent_that_says_other_than_the_catalog_is_named_when_it_still_does() {
    let scene = local(Status::Critical);
    assert!(scene.is_doubtful(&[]));
    scene.assert(
        &[],
        Warning,
        &["CONSUL is WARNING: agent 127.0.0.11 and the catalog differ about its own node: galeradb is critical there, passing in the catalog; galeradb: 3/3"],
    );
    scene.first_look().assert(&[], Ok, &[]);
    assert!(!local(Status::Passing).is_doubtful(&[]));
}

/// The same instance must differ both times: another one each time is on its way.
#[test]
fn an_instance_that_differs_only_once_is_no_drift() {
    let other = healthy().agent(1, |asked| {
        let local = Local { id: "new".to_owned(), ..healthy().snapshot.agents[0].local.value().unwrap()[0].clone() };
        asked.local.result = Result::Ok(vec![local]);
    });
    assert!(other.ids(&[]).contains("catalog-drift"));
    for first in [healthy(), local(Status::Critical)] {
        assert!(!other.clone().after(first).ids(&[]).contains("catalog-drift"));
    }
}

#[test]
fn an_instance_that_never_reached_the_catalog_is_drift() {
    let lost = || {
        healthy().instances(|instances| {
            instances.remove(0);
        })
    };
    lost().assert(
        &["--expect", "2"],
        Warning,
        &["differ about its own node: galeradb is passing there, not in the catalog ->"],
    );
    let none = healthy().instances(Vec::clear);
    none.assert(&[], Critical, &["is not registered", "galeradb is passing there, not in the catalog"]);
    // The agent knows no filter and no partition, so what they leave out it has.
    for args in [["--filter", "Node.Meta.zone == \"a\""], ["--partition", "blue"]] {
        assert!(!lost().ids(&args).contains("catalog-drift") && !lost().is_doubtful(&args), "{args:?}");
        assert!(local(Status::Critical).ids(&args).contains("catalog-drift"), "{args:?}");
    }
}

/// The agents with so many instances on their own nodes of which the catalog knows nothing.
fn unknown_to_the_catalog(counts: [usize; 2]) -> Scene {
    let of = |scene: Scene, agent: usize| {
        scene.agent(agent, |asked| {
            let template = healthy().snapshot.agents[0].local.result.as_ref().unwrap()[0].clone();
            let node = asked.itself.value().map(|itself| itself.node.clone());
            let local = |number| Local { id: format!("new{number}"), node: node.clone(), ..template.clone() };
            asked.local.result = Result::Ok((1..=counts[agent]).map(local).collect());
        })
    };
    of(of(healthy(), 0), 1)
}

/// A hundred instances that differ have one cause: one line for each agent.
#[test]
fn what_an_agent_says_otherwise_is_told_together() {
    let told = |counts: [usize; 2]| -> Vec<String> {
        let report = unknown_to_the_catalog(counts).report(&[]);
        let drift = report.findings().into_iter().filter(|finding| finding.id == Some("catalog-drift"));
        drift.map(|finding| finding.text.clone()).collect()
    };
    let differs = |agent: &str, what: &str| format!("agent {agent} and the catalog differ about its own node: {what}");
    let news = |numbers: &[u8]| {
        let one = |number: &u8| format!("new{number} is passing there, not in the catalog");
        numbers.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(told([0, 0]), [""; 0]);
    assert_eq!(told([1, 0]), [differs("127.0.0.11", &news(&[1]))]);
    assert_eq!(told([3, 0]), [differs("127.0.0.11", &format!("{} and {}", news(&[1, 2]), news(&[3])))]);
    assert_eq!(told([4, 0]), [differs("127.0.0.11", &format!("{} and 2 more", news(&[1, 2])))]);
    let both = [
        differs("127.0.0.11", &format!("{} and 98 more", news(&[1, 2]))),
        differs("127.0.0.21", &format!("{} and {}", news(&[1]), news(&[2]))),
    ];
    assert_eq!(told([100, 2]), both);
}

/// What a peer exports may have the same name on a node of the same name.
#[test]
fn an_instance_of_a_peer_is_another() {
    let imported = healthy().instances(|instances| instances[0].key.peer = "east".to_owned());
    imported.assert(&[], Warning, &["galeradb is passing there, not in the catalog"]);
}

/// Nobody says of himself that he is unreachable.
#[test]
fn what_gossip_says_is_no_drift() {
    let lost =
        healthy().instances(|instances| instances[0].checks.push(check("serfHealth", Scope::Node, Status::Critical)));
    assert!(!lost.is_doubtful(&[]));
    lost.assert(&[], Warning, &["its agent is unreachable by gossip"]);
    assert!(!lost.ids(&[]).contains("catalog-drift"));
}

/// What ACLs hide is no difference, and neither is a twin nor an instance that a peer exports.
#[test]
fn what_cannot_be_seen_or_is_another_is_not_compared() {
    let hidden = local(Status::Critical).health(|health| health.filtered = true);
    assert!(!hidden.ids(&[]).contains("catalog-drift"));
    assert!(!recorded!("secured-no-node").ids(&[]).contains("catalog-drift"));
    let twin = local(Status::Critical).agent(0, |asked| {
        let local = &mut asked.local.result.as_mut().unwrap()[0];
        (local.service, local.id) = ("GaleraDB".to_owned(), "twin".to_owned());
    });
    assert!(!twin.ids(&[]).contains("catalog-drift"));
    // An agent that does not say which node is its own, and whose instance has no check that does.
    let nameless = local(Status::Critical).agent(0, |asked| {
        asked.local.result.as_mut().unwrap()[0].node = None;
        asked.itself.result = Err(denied());
    });
    assert!(!nameless.ids(&[]).contains("catalog-drift"));
    let by_itself = local(Status::Critical).agent(0, |asked| asked.local.result.as_mut().unwrap()[0].node = None);
    assert!(by_itself.ids(&[]).contains("catalog-drift"));
}
