//! What a name server sends is read, judged and told, whatever it is.

#![no_main]

use std::time::Duration;

use common::dns::{Answer, Outcome, Question, RecordType, Reply, Said, Transport, reasons};
use libfuzzer_sys::fuzz_target;

const NAME: &str = "db.service.consul";

/// Where the type of a question for that name is: after the header, the labels and the root.
const TYPE: std::ops::Range<usize> = 31..33;

fuzz_target!(|bytes: &[u8]| {
    // The message answers the question for whatever type it names.
    let Some([high, low]) = bytes.get(TYPE) else { return };
    let rtype = RecordType::from(u16::from_be_bytes([*high, *low]));
    let question = Question::new(NAME, rtype).expect("a good name");
    let outcome = Answer::from_message(bytes, &question).map_or_else(Outcome::NotUnderstood, Outcome::Answer);
    let mut reply = Reply { outcome, transport: Transport::Udp, sent: 1, lost: 0, rtt: None };
    tell(&reply);
    reply.transport = Transport::Tcp;
    tell(&reply);
});

/// What is read stays within bounds, and so do the words for it.
fn tell(reply: &Reply) {
    match Said::of(reply, Duration::from_secs(4)) {
        Said::Found(answer) | Said::Denied(_, answer) | Said::Truncated(answer) => check(answer),
        Said::Failed(failure) => check_words(&failure.words),
        Said::NotAsked(fault) => panic!("an answer is no fault of ours: {fault:?}"),
    }
}

fn check(answer: &Answer) {
    let _ = answer.kind();
    check_words(&reasons(answer));
    assert!(answer.cnames.len() <= 16, "a chain without end");
    // As hexadecimal digits data have twice their length, as a list of parameters some times.
    assert!(answer.others.iter().all(|record| record.text.len() < 10 * 65_536));
    let _ = answer.soa.as_ref().map(common::dns::Soa::negative_ttl);
}

fn check_words(words: &str) {
    assert!(words.chars().count() < 1000, "{words}");
    assert!(!words.contains(|c: char| c.is_control() || c == '|'), "{words:?}");
}
