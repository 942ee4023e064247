//! The lines of `-vvv`: every request and its answer.

use common::{Level, Report, Subject, text};

use crate::snapshot::{Answer, Asked, Failure, Health};

/// Adds a line for each request.
pub(super) fn requests(report: &mut Report, asked: &Asked) {
    report.details(Level::Requests, || {
        let name = asked.label();
        let read = |what: &str, answer| format!("{name} {what} read: {}", line(answer, health));
        let leader = line(&asked.leader, |leader| {
            leader.as_ref().map_or_else(|| "none".to_owned(), |leader| text::name(leader))
        });
        [read("consistent", &asked.consistent), read("stale", &asked.stale), format!("{name} leader: {leader}")]
    });
}

fn line<T>(answer: &Answer<T>, show: impl Fn(&T) -> String) -> String {
    let what = match &answer.result {
        Ok(value) => show(value),
        Err(Failure::Unreachable(why)) => why.words.clone(),
        Err(Failure::AccessDenied(denial)) => denial.words.clone(),
        Err(
            Failure::Leaderless(words)
            | Failure::NotTrusted(words)
            | Failure::Rejected(words)
            | Failure::RateLimited(words)
            | Failure::NotUnderstood(words),
        ) => words.clone(),
        Err(Failure::NotFound(words)) => format!("404 {words}"),
        Err(Failure::NoAcls) => "ACLs are off".to_owned(),
        Err(Failure::Needless) => "not asked".to_owned(),
        Err(Failure::OwnSide(fault)) => fault.parts().0.to_owned(),
    };
    format!("{what} ({:.3} s)", answer.time.as_secs_f32())
}

fn health(health: &Health) -> String {
    let optional = |value: Option<u128>| value.map_or_else(|| "unknown".to_owned(), |value| value.to_string());
    format!(
        "{} instances, index {}, leader {}, last contact {} ms",
        health.instances.len(),
        optional(health.index.map(u128::from)),
        if health.known_leader { "known" } else { "unknown" },
        optional(health.last_contact.map(|age| age.as_millis())),
    )
}
