//! The state of each target's own line.

use std::borrow::Cow;
use std::time::Duration;

use common::ServiceState::{self, Critical, Ok, Unknown, Warning};
use common::{Report, Subject};

use super::dns::{forwarder, lost, names, own};
use super::scene::{Scene, fail, healthy, recorded, refused};
use super::{findings, measures, properties};
use crate::snapshot::{Asked, Instance};

/// A target whose line begins like this.
struct Target {
    key: String,
    /// As sentences name it; what follows is no part of a longer name.
    named: Vec<String>,
    line: String,
}

impl Subject for Target {
    fn key(&self) -> Cow<'_, str> {
        self.key.as_str().into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.key.as_str().into()
    }
}

impl Target {
    fn agent(asked: &Asked) -> Self {
        let named = vec![format!("agent {}", asked.label())];
        Self { key: asked.key().into_owned(), named, line: format!("agent {}", asked.name) }
    }

    fn instance(instance: &Instance) -> Self {
        let line = format!("{} {}", instance.name(), instance.condition());
        Self { key: instance.key().into_owned(), named: vec![instance.name(), instance.short_name()], line }
    }

    fn is_named_in(&self, text: &str) -> bool {
        let ends = |name: &str| {
            text.match_indices(name).any(|(at, _)| {
                let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
                let inside = |c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '-' | '(');
                !before.is_some_and(inside)
                    && matches!(after, None | Some(' ' | ':' | ','))
                    && !text[at + name.len()..].starts_with(" (")
            })
        };
        self.named.iter().any(|name| ends(name))
    }

    /// The state of the line; `None` where there is none.
    fn state(&self, text: &str) -> Option<String> {
        let line =
            text.lines().find(|line| line.split_once("] ").is_some_and(|(_, line)| line.starts_with(&self.line)))?;
        Some(line[1..].split(']').next().unwrap().to_owned())
    }
}

fn targets(scene: &Scene, args: &[&str]) -> Vec<Target> {
    let query = scene.query(args);
    let data = crate::model::Data::of(&scene.snapshot, &query);
    let instances = data.map(|data| data.instances).unwrap_or_default();
    let agents = scene.snapshot.agents.iter().map(Target::agent);
    agents.chain(instances.into_iter().map(Target::instance)).collect()
}

/// Name servers hand instances out or not: that is no fault of the instances.
fn is_about(text: &str, target: &Target) -> bool {
    !text.starts_with("name server") && target.is_named_in(text)
}

/// The worst of what a sentence says of a target is the state of its line.
#[test]
fn each_line_shows_the_worst_that_is_said_of_its_target() {
    let found = findings::cases().into_iter().flat_map(|case| [(case.1, case.2), (case.3, case.4)]);
    let measured = measures::cases().into_iter().map(|case| (case.1, case.2));
    let recorded = properties::records().into_iter().map(|(_, scene)| (scene, &[][..]));
    let loud = ["-w", "api_time=0", "-w", "status_changes=@1:", "--severity", "only-tcp=critical"];
    for (scene, args) in recorded.chain(found).chain(measured) {
        for args in [args.to_vec(), [args, &loud].concat()] {
            let report = scene.report(&args);
            let text = scene.verdict(&[&args[..], &["-v"]].concat()).1;
            for target in targets(&scene, &args) {
                let line = target.state(&text).unwrap_or_else(|| panic!("{} not in {text}", target.line));
                let about = report.findings().into_iter().filter(|finding| is_about(&finding.text, &target));
                let worst = about.map(|finding| finding.state).max().unwrap_or(Ok);
                assert_eq!(line, report.state_of(&target).to_string(), "{text}");
                assert!(worst <= report.state_of(&target), "{} is {line}, not {worst}: {text}", target.key);
            }
        }
    }
}

fn state(report: &Report, scene: &Scene, agent: usize) -> ServiceState {
    report.state_of(&scene.snapshot.agents[agent])
}

/// One that does not answer is a matter of its own.
#[test]
fn no_leader_is_about_all_agents_that_reach_none() {
    let scene = recorded!("no-quorum");
    let names: Vec<_> = scene.snapshot.agents.iter().map(|asked| asked.name.as_str()).collect();
    assert_eq!(names, ["127.0.0.11:8500", "127.0.0.12:8500", "127.0.0.21:8500"]);
    let report = scene.report(&["-w", "last_contact=~:", "-c", "last_contact=~:"]);
    assert_eq!([0, 1, 2].map(|agent| state(&report, &scene, agent)), [Critical, Warning, Critical]);
    let one = healthy().agent(0, |asked| fail(asked, &refused()));
    assert_eq!([0, 1].map(|agent| state(&one.report(&[]), &one, agent)), [Warning, Ok]);
    let all = healthy().failing(&refused());
    assert_eq!([0, 1].map(|agent| state(&all.report(&[]), &all, agent)), [Critical, Critical]);
}

#[test]
fn a_number_of_one_target_is_about_it() {
    let slow = healthy().agent(1, |asked| asked.leader.time = Duration::from_millis(47));
    slow.assert(
        &["-c", "api_time=0.03"],
        Critical,
        &["[OK] agent 127.0.0.11:8500 ", "[CRITICAL] agent 127.0.0.21:8500 "],
    );
    let old =
        healthy().agent(1, |asked| asked.stale.result.as_mut().unwrap().last_contact = Some(Duration::from_secs(6)));
    old.assert(&[], Warning, &["[OK] agent 127.0.0.11:8500 ", "[WARNING] agent 127.0.0.21:8500 "]);
    let maintained = recorded!("maintenance");
    let quiet = ["--severity", "instance-maintenance=ok", "-w", "maintenance_age=0:0"];
    let forgotten = maintained.clone().then(60.0, maintained);
    let text = forgotten.assert(&quiet, Warning, &["[OK] db1 (127.0.0.11:3306) passing"]);
    assert_eq!(text.matches("[WARNING] db").count(), 2, "the sentence and the line of one: {text}");
}

#[test]
fn a_name_servers_line_is_about_what_it_says() {
    let scene = lost().told(vec![own(names(&[1, 3])), forwarder(1, names(&[1, 2, 3])), forwarder(2, names(&[1]))]);
    scene.assert(
        &["--severity", "dns-incomplete=unknown"],
        Critical,
        &[
            "[OK] DNS 127.0.0.21:8600: ",
            "[CRITICAL] DNS 127.0.0.11: ",
            "[UNKNOWN] DNS 127.0.0.12: ",
            "[WARNING] db2 (127.0.0.12:3306) critical",
        ],
    );
    let text = healthy().told(vec![own(names(&[1, 2, 3]))]).verdict(&["-c", "dns_time=0"]).1;
    assert!(text.contains("[CRITICAL] DNS 127.0.0.21:8600: "), "{text}");
    let unsettled = healthy().told(vec![own(names(&[1, 2, 3]))]).restless();
    unsettled.assert(&[], Unknown, &["[UNKNOWN] DNS 127.0.0.21:8600: "]);
}
