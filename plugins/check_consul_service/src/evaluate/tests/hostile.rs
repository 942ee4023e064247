//! Text that was written to be misread, wherever Consul repeats what somebody registered.

use common::ServiceState::{Unknown, Warning};

use super::scene::{Scene, VERBOSE, check, fail, healthy, recorded, refused, unknown_token};
use crate::collect::recorded as record;
use crate::snapshot::{Check, Health, Scope, Status};

/// Perfdata of its own, lines, HTML, a direction override, an escape sequence and more than anybody reads.
fn hostile() -> String {
    format!(
        "<b>x</b>|'instances_passing'=99;;;0;\nCONSUL is OK: all well\r\n\u{202e}evil\u{1b}[31m\u{0}{}",
        "ü".repeat(4096)
    )
}

/// One first line that ends where ours ends, one set of perfdata, which is ours, and nothing that deceives.
#[track_caller]
fn assert_harmless(scene: &Scene, args: &[&str]) {
    for verbose in VERBOSE {
        let (state, text) = scene.verdict(&[args, verbose].concat());
        assert!(text.starts_with(&format!("CONSUL is {}: ", state.to_string().to_uppercase())), "{text}");
        assert!(text.matches('|').count() <= 1, "{text}");
        assert!(!text.split('|').nth(1).unwrap_or_default().contains("=99"), "{text}");
        assert!(!text.contains("\nCONSUL") && !text.contains("<b>") && !text.contains("'=99;;;0;\n"), "{text}");
        let deceives = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!text.contains(deceives), "{text:?}");
        assert!(!verbose.is_empty() || text.len() < 4000, "{} bytes", text.len());
    }
}

#[test]
fn what_somebody_registered_stays_text() {
    let words = hostile();
    let bad = |scope| Check {
        name: words.clone(),
        notes: words.clone(),
        output: words.clone(),
        ..check(&words, scope, Status::Critical)
    };
    let maintenance = |scope, id: &str| Check { notes: words.clone(), ..check(id, scope, Status::Critical) };
    for checks in [
        vec![bad(Scope::Node)],
        vec![bad(Scope::Service)],
        vec![maintenance(Scope::Node, "_node_maintenance")],
        vec![maintenance(Scope::Service, &format!("_service_maintenance:{words}"))],
        vec![check("serfHealth", Scope::Node, Status::Critical), bad(Scope::Service)],
    ] {
        let scene = healthy().instance(0, |instance| instance.checks.clone_from(&checks));
        assert_harmless(&scene, &["--require-check", "wsrep"]);
    }
    for place in 0..5 {
        let named = healthy().instance(0, |instance| {
            let key = &mut instance.key;
            let parts = [&mut key.peer, &mut key.partition, &mut key.namespace, &mut key.node, &mut key.id];
            parts.into_iter().nth(place).unwrap().clone_from(&words);
            instance.checks = vec![bad(Scope::Service)];
        });
        assert_harmless(&named, &["--require-check", "wsrep"]);
        let name = named.snapshot.agents[0].stale.result.as_ref().unwrap().instances[0].name();
        assert!(name.chars().count() < 600, "{name}");
        assert_harmless(&named.then(60.0, recorded!("deregistered")), &[]);
    }
    let at = healthy().instance(0, |instance| instance.address.host.clone_from(&words));
    assert_harmless(&at.instance(1, |instance| instance.address.host.clone_from(&words)), &[]);
    let twin = healthy().instances(|instances| instances[1].service.clone_from(&words));
    assert_harmless(&twin, &[]);
    assert_harmless(&twin.instances(|instances| instances.retain(|instance| instance.service != "galeradb")), &[]);
}

#[test]
fn what_agents_say_of_themselves_stays_text() {
    let words = hostile();
    let itself = healthy().agents(|asked| {
        let itself = asked.itself.result.as_mut().unwrap();
        (itself.node, itself.version, itself.datacenter) = (words.clone(), words.clone(), words.clone());
    });
    assert_harmless(&itself, &[]);
    assert_harmless(&itself.agent(0, |asked| asked.itself.result.as_mut().unwrap().datacenter.push('2')), &[]);
    assert_harmless(&healthy().agent(0, |asked| asked.leader.result = Ok(Some(words.clone()))), &[]);
    let local = healthy().agents(|asked| {
        for local in asked.local.result.as_mut().unwrap() {
            local.id.clone_from(&words);
        }
    });
    assert_harmless(&local, &[]);
    let servers = healthy().agents(|asked| {
        let autopilot = asked.autopilot.result.as_mut().unwrap();
        autopilot.healthy = false;
        for server in &mut autopilot.servers {
            (server.name, server.alive, server.healthy) = (words.clone(), false, Some(false));
        }
    });
    assert_harmless(&servers, &[]);
}

