//! The numbers; what was not measured is left out, and the findings say why.

use std::collections::BTreeSet;

use common::dns::{Reply, Transport};
use common::{Report, wording};

use super::agreement::Differences;
use super::fault::FaultKind;
use super::look;
use super::outside;
use super::scene::Scene;
use super::times;
use super::verdict::Verdict;
use crate::catalogue::{
    DISAGREE, FAILED, HIJACKS, INTERNAL_ADDRESSES, INTERNAL_TTL, LEAKS, LOSS, QUERIES, RETRIES, SERVERS, SERVERS_OK,
    STALE,
};
use crate::policy::Policy;
use crate::probe::{Side, are_for_addresses};
use crate::snapshot::Asked;
use crate::subject::Role;

/// What was counted on the way.
pub(super) struct Counts<'a> {
    /// Whether enough servers are right.
    pub(super) is_enough: bool,
    pub(super) differences: Differences,
    /// Servers that say of an answer that it is stale, by place.
    pub(super) stale: Vec<usize>,
    /// Outside servers that know an inside zone.
    pub(super) outside: Vec<&'a Asked>,
}

pub(super) fn measure(report: &mut Report, scene: &Scene, counts: &Counts) {
    servers(report, scene, counts);
    times::measure(report, scene);
    traffic(report, scene);
    faults(report, scene, counts);
    inside(report, scene);
}

fn servers(report: &mut Report, scene: &Scene, counts: &Counts) {
    let (good, total) = (scene.good(), scene.total());
    let asked = wording::count(total, "name server", "name servers");
    report.metric(&SERVERS, total).words(format_args!("{asked} asked"));
    // What our own side kept us from asking was not measured.
    if scene.verdicts.iter().any(|verdict| verdict.has_fault(FaultKind::is_ours)) {
        return;
    }
    let draft = report.metric(&SERVERS_OK, good).up_to(total);
    let said = draft.words(format_args!("{good}/{total} name servers right")).because(scene.not_good());
    // Where there are too few, that says how many there are.
    if counts.is_enough {
        said.well(well(scene, counts.outside.is_empty()));
    }
    let failed: usize = scene.verdicts.iter().map(Verdict::failed).sum();
    let questions: usize =
        scene.snapshot.servers.iter().flat_map(|asked| &asked.cells).map(|cell| cell.replies.len()).sum();
    let failing = scene.verdicts.iter().filter(|verdict| verdict.failed() > 0).map(|verdict| verdict.asked);
    let draft = report.metric(&FAILED, failed).up_to(questions);
    draft.words(format_args!("{failed} of {questions} questions failed")).because(failing);
}

/// `3/3 name servers: 1 internal and 1 external name right, no leak`.
fn well(scene: &Scene, is_unknown_outside: bool) -> String {
    let (good, total) = (scene.good(), scene.total());
    if good < total {
        return format!("{good}/{total} name servers right");
    }
    let no_leak = if scene.is_kept_inside() && is_unknown_outside { ", no leak" } else { "" };
    format!("{good}/{total} name servers: {} right{no_leak}", names(scene.policy))
}

/// `1 internal and 2 external names`.
fn names(policy: &Policy) -> String {
    let known = |side| policy.subjects.iter().filter(|subject| subject.is_known(side)).count();
    let absent = policy.subjects.iter().filter(|subject| matches!(subject.role, Role::Absent(_))).count();
    let mut counts = vec![(known(Side::Internal), "internal"), (known(Side::External), "external"), (absent, "absent")];
    counts.retain(|(count, _)| *count > 0);
    let noun = if matches!(counts.last(), Some((1, _))) { "name" } else { "names" };
    let counts: Vec<_> = counts.iter().map(|(count, side)| format!("{count} {side}")).collect();
    format!("{} {noun}", wording::list(&counts))
}

