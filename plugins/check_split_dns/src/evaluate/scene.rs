//! All servers seen together.

use std::time::Duration;

use super::client::{Fate, wait};
use super::upstream::Upstream;
use super::verdict::Verdict;
use crate::policy::Policy;
use crate::probe::Side;
use crate::snapshot::{Asked, Snapshot};
use crate::subject::{Role, Subject};

/// What was seen, and the verdicts on it.
pub(super) struct Scene<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) policy: &'a Policy,
    pub(super) verdicts: Vec<Verdict<'a>>,
}

impl<'a> Scene<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, policy: &'a Policy) -> Self {
        let judge = |asked| Verdict::of(asked, &policy.subjects, snapshot.patience);
        Self { snapshot, policy, verdicts: snapshot.servers.iter().map(judge).collect() }
    }

    pub(super) fn total(&self) -> usize {
        self.verdicts.len()
    }

    pub(super) fn good(&self) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.is_good()).count()
    }

    /// The servers that do not give every name a right answer.
    pub(super) fn not_good(&self) -> impl Iterator<Item = &'a Asked> {
        self.verdicts.iter().filter(|verdict| !verdict.is_good()).map(|verdict| verdict.asked)
    }

    /// Whether every server has random inside names denied by their own zones.
    pub(super) fn is_kept_inside(&self) -> bool {
        let names = self.verdicts.iter().flat_map(|verdict| &verdict.names);
        let mut random = names.filter(|name| matches!(name.subject.role, Role::Random(Side::Internal))).peekable();
        random.peek().is_some() && random.all(|name| name.faults.is_empty())
    }

    /// What the source of the inside names says of this one; none when it was not asked.
    pub(super) fn upstream(&self, subject: &Subject) -> Option<Upstream> {
        let asked = self.snapshot.upstream.as_ref()?;
        Upstream::of(asked, subject, &self.policy.subjects, self.snapshot.patience)
    }

    /// How long every lookup of a name waits for this server before another one answers; none when it does not.
    ///
    /// It does when no server before it answers that name, and one behind it does. Where servers take turns, each is
    /// the first of some lookups.
    pub(super) fn wait_for(&self, place: usize, subject: usize) -> Option<Duration> {
        let fate =
            |verdict: &Verdict| verdict.names.get(subject).and_then(|name| Fate::of(name, self.snapshot.patience));
        let fates: Vec<_> = self.verdicts.iter().map(fate).collect();
        let answers = |fate: &Option<Fate>| matches!(fate, Some(Fate::Answered | Fate::AnsweredLate));
        let may_answer = |fate: &Option<Fate>| fate.is_none() || answers(fate);
        let (before, rest) = fates.split_at_checked(place)?;
        let (own, behind) = rest.split_first()?;
        // Where servers take turns, each has its turn, and all others are behind it.
        let (turn, is_asked, is_helped) = if self.policy.clients.rotate {
            (0, true, before.iter().chain(behind).any(answers))
        } else {
            (place, !before.iter().any(may_answer), behind.iter().any(answers))
        };
        let gets_on = match own {
            Some(Fate::Waits) => is_helped,
            Some(Fate::AnsweredLate) => true,
            _ => false,
        };
        (is_asked && gets_on).then(|| wait(turn, self.total(), self.policy.clients.timeout))
    }

    /// The longest such wait, over all names that are looked up.
    pub(super) fn longest_wait_for(&self, place: usize) -> Option<Duration> {
        let subjects = self.policy.subjects.iter().enumerate();
        let looked_up = subjects.filter(|(_, subject)| !subject.is_random());
        looked_up.filter_map(|(index, _)| self.wait_for(place, index)).max()
    }
}
