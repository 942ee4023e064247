//! The lines of `-vvv`: every question and its replies.

use common::dns::{Answer, Outcome, RecordType, Reply};
use common::{Level, Report, text};

use super::{Questions, ServerAnswers, list};

/// Adds a line for each reply.
pub(crate) fn requests(report: &mut Report, told: &[ServerAnswers], questions: &Questions) {
    let line = |server: &str, rtype: RecordType, transport: &str, reply: &Reply| {
        format!("{server} {} {rtype}: {} ({transport}{})", questions.name, what(reply), costs(reply))
    };
    let of_server = |told: &ServerAnswers| {
        let server = &told.server.server.name;
        told.questions()
            .map(|(rtype, both)| [line(server, rtype, "UDP", &both.udp), line(server, rtype, "TCP", &both.tcp)])
    };
    report.details(Level::Requests, || told.iter().flat_map(of_server).flatten());
}

/// `, 0.0012 s, 2 sent, 1 lost`.
fn costs(reply: &Reply) -> String {
    let time = reply.rtt.map_or_else(String::new, |rtt| format!(", {:.4} s", rtt.as_secs_f64()));
    format!("{time}, {} sent, {} lost", reply.sent, reply.lost)
}

fn what(reply: &Reply) -> String {
    match &reply.outcome {
        Outcome::Answer(answer) => says(answer),
        Outcome::Silent => "no answer".to_owned(),
        Outcome::PortClosed => "connection refused".to_owned(),
        Outcome::Unreachable(reason) => reason.clone(),
        Outcome::OwnSide(fault) => fault.parts().0.to_owned(),
        Outcome::NotUnderstood(reason) => text::quote(reason),
    }
}

/// `NOERROR 10.0.0.11 and 10.0.0.12, ttl 0`.
fn says(answer: &Answer) -> String {
    let clean = |name: &common::dns::Name| text::name(name.to_ascii().trim_end_matches('.'));
    let mut said: Vec<_> = answer.cnames.iter().map(|name| format!("alias {}", clean(name))).collect();
    said.extend(answer.addresses.iter().map(|address| address.ip.to_string()));
    said.extend(answer.srv.iter().map(|srv| format!("{}:{}", clean(&srv.target), srv.port)));
    let records = if said.is_empty() { String::new() } else { format!(" {}", list(&said)) };
    let ttl = answer.min_ttl.map_or_else(String::new, |ttl| format!(", ttl {ttl}"));
    let truncated = if answer.flags.tc { ", truncated" } else { "" };
    format!("{}{records}{ttl}{truncated}", answer.rcode)
}
