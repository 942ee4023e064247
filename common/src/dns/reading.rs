//! The meaning of a reply, and its wording.

use std::fmt;
use std::time::Duration;

use super::{Answer, ExtendedError, Kind, Outcome, Rcode, Reply, Transport};
use crate::{CheckError, text};

/// The meaning of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<'a> {
    /// Records of the type that was asked for. A truncated answer has only those that are left.
    Found(&'a Answer),
    /// The name has no such records, or does not exist.
    Denied(Denial, &'a Answer),
    /// The answer does not fit into a datagram, and no record is left. TCP has the whole answer.
    Truncated(&'a Answer),
    /// There is no usable answer.
    Failed(Failure),
    /// Our own side could not ask. The error has the reason and the remedy.
    OwnSide(&'a CheckError),
}

/// The kind of a denial. Clients believe it and ask no other server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Denial {
    /// The name does not exist (RFC 2308, section 2.1).
    NxDomain,
    /// The name has no records of the type, or only aliases (RFC 2308, section 2.2).
    NoData,
}

/// The reason why there is no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of the failure.
    pub kind: FailureKind,
    /// The sanitised wording, to follow the name of the server or the question: `SERVFAIL (EDE 22: No Reachable
    /// Authority)`, `connection refused`.
    pub words: String,
}

/// The kind of a failure. All failures of one kind have the same remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// Nothing listens on the port.
    PortClosed,
    /// The network has no route to the server.
    Unreachable,
    /// The server does not answer.
    Silent,
    /// The server's message is not an answer, or is incomplete.
    NotUnderstood,
    /// The server failed to find the answer.
    ServFail,
    /// The server's policy forbids an answer.
    Refused,
    /// Any other response code.
    Other(Rcode),
}

impl FailureKind {
    /// The kind in one word, to follow the name of a server: `closed`, `silent`, `SERVFAIL`.
    pub fn word(self) -> &'static str {
        match self {
            Self::PortClosed => "closed",
            Self::Unreachable => "unreachable",
            Self::Silent => "silent",
            Self::NotUnderstood => "garbage",
            Self::ServFail => "SERVFAIL",
            Self::Refused => "REFUSED",
            Self::Other(_) => "failing",
        }
    }
}

impl<'a> Reading<'a> {
    /// The meaning of `reply`. `patience` is the time that a silent server was given.
    pub fn of(reply: &'a Reply, patience: Duration) -> Self {
        match &reply.outcome {
            Outcome::Answer(answer) => Self::of_answer(answer, reply.transport),
            Outcome::Silent => {
                Self::failed(FailureKind::Silent, format!("no answer within {:.1} s", patience.as_secs_f32()))
            }
            Outcome::PortClosed => Self::failed(FailureKind::PortClosed, "connection refused"),
            Outcome::Unreachable(reason) => Self::failed(FailureKind::Unreachable, reason),
            Outcome::NotUnderstood(reason) => {
                Self::failed(FailureKind::NotUnderstood, format!("no valid answer ({})", text::quote(reason)))
            }
            Outcome::OwnSide(fault) => Self::OwnSide(fault),
        }
    }

    fn of_answer(answer: &'a Answer, transport: Transport) -> Self {
        let coded = |kind| Self::failed(kind, format!("{}{}", answer.rcode, reasons(answer)));
        match answer.kind() {
            Kind::Found => Self::Found(answer),
            Kind::NoData => Self::Denied(Denial::NoData, answer),
            Kind::NxDomain => Self::Denied(Denial::NxDomain, answer),
            Kind::Truncated if transport == Transport::Udp => Self::Truncated(answer),
            Kind::Truncated => Self::failed(FailureKind::NotUnderstood, "truncated over TCP too"),
            Kind::ServFail => coded(FailureKind::ServFail),
            Kind::Refused => coded(FailureKind::Refused),
            Kind::Other(rcode) => coded(FailureKind::Other(rcode)),
        }
    }

    fn failed(kind: FailureKind, words: impl Into<String>) -> Self {
        Self::Failed(Failure { kind, words: words.into() })
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NxDomain => "NXDOMAIN",
            Self::NoData => "NODATA",
        })
    }
}

/// The number of reasons that are printed.
const SHOWN: usize = 3;

