//! What the source of the inside names says of them, and whether it says anything.

use std::time::Duration;

use common::Report;
use common::dns::{Failure, FailureKind, Reading};

use super::look;
use super::scene::Scene;
use super::servers::{self, Part};
use crate::catalogue::UPSTREAM_FAILS;
use crate::snapshot::{Asked, Cell};
use crate::subject::{Subject, is_consul, plain};

/// What the source says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Upstream {
    Has,
    Denies,
    /// It gives no answer, in words that follow its name.
    Fails(String),
}

impl Upstream {
    /// None when it was not asked.
    pub(super) fn of(asked: &Asked, subject: &Subject, subjects: &[Subject], patience: Duration) -> Option<Self> {
        let index = subjects.iter().position(|other| std::ptr::eq(other, subject))?;
        let said: Vec<_> = said(asked.cells.get(index)?, patience).collect();
        let has = |said: &Reading| {
            look::answer(said).is_some_and(|answer| !answer.cnames.is_empty() || matches!(said, Reading::Found(_)))
        };
        if said.iter().any(has) {
            return Some(Self::Has);
        }
        if said.iter().any(look::has_answered) {
            return Some(Self::Denies);
        }
        // Who refuses is no source of this name: several zones may have several.
        let failure = said.iter().find_map(look::failure).filter(|failure| failure.kind != FailureKind::Refused)?;
        Some(Self::Fails(failure.words.clone()))
    }
}

fn said(cell: &Cell, patience: Duration) -> impl Iterator<Item = Reading<'_>> {
    (0..cell.replies.len()).filter_map(move |index| look::said(cell, index, patience))
}

/// A source that fails: what servers still hand out is stale, or comes from elsewhere.
pub(super) fn judge(report: &mut Report, scene: &Scene) {
    let Some(asked) = &scene.snapshot.upstream else { return };
    let Asked { server, cells, .. } = asked;
    let named = cells.iter().zip(&scene.policy.subjects);
    let said: Vec<_> = named
        .flat_map(|(cell, subject)| said(cell, scene.snapshot.patience).map(move |said| (subject, said)))
        .collect();
    let is_source = said.iter().any(|(_, said)| look::has_answered(said));
    let counts = |failure: &&Failure| !(is_source && failure.kind == FailureKind::Refused);
    let failure = said.iter().find_map(|(subject, said)| Some((subject, look::failure(said).filter(counts)?)));
    if let Some((subject, failure)) = failure {
        let zone = subject.zone.as_ref();
        let source = if zone.is_some_and(is_consul) { "Consul" } else { "its server" };
        let dig = server.dig(&format!("{} SOA", zone.map(plain).unwrap_or_default()));
        let remedy = format!("is {source} up there, with its DNS at that port? {dig}");
        let reason = format!("{} {}", subject.name, failure.words);
        let words = format!("{}: {reason}", server.name);
        let said = report.finding(&UPSTREAM_FAILS).of(asked).words(words);
        said.reason(&reason, failure.kind.word()).remedy(remedy);
    } else if let Some(fault) = said.iter().find_map(|(_, said)| look::not_asked(said)) {
        servers::not_asked(report, asked, fault, Part::All);
    }
}
