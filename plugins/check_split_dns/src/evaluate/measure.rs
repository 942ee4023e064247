//! The numbers; what was not measured is left out, and the findings say why.

use std::collections::BTreeSet;

use common::dns::{Reply, Transport};
use common::{Number, Report};

use super::agreement::Differences;
use super::fault::FaultKind;
use super::look;
use super::outside;
use super::scene::Scene;
use super::times::KINDS;
use super::verdict::Verdict;
use crate::catalogue::{
    DISAGREE, FAILED, HIJACKS, INT_ADDRESSES, INT_TTL, LEAKS, LOSS, QUERIES, RETRIES, SERVERS, SERVERS_OK, STALE,
};
use crate::probe::{Side, are_for_addresses};
use crate::say::{count, milliseconds};
use crate::snapshot::Asked;

/// What was counted on the way.
pub(super) struct Counts {
    pub(super) differences: Differences,
    /// Servers that say of an answer that it is stale, by place.
    pub(super) stale: Vec<usize>,
    /// Outside servers that know an inside zone.
    pub(super) outside: usize,
}

pub(super) fn measure(report: &mut Report, scene: &Scene, counts: &Counts) {
    times(report, scene);
    servers(report, scene);
    traffic(report, scene);
    faults(report, scene, counts);
    inside(report, scene);
}

fn times(report: &mut Report, scene: &Scene) {
    for kind in &KINDS {
        if let Some(slowest) = kind.slowest(&scene.verdicts) {
            let sentence = format!("{} took {}", kind.words, milliseconds(slowest));
            report.metric(kind.spec, Number::seconds(slowest), &sentence);
        }
    }
}

fn servers(report: &mut Report, scene: &Scene) {
    let (good, total) = (scene.good(), scene.total());
    // What our own side kept us from asking was not measured.
    if !scene.verdicts.iter().any(|verdict| verdict.has_fault(|kind| *kind == FaultKind::NotAsked)) {
        report.metric_up_to(&SERVERS_OK, good, total, &format!("{good} of {total} name servers right"));
        let failed: usize = scene.verdicts.iter().map(Verdict::failed).sum();
        let questions: usize =
            scene.snapshot.servers.iter().flat_map(|asked| &asked.cells).map(|cell| cell.replies.len()).sum();
        report.metric_up_to(
            &FAILED,
            failed,
            questions,
            &format!("{failed} of {questions} questions without right answer"),
        );
    }
    report.metric(&SERVERS, total, &format!("{} asked", count(total, "name server")));
}

fn traffic(report: &mut Report, scene: &Scene) {
    let replies: Vec<_> = scene.snapshot.servers.iter().flat_map(Asked::replies).collect();
    let queries: u32 = replies.iter().map(|reply| reply.sent).sum();
    report.metric(&QUERIES, queries, &format!("queries sent: {queries}"));
    let retries: u32 = replies.iter().map(|reply| reply.sent.saturating_sub(1)).sum();
    report.metric(&RETRIES, retries, &format!("datagrams sent again: {retries}"));
    if let Some(loss) = loss(replies) {
        report.metric(&LOSS, loss, &format!("{loss} % of the datagrams lost"));
    }
}

/// How many percent of the datagrams stayed unanswered, rounded up: a loss is never none.
pub(super) fn loss<'a>(replies: impl IntoIterator<Item = &'a Reply>) -> Option<u32> {
    let over_udp = replies.into_iter().filter(|reply| reply.transport == Transport::Udp);
    let (sent, lost) = over_udp.fold((0_u32, 0_u32), |(sent, lost), reply| (sent + reply.sent, lost + reply.lost));
    (sent > 0).then(|| (lost.saturating_mul(100)).div_ceil(sent))
}

fn faults(report: &mut Report, scene: &Scene, counts: &Counts) {
    let servers = |is_such: &dyn Fn(&Verdict) -> bool| scene.verdicts.iter().filter(|verdict| is_such(verdict)).count();
    let leaks = servers(&outside::leaks) + counts.outside;
    report.metric(&LEAKS, leaks, &count(leaks, "leak"));
    let hijacks = servers(&|verdict| verdict.has_fault(|kind| *kind == FaultKind::Invented));
    report.metric(&HIJACKS, hijacks, &format!("servers that invent addresses: {hijacks}"));
    let disagree = counts.differences.differ.len();
    report.metric_up_to(&DISAGREE, disagree, scene.total(), &format!("servers that differ: {disagree}"));
    let stale: BTreeSet<_> = counts.differences.stale.iter().chain(&counts.stale).collect();
    report.metric(&STALE, stale.len(), &format!("{} with stale answers", count(stale.len(), "server")));
}

/// The inside names, on all servers together.
fn inside(report: &mut Report, scene: &Scene) {
    let subjects = scene.policy.subjects.iter().enumerate();
    let places: Vec<_> =
        subjects.filter(|(_, subject)| subject.is_known(Side::Internal)).map(|(place, _)| place).collect();
    if let Some(fewest) = places.iter().filter_map(|place| addresses(scene, *place)).min() {
        report.metric(&INT_ADDRESSES, fewest, &format!("an inside name with {}", addresses_in_words(fewest)));
    }
    if let Some(longest) = places.iter().filter_map(|place| ttl(scene, *place)).max() {
        report.metric(&INT_TTL, longest, &format!("an inside answer is kept for {longest} s"));
    }
}

fn addresses_in_words(count: usize) -> String {
    if count == 1 { "1 address".to_owned() } else { format!("{count} addresses") }
}

/// How many addresses a name has, on all servers together; none when nobody answers, or is asked for addresses.
pub(super) fn addresses(scene: &Scene, subject: usize) -> Option<usize> {
    if !are_for_addresses(&scene.policy.subjects.get(subject)?.questions) {
        return None;
    }
    let answers: Vec<_> = answers(scene, subject).collect();
    let addresses = answers.iter().flat_map(|answer| &answer.addresses).map(|address| address.ip);
    (!answers.is_empty()).then(|| addresses.collect::<BTreeSet<_>>().len())
}

/// The longest time to live of its records, in seconds.
pub(super) fn ttl(scene: &Scene, subject: usize) -> Option<u32> {
    answers(scene, subject).filter_map(|answer| answer.min_ttl).max()
}

/// What counts of each answer: of a truncated one, what came over TCP.
fn answers<'a>(scene: &'a Scene, subject: usize) -> impl Iterator<Item = &'a common::dns::Answer> {
    let names = scene.verdicts.iter().filter_map(move |verdict| verdict.names.get(subject));
    let said = names.flat_map(|name| name.said(scene.snapshot.patience));
    said.filter_map(|said| look::answer(&said))
}