fn traffic(report: &mut Report, scene: &Scene) {
    let servers = &scene.snapshot.servers;
    let replies: Vec<_> = servers.iter().flat_map(Asked::replies).collect();
    let queries: u32 = replies.iter().map(|reply| reply.sent).sum();
    let said = wording::count(queries as usize, "query", "queries");
    report.metric(&QUERIES, queries).words(format_args!("{said} sent"));
    let again = |reply: &Reply| reply.sent.saturating_sub(1);
    let retries: u32 = replies.iter().copied().map(again).sum();
    let said = wording::count(retries as usize, "datagram", "datagrams");
    let to = those(servers, |reply| again(reply) > 0);
    let draft = report.metric(&RETRIES, retries).of_all(to.iter().copied());
    draft.words(format_args!("{said} sent again{}", named(" to ", &to)));
    if let Some(loss) = loss(replies) {
        let to = those(servers, |reply| reply.transport == Transport::Udp && reply.lost > 0);
        let draft = report.metric(&LOSS, loss).of_all(to.iter().copied());
        draft.words(format_args!("{loss} % of the datagrams lost{}", named(", to ", &to)));
    }
}

/// The servers with such replies.
fn those(servers: &[Asked], is_such: impl Fn(&Reply) -> bool) -> Vec<&Asked> {
    servers.iter().filter(|asked| asked.replies().any(&is_such)).collect()
}

/// The servers behind a word; nothing when there are none.
fn named(word: &str, servers: &[&Asked]) -> String {
    let names: Vec<_> = servers.iter().map(|asked| asked.server.name.as_str()).collect();
    if names.is_empty() { String::new() } else { format!("{word}{}", wording::list(&names)) }
}

/// How many percent of the datagrams stayed unanswered, rounded up: a loss is never none.
pub(super) fn loss<'a>(replies: impl IntoIterator<Item = &'a Reply>) -> Option<u32> {
    let over_udp = replies.into_iter().filter(|reply| reply.transport == Transport::Udp);
    let (sent, lost) = over_udp.fold((0_u32, 0_u32), |(sent, lost), reply| (sent + reply.sent, lost + reply.lost));
    (sent > 0).then(|| (lost.saturating_mul(100)).div_ceil(sent))
}

fn faults(report: &mut Report, scene: &Scene, counts: &Counts) {
    let servers = |is_such: &dyn Fn(&Verdict) -> bool| -> Vec<&Asked> {
        scene.verdicts.iter().filter(|verdict| is_such(verdict)).map(|verdict| verdict.asked).collect()
    };
    let at = |places: &BTreeSet<usize>| -> Vec<&Asked> {
        places.iter().filter_map(|place| scene.snapshot.servers.get(*place)).collect()
    };
    let leaks = [servers(&outside::leaks), counts.outside.clone()].concat();
    let hijacks = servers(&|verdict| verdict.has_fault(|kind| *kind == FaultKind::Invented));
    let disagree = at(&counts.differences.differ);
    let stale = at(&counts.differences.stale.iter().chain(&counts.stale).copied().collect());
    for (spec, max, words, servers) in [
        (&LEAKS, None, "an internal zone leaks", leaks),
        (&HIJACKS, None, "random names have addresses", hijacks),
        (&DISAGREE, Some(scene.total()), "different records", disagree),
        (&STALE, None, "stale answers", stale),
    ] {
        let count = wording::count(servers.len(), "name server", "name servers");
        let draft = report.metric(spec, servers.len());
        let draft = if let Some(max) = max { draft.up_to(max) } else { draft };
        draft.words(format_args!("{words} at {count}")).because(servers);
    }
}

/// The inside names, on all servers together.
fn inside(report: &mut Report, scene: &Scene) {
    let inside = || scene.policy.subjects.iter().enumerate().filter(|(_, subject)| subject.is_known(Side::Internal));
    let addresses = inside().filter_map(|(place, subject)| Some((addresses(scene, place)?, subject)));
    if let Some((fewest, subject)) = addresses.min_by_key(|(count, _)| *count) {
        let count = wording::count(fewest, "address", "addresses");
        let draft = report.metric(&INTERNAL_ADDRESSES, fewest).of(subject);
        draft.words(format_args!("{} has {count}", subject.name));
    }
    let kept = inside().filter_map(|(place, subject)| Some((ttl(scene, place)?, subject)));
    if let Some((longest, subject)) = kept.reduce(|longest, kept| if kept.0 > longest.0 { kept } else { longest }) {
        let draft = report.metric(&INTERNAL_TTL, longest).of(subject);
        draft.words(format_args!("{} may be cached for {longest} s", subject.name));
    }
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
