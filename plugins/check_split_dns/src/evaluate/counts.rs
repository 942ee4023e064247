//! Numbers of servers and questions. A number that was not measured is left out, and a finding gives the reason.

use std::collections::BTreeSet;

use common::{Report, wording};

use super::agreement::Differences;
use crate::catalogue::{DISAGREE, FAILED, HIJACKS, LEAKS, SERVERS, SERVERS_OK, STALE};
use crate::model::{FaultKind, NameServer, Resolution};
use crate::probe::Side;
use crate::snapshot::Asked;
use crate::subject::{Role, Subject};

/// Servers that the findings are about.
pub(super) struct Counts<'a> {
    /// Whether enough servers are good.
    pub(super) is_enough: bool,
    pub(super) differences: Differences,
    /// Indices of the servers that declare an answer stale.
    pub(super) stale: Vec<usize>,
    /// External servers that know an internal zone.
    pub(super) knowing: Vec<&'a Asked>,
}

impl Counts<'_> {
    pub(super) fn measure_servers(&self, report: &mut Report, resolution: &Resolution) {
        let (good, total) = (resolution.good(), resolution.total());
        let asked = wording::count(total, "name server", "name servers");
        report.metric(&SERVERS, total).words(format_args!("{asked} asked"));
        // Questions that this host could not ask were not measured.
        if resolution.servers.iter().any(|server| server.has_fault(FaultKind::is_ours)) {
            return;
        }
        let draft = report.metric(&SERVERS_OK, good).up_to(total);
        let said = draft.words(format_args!("{good}/{total} name servers right")).because(resolution.not_good());
        // If there are too few, that finding mentions the number.
        if self.is_enough {
            said.well(well(resolution, self.knowing.is_empty()));
        }
        let failed: usize = resolution.servers.iter().map(NameServer::failed).sum();
        let questions: usize = resolution.snapshot.servers.iter().flat_map(|asked| &asked.names).map(Vec::len).sum();
        let failing = resolution.servers.iter().filter(|server| server.failed() > 0).map(|server| server.asked);
        let draft = report.metric(&FAILED, failed).up_to(questions);
        draft.words(format_args!("{failed} of {questions} questions failed")).because(failing);
    }

    pub(super) fn measure_faults(&self, report: &mut Report, resolution: &Resolution) {
        let servers = |is_such: &dyn Fn(&NameServer) -> bool| -> Vec<&Asked> {
            resolution.servers.iter().filter(|server| is_such(server)).map(|server| server.asked).collect()
        };
        let at = |indices: &BTreeSet<usize>| -> Vec<&Asked> {
            indices.iter().filter_map(|index| resolution.snapshot.servers.get(*index)).collect()
        };
        let leaks = [servers(&|server| server.leaks()), self.knowing.clone()].concat();
        let hijacks = servers(&|server| server.has_fault(|kind| *kind == FaultKind::Invented));
        let disagree = at(&self.differences.differ);
        let stale = at(&self.differences.stale.iter().chain(&self.stale).copied().collect());
        for (spec, max, words, servers) in [
            (&LEAKS, None, "an internal zone leaks", leaks),
            (&HIJACKS, None, "random names have addresses", hijacks),
            (&DISAGREE, Some(resolution.total()), "different records", disagree),
            (&STALE, None, "stale answers", stale),
        ] {
            let count = wording::count(servers.len(), "name server", "name servers");
            let draft = report.metric(spec, servers.len());
            let draft = if let Some(max) = max { draft.up_to(max) } else { draft };
            draft.words(format_args!("{words} at {count}")).because(servers);
        }
    }
}

/// `3/3 name servers: 1 internal and 1 external name right, no leak`.
fn well(resolution: &Resolution, is_unknown_externally: bool) -> String {
    let (good, total) = (resolution.good(), resolution.total());
    if good < total {
        return format!("{good}/{total} name servers right");
    }
    let no_leak = if resolution.keeps_internal_names() && is_unknown_externally { ", no leak" } else { "" };
    format!("{good}/{total} name servers: {} right{no_leak}", names(resolution.subjects))
}

/// `1 internal and 2 external names`.
fn names(subjects: &[Subject]) -> String {
    let known = |side| subjects.iter().filter(|subject| subject.is_known(side)).count();
    let absent = subjects.iter().filter(|subject| matches!(subject.role, Role::Absent(_))).count();
    let mut counts = vec![(known(Side::Internal), "internal"), (known(Side::External), "external"), (absent, "absent")];
    counts.retain(|(count, _)| *count > 0);
    let noun = if matches!(counts.last(), Some((1, _))) { "name" } else { "names" };
    let counts: Vec<_> = counts.iter().map(|(count, side)| format!("{count} {side}")).collect();
    format!("{} {noun}", wording::list(&counts))
}