/// The bodies of errors, as the answers would have been read.
#[test]
fn the_words_of_an_error_stay_text() {
    let said = "<b>x</b>|'instances_passing'=99 \u{202e}evil \u{1b}[31m".repeat(100);
    for status in [
        "400 Bad Request",
        "403 Forbidden",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "301 Moved",
    ] {
        let answer = |what: &str| format!("### a:8500 {what}\nHTTP/1.1 {status}\nContent-Type: text/plain\n\n{said}\n");
        let record: String =
            ["consistent", "stale", "leader", "peers", "autopilot", "members", "self", "local"].map(answer).concat();
        assert_harmless(&Scene::asking(&record, &[]), &[]);
        let leaderless = record.replace("<b>", "No cluster leader <b>");
        assert_harmless(&Scene::asking(&leaderless, &[]), &[]);
    }
}

/// JSON that is none, or has holes.
#[test]
fn an_answer_that_is_no_json_is_wrong_and_said_to_be() {
    for (body, said) in [
        ("<html>", "bad JSON (no list)"),
        ("[{\"Node\":{}}]", "bad JSON (missing field `Node`"),
        (
            "[{\"Node\":{\"Node\":\"a\"},\"Service\":{\"ID\":\"b\",\"Service\":\"c\"},\"Checks\":[{\"CheckID\":\"d\",\"Status\":\"great\"}]}]",
            "bad JSON (unknown variant `great`",
        ),
        ("[", "bad JSON (the list has no end)"),
        ("null", "bad JSON (no list)"),
    ] {
        let answer = |what: &str| {
            format!(
                "### a:8500 {what}\nHTTP/1.1 200 OK\nContent-Type: application/json\nX-Consul-Knownleader: true\n\n{body}\n"
            )
        };
        let scene = Scene::asking(&["consistent", "stale"].map(answer).concat(), &[]);
        let (state, text) = scene.verdict(&[]);
        assert_eq!(state, common::ServiceState::Critical, "{text}");
        assert!(text.contains(said), "{said:?} not in {text}");
    }
}

/// A token that an agent repeats is nobody's business.
#[test]
fn the_words_of_a_denial_are_quoted_as_they_are() {
    let scene = healthy().failing(&unknown_token());
    scene.assert(&[], Unknown, &["denies access: \"ACL not found\""]);
}

/// A hundred instances that are all lost, each with 4 KB to say.
#[test]
fn much_is_cut_and_the_worst_is_kept() {
    let many = healthy().unseen_by_agents().health(|health: &mut Health| {
        let template = health.instances[0].clone();
        health.instances.clear();
        for number in 0..100 {
            let mut instance = template.clone();
            instance.key.node = format!("node{number}");
            instance.address.host = format!("127.0.3.{number}");
            instance.checks = vec![Check { output: "z".repeat(4096), ..check("web", Scope::Service, Status::Warning) }];
            health.instances.push(instance);
        }
    });
    let many = many.agent(1, |asked| fail(asked, &refused()));
    assert_harmless(&many, &["--require-check", "wsrep", "-c", "~:"]);
    let text = many.assert(&["-c", "~:"], Warning, &["'instances_warning'=100;"]);
    assert!(text.lines().next().unwrap().contains("node0 warning: service check web; node1 warning: "), "{text}");
}

/// What the record is read by is what the network is read by.
#[test]
fn a_record_names_its_agents_in_order() {
    let query = healthy().query(&[]);
    let names =
        |record: &str| record::snapshot(record, &query).agents.into_iter().map(|asked| asked.name).collect::<Vec<_>>();
    assert_eq!(
        names("### b:1 stale\n! silent\n\n### a:1 stale\n! silent\n\n### b:1 leader\n! silent\n"),
        ["b:1", "a:1"]
    );
}