/// The server's reasons (RFC 8914), sanitised, to follow a response code: ` (EDE 18: Prohibited)`. At most the first
/// three are shown. Empty when the server gives none.
pub fn reasons(answer: &Answer) -> String {
    let reasons: Vec<_> = answer.extended_errors.iter().take(SHOWN).map(reason).collect();
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

fn reason(error: &ExtendedError) -> String {
    match text::quote(&error.text) {
        words if words.is_empty() => format!("EDE {}", error.code),
        words => format!("EDE {}: {words}", error.code),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hickory_resolver::proto::op::{Message, OpCode, Query};

    use super::super::fake;
    use super::*;

    type Expected = fn(&Answer) -> Reading;

    const PATIENCE: Duration = Duration::from_secs(4);

    fn reply(outcome: Outcome, transport: Transport) -> Reply {
        Reply { outcome, transport, sent: 1, lost: 0, rtt: None }
    }

    /// An answer with this response code, with one address or none.
    fn answer(rcode: u16, address: Option<Ipv4Addr>) -> Answer {
        let mut message = Message::response(1, OpCode::Query);
        let question = fake::question();
        message.add_query(Query::query(question.name().clone(), question.rtype().into()));
        message.add_answers(address.map(|ip| fake::address("db.service.consul", ip)));
        let answer = Answer::from_message(&message.to_vec().unwrap(), &question).unwrap();
        Answer { rcode: Rcode(rcode), ..answer }
    }

    fn with_reasons(answer: Answer, reasons: &[(u16, &str)]) -> Answer {
        let error = |(code, text): &(u16, &str)| ExtendedError { code: *code, text: (*text).to_owned() };
        Answer { extended_errors: reasons.iter().map(error).collect(), ..answer }
    }

    fn truncated(mut answer: Answer) -> Answer {
        answer.flags.tc = true;
        answer
    }

    #[test]
    fn records_denials_and_truncated_answers_are_distinguished() {
        let found = answer(0, Some(fake::A));
        let cases: [(Answer, Expected); 5] = [
            (truncated(found.clone()), |answer| Reading::Found(answer)),
            (found, |answer| Reading::Found(answer)),
            (answer(0, None), |answer| Reading::Denied(Denial::NoData, answer)),
            (answer(3, Some(fake::A)), |answer| Reading::Denied(Denial::NxDomain, answer)),
            (truncated(answer(0, None)), |answer| Reading::Truncated(answer)),
        ];
        for (answer, said) in cases {
            let reply = reply(Outcome::Answer(answer.clone()), Transport::Udp);
            assert_eq!(Reading::of(&reply, PATIENCE), said(&answer));
        }
    }

    #[test]
    fn an_alias_without_records_is_a_denial() {
        let alias = Answer { cnames: vec![super::super::parse_name("node.consul").unwrap()], ..answer(0, None) };
        let reply = reply(Outcome::Answer(alias), Transport::Udp);
        assert!(matches!(Reading::of(&reply, PATIENCE), Reading::Denied(Denial::NoData, _)));
    }

    #[test]
    fn failures_have_a_kind_and_words() {
        let long = "x".repeat(10_000);
        let ede = |rcode, reasons: &[(u16, &str)]| Outcome::Answer(with_reasons(answer(rcode, None), reasons));
        for (outcome, transport, kind, words) in [
            (Outcome::PortClosed, Transport::Udp, FailureKind::PortClosed, "connection refused"),
            (Outcome::Silent, Transport::Tcp, FailureKind::Silent, "no answer within 4.0 s"),
            (
                Outcome::Unreachable("host unreachable".to_owned()),
                Transport::Udp,
                FailureKind::Unreachable,
                "host unreachable",
            ),
            (
                Outcome::NotUnderstood("a|b\n".to_owned()),
                Transport::Udp,
                FailureKind::NotUnderstood,
                "no valid answer (a b)",
            ),
            (
                Outcome::Answer(truncated(answer(0, None))),
                Transport::Tcp,
                FailureKind::NotUnderstood,
                "truncated over TCP too",
            ),
            (ede(2, &[]), Transport::Udp, FailureKind::ServFail, "SERVFAIL"),
            (
                ede(2, &[(22, "No Reachable Authority")]),
                Transport::Udp,
                FailureKind::ServFail,
                "SERVFAIL (EDE 22: No Reachable Authority)",
            ),
            (ede(5, &[(18, "")]), Transport::Tcp, FailureKind::Refused, "REFUSED (EDE 18)"),
            (
                ede(4, &[(1, "a"), (2, "b|c"), (3, ""), (4, &long)]),
                Transport::Udp,
                FailureKind::Other(Rcode(4)),
                "NOTIMP (EDE 1: a, EDE 2: b c, EDE 3)",
            ),
        ] {
            let reply = reply(outcome, transport);
            assert_eq!(Reading::of(&reply, PATIENCE), Reading::Failed(Failure { kind, words: words.to_owned() }));
        }
    }

    #[test]
    fn reasons_of_a_server_stay_short() {
        let long = "x".repeat(10_000);
        assert!(reasons(&with_reasons(answer(2, None), &[(1, &long), (1, &long), (1, &long), (1, &long)])).len() < 700);
    }

    #[test]
    fn our_own_errors_are_not_failures_of_the_server() {
        let fault = CheckError::local("too many open files", "raise the limit");
        let reply = reply(Outcome::OwnSide(fault.clone()), Transport::Udp);
        assert_eq!(Reading::of(&reply, PATIENCE), Reading::OwnSide(&fault));
    }
}
