//! What a server's answers to all questions mean together.

use std::time::Duration;

use common::dns::{Outcome, RecordType, Reply, Transport};

use super::fault::{Fault, FaultKind, some};
use crate::probe::Probe;
use crate::snapshot::{Asked, Lookup};

/// A server as its clients see it.
pub(super) struct Verdict<'a> {
    pub(super) asked: &'a Asked,
    /// Why it answered no question at all, if so.
    pub(super) death: Option<Fault>,
    /// What is wrong with the answers of a server that is not dead.
    pub(super) faults: Vec<NamedFault<'a>>,
    /// Every name gets an address, and none that is wrong.
    pub(super) serves_all: bool,
    /// How many questions have no right answer.
    pub(super) failed: usize,
}

/// A fault and all that have it.
pub(super) struct NamedFault<'a> {
    pub(super) fault: Fault,
    /// The first name that has it.
    pub(super) probe: &'a Probe,
    names: Vec<String>,
}

impl NamedFault<'_> {
    /// `db.consul, www.example.com AAAA SERVFAIL`.
    pub(super) fn sentence(&self) -> String {
        format!("{} {}", some(&self.names), self.fault.words)
    }
}

impl<'a> Verdict<'a> {
    pub(super) fn of(asked: &'a Asked, probes: &'a [Probe], patience: Duration) -> Self {
        let judge = |(lookup, probe)| JudgedName::of(lookup, probe, patience);
        let names: Vec<_> = asked.lookups.iter().zip(probes).map(judge).collect();
        let failed = names.iter().map(|name| name.faults.len()).sum();
        let serves_all = names.iter().all(|name| name.is_served);
        let (death, faults) = if asked.replies().any(answered) {
            (None, group(names.into_iter().flat_map(JudgedName::named)))
        } else {
            (cause_of_death(names), Vec::new())
        };
        Self { asked, death, faults, serves_all, failed }
    }

    /// Whether our own side kept us from asking some question, and nothing else is wrong.
    pub(super) fn was_not_asked(&self) -> bool {
        let faults = self.faults.iter().map(|named| &named.fault).chain(&self.death);
        let mut kinds = faults.map(|fault| &fault.kind).peekable();
        kinds.peek().is_some() && kinds.all(|kind| *kind == FaultKind::NotAsked)
    }
}

/// A truncated answer is one, whatever became of asking again over TCP.
fn answered(reply: &Reply) -> bool {
    matches!(reply.outcome, Outcome::Answer(_)) || reply.transport == Transport::Tcp
}

/// Of several causes, one that says more than silence, and one of the server's rather than ours.
fn cause_of_death(names: Vec<JudgedName>) -> Option<Fault> {
    let faults = names.into_iter().flat_map(|name| name.faults.into_iter().map(|(_, fault)| fault));
    faults.min_by_key(|fault| match fault.kind {
        FaultKind::NotAsked => 2,
        FaultKind::Timeout => 1,
        _ => 0,
    })
}

/// A name on a server.
struct JudgedName<'a> {
    probe: &'a Probe,
    faults: Vec<(RecordType, Fault)>,
    is_served: bool,
}

impl<'a> JudgedName<'a> {
    /// One kind of addresses is enough: NODATA for the other is as it should be.
    fn of(lookup: &Lookup, probe: &'a Probe, patience: Duration) -> Self {
        let fault = |reply| Fault::of(reply, probe, patience);
        let both = [(RecordType::A, fault(&lookup.a)), (RecordType::Aaaa, fault(&lookup.aaaa))];
        let has_address = both.iter().any(|(_, fault)| fault.is_none());
        let mut faults: Vec<_> = both.into_iter().filter_map(|(rtype, fault)| Some((rtype, fault?))).collect();
        let is_no_data = |fault: &Fault| matches!(fault.kind, FaultKind::NoData(_));
        if has_address || !faults.iter().all(|(_, fault)| is_no_data(fault)) {
            faults.retain(|(_, fault)| !is_no_data(fault));
        }
        let is_served = has_address && !faults.iter().any(|(_, fault)| fault.kind.is_wrong());
        Self { probe, faults, is_served }
    }

    /// The faults with the name, and with the type where only one type has the fault.
    fn named(self) -> Vec<NamedFault<'a>> {
        let Self { probe, faults, .. } = self;
        let same = matches!(faults.as_slice(), [(_, a), (_, aaaa)] if a.kind == aaaa.kind);
        let name = |rtype| if same { probe.name.clone() } else { format!("{} {rtype}", probe.name) };
        let named = |(rtype, fault)| NamedFault { fault, probe, names: vec![name(rtype)] };
        faults.into_iter().take(if same { 1 } else { 2 }).map(named).collect()
    }
}

/// Puts names with the same fault together.
fn group<'a>(faults: impl Iterator<Item = NamedFault<'a>>) -> Vec<NamedFault<'a>> {
    let mut groups: Vec<NamedFault> = Vec::new();
    for fault in faults {
        match groups.iter_mut().find(|group| group.fault.kind == fault.fault.kind) {
            Some(group) => group.names.extend(fault.names),
            None => groups.push(fault),
        }
    }
    groups
}
