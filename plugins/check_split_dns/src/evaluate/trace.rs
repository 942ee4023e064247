//! What was asked and answered, for who wants to see it.

use common::dns::{Outcome, Reply, Transport};
use common::{text, wording};

use crate::policy::Policy;
use crate::record::records;
use crate::snapshot::{Asked, Snapshot};

/// A line for each question to a server.
pub(super) fn lines(snapshot: &Snapshot, policy: &Policy) -> Vec<String> {
    let everybody = snapshot.servers.iter().chain(&snapshot.upstream).chain(&snapshot.outside);
    everybody.flat_map(|asked| of_server(asked, policy)).collect()
}

fn of_server(asked: &Asked, policy: &Policy) -> Vec<String> {
    let server = &asked.server.name;
    let mut lines = Vec::new();
    for (cell, subject) in asked.cells.iter().zip(&policy.subjects) {
        for (index, (both, question)) in cell.replies.iter().zip(&subject.questions).enumerate() {
            let replies = [Some(&both.udp), both.tcp.as_ref(), cell.again.get(index)];
            let line = |reply| format!("{server} {} {}: {}", subject.name, question.rtype(), line(reply));
            lines.extend(replies.into_iter().flatten().map(line));
        }
    }
    if let Some(found) = &asked.diagnosis {
        let name = crate::subject::plain(found.question.name());
        lines.push(format!("{server} {name} {} with CD=1: {}", found.question.rtype(), line(&found.unchecked)));
        lines.push(format!("{server} (random).{name} A: {}", line(&found.fresh)));
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
    format!("{} ({transport}{time}, {} sent, {} lost)", what(&reply.outcome), reply.sent, reply.lost)
}

fn what(outcome: &Outcome) -> String {
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
