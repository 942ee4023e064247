//! Every question with its reply, for `-vvv`.

use common::dns::{Outcome, Reply, Transport};
use common::{text, wording};

use crate::model::Resolution;
use crate::name::plain;
use crate::record::records;
use crate::snapshot::Asked;
use crate::subject::Subject;

/// A line for each question to a server.
pub(super) fn lines(resolution: &Resolution) -> Vec<String> {
    let snapshot = resolution.snapshot;
    let everybody = snapshot.servers.iter().chain(&snapshot.upstream).chain(&snapshot.external);
    everybody.flat_map(|asked| of_server(asked, resolution.subjects)).collect()
}

fn of_server(asked: &Asked, subjects: &[Subject]) -> Vec<String> {
    let server = &asked.server.name;
    let mut lines = Vec::new();
    for (names, subject) in asked.names.iter().zip(subjects) {
        for (replies, question) in names.iter().zip(&subject.questions) {
            let line = |reply| format!("{server} {} {}: {}", subject.name, question.rtype(), line(reply));
            lines.extend(replies.all().map(line));
        }
    }
    if let Some(diagnosis) = &asked.diagnosis {
        let (name, rtype) = (plain(diagnosis.question.name()), diagnosis.question.rtype());
        lines.push(format!("{server} {name} {rtype} with CD=1: {}", line(&diagnosis.unchecked)));
        lines.push(format!("{server} (random).{name} A: {}", line(&diagnosis.fresh)));
    }
    lines
}

/// `NOERROR 10.0.0.11, ttl 0 (UDP, 0.0012 s, 2 sent, 1 lost)`.
fn line(reply: &Reply) -> String {
    let transport = match reply.transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
    };
    let time = reply.rtt.map_or_else(String::new, |rtt| format!(", {:.4} s", rtt.as_secs_f64()));
    format!("{} ({transport}{time}, {} sent, {} lost)", answer_or_failure(&reply.outcome), reply.sent, reply.lost)
}

fn answer_or_failure(outcome: &Outcome) -> String {
    let answer = match outcome {
        Outcome::Answer(answer) => answer,
        Outcome::Silent => return "no answer".to_owned(),
        Outcome::PortClosed => return "connection refused".to_owned(),
        Outcome::Unreachable(reason) => return reason.clone(),
        Outcome::OwnSide(fault) => return fault.parts().0.to_owned(),
        Outcome::NotUnderstood(reason) => return text::quote(reason),
    };
    let values: Vec<_> = records(answer).into_iter().collect();
    let values = if values.is_empty() { String::new() } else { format!(" {}", wording::list(&values)) };
    let ttl = answer.min_ttl.map_or_else(String::new, |ttl| format!(", ttl {ttl}"));
    let soa = answer
        .soa
        .as_ref()
        .map_or_else(String::new, |soa| format!(", SOA {} {}", text::name(&soa.owner.to_ascii()), soa.negative_ttl()));
    let flags = [("aa", answer.flags.aa), ("tc", answer.flags.tc), ("ra", answer.flags.ra), ("ad", answer.flags.ad)];
    let flags: Vec<_> = flags.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name).collect();
    format!("{}{values}{ttl}{soa}, flags {}{}", answer.rcode, flags.join(" "), common::dns::reasons(answer))
}
