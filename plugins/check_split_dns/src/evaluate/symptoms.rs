//! The circumstances of a fault.

use common::dns::{Denial, Reading, RecordType, Reply};

use super::fault_group::FaultGroup;
use crate::model::reading::is_answered;
use crate::model::{FaultKind, Lookup, NameServer, Origin, Resolution, UpstreamAnswer};
use crate::probe::Side;
use crate::snapshot::Diagnosis;
use crate::subject::{Role, Subject};

/// The symptoms that tell the cause of a fault of a server that answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent symptoms")]
pub(super) struct Symptoms {
    /// The result of asking without DNSSEC validation.
    pub(super) unchecked: Option<Unchecked>,
    /// The result for a random name of the same side.
    pub(super) random: Option<Random>,
    /// Whether some name of the other side is answered.
    pub(super) is_other_side_fine: bool,
    /// Whether another type of the same name is answered.
    pub(super) is_other_type_found: bool,
    /// Whether caches may keep the denial for a while.
    pub(super) is_cached: bool,
    /// Whether another server has the name.
    pub(super) do_others_have_it: bool,
    /// The answer of the source of the internal names.
    pub(super) upstream: Option<UpstreamAnswer>,
    /// Whether the server offers no recursion.
    pub(super) is_without_recursion: bool,
    /// Whether the same question is answered over TCP.
    pub(super) is_answered_over_tcp: bool,
}

/// The result of asking without DNSSEC validation (CD=1), and for a new name with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unchecked {
    /// It fails without validation too.
    Fails,
    /// Only the validation fails.
    Answers,
    /// A name below it is validated: the failure was over, or this name alone fails.
    Over,
}

/// The result for a random name, which no cache has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Random {
    /// It is denied as it should be: an internal name by its own zone, an external name by any zone.
    Denied,
    DeniedWithoutSoa,
    Leaked,
    Invented,
    Fails,
}

impl Symptoms {
    pub(super) fn of(group: &FaultGroup, server: &NameServer, resolution: &Resolution) -> Self {
        let side = group.side();
        let same_name = server.lookups.get(group.index);
        let mut other_side = server.lookups.iter().filter(|lookup| lookup.subject.side() != side);
        let has_name = |other: &NameServer| other.lookups.get(group.index).is_some_and(|lookup| lookup.is_served);
        Self {
            unchecked: server
                .asked
                .diagnosis
                .as_ref()
                .and_then(|diagnosis| unchecked(diagnosis, group.subject, resolution)),
            random: random(server, side, group.subject),
            is_other_side_fine: other_side.any(|lookup| lookup.latest().any(is_answered)),
            is_other_type_found: same_name
                .is_some_and(|lookup| lookup.latest().any(|reading| matches!(reading, Reading::Found(_)))),
            is_cached: group.fault.is_cached,
            do_others_have_it: resolution.servers.iter().any(has_name),
            upstream: resolution.upstream_answer(group.index),
            is_without_recursion: server.offers_no_recursion(),
            is_answered_over_tcp: same_name.is_some_and(|lookup| is_answered_over_tcp(lookup, group.rtype)),
        }
    }
}

/// The result of a diagnosis for the name that it was made for. An internal zone is forwarded as a whole, so that it is
/// also the result for the other names of the zone.
fn unchecked(diagnosis: &Diagnosis, subject: &Subject, resolution: &Resolution) -> Option<Unchecked> {
    let diagnosed = resolution.subjects.iter().find(|other| other.questions.contains(&diagnosis.question))?;
    let is_of_zone = subject.zone.is_some() && diagnosed.zone == subject.zone;
    if !is_of_zone && !std::ptr::eq(diagnosed, subject) {
        return None;
    }
    let answers = |reply: &Reply| is_answered(&Reading::of(reply, resolution.snapshot.patience));
    Some(match (answers(&diagnosis.unchecked), answers(&diagnosis.fresh)) {
        (false, _) => Unchecked::Fails,
        (true, false) => Unchecked::Answers,
        (true, true) => Unchecked::Over,
    })
}

/// Whether the question for this type is answered over TCP.
fn is_answered_over_tcp(lookup: &Lookup, rtype: RecordType) -> bool {
    let position = lookup.subject.questions.iter().position(|question| question.rtype() == rtype);
    let readings = position.and_then(|position| lookup.readings.get(position));
    readings.and_then(|readings| readings.over_tcp.as_ref()).is_some_and(is_answered)
}

fn random(server: &NameServer, side: Side, subject: &Subject) -> Option<Random> {
    let is_random =
        |other: &Subject| matches!(other.role, Role::Random(of) if of == side) && other.zone == subject.zone;
    let lookup = server.lookups.iter().find(|lookup| is_random(lookup.subject))?;
    let Some((_, fault)) = lookup.faults.first() else { return Some(Random::Denied) };
    match &fault.kind {
        FaultKind::Leaked { .. } => Some(Random::Leaked),
        FaultKind::Invented => Some(Random::Invented),
        FaultKind::OddDenial(Denial::NxDomain, Origin::Unknown) => Some(Random::DeniedWithoutSoa),
        FaultKind::Failed(_) => Some(Random::Fails),
        _ => None,
    }
}
