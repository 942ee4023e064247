//! The names that servers are asked for, with their questions and what is expected.

use std::borrow::Cow;

use common::dns::{Name, NameError, Question};

use crate::expect::Expect;
use crate::name::{plain, random_question};
use crate::net::Nets;
use crate::probe::{Absent, AbsentAs, Probe, Side};

/// A name with its questions.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// As it is printed.
    pub(crate) name: String,
    pub(crate) questions: Vec<Question>,
    pub(crate) role: Role,
    /// The internal zone of the name, if it has one: only that zone must deny it.
    pub(crate) zone: Option<Name>,
}

/// What is expected of a name.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    /// A name of `--internal` or `--external`.
    Known {
        side: Side,
        expect: Expect,
        /// The networks of its addresses; `None` if EXPECT lists addresses.
        nets: Option<Nets>,
    },
    /// A name of `--absent`.
    Absent(AbsentAs),
    /// A name that no cache has. An internal one must be denied by its zone. An external one must not have an address.
    Random(Side),
}

impl Subject {
    /// A name that must exist.
    pub(crate) fn known(probe: &Probe, nets: &Nets, zone: Option<Name>) -> Self {
        let nets = Some(nets.clone()).filter(|_| !probe.expect.lists_addresses());
        let role = Role::Known { side: probe.side, expect: probe.expect.clone(), nets };
        Self { name: probe.name.clone(), questions: probe.questions.clone(), role, zone }
    }

    /// A name that must not exist.
    pub(crate) fn absent(absent: &Absent, zone: Option<Name>) -> Self {
        let role = Role::Absent(absent.expect);
        Self { name: absent.name.clone(), questions: absent.questions.clone(), role, zone }
    }

    /// A name below `parent` that nobody has asked for before.
    ///
    /// # Errors
    /// When the parent is so long that no label fits before it.
    pub(crate) fn random(side: Side, parent: &Name, zone: Option<Name>) -> Result<Self, NameError> {
        let question = random_question(parent)?;
        let name = format!("(random).{}", plain(parent));
        Ok(Self { name, questions: vec![question], role: Role::Random(side), zone })
    }

    /// The side that the name belongs to.
    pub(crate) fn side(&self) -> Side {
        match &self.role {
            Role::Known { side, .. } | Role::Random(side) => *side,
            Role::Absent(_) if self.zone.is_some() => Side::Internal,
            Role::Absent(_) => Side::External,
        }
    }

    pub(crate) fn is_known(&self, wanted: Side) -> bool {
        matches!(&self.role, Role::Known { side, .. } if *side == wanted)
    }

    pub(crate) fn is_random(&self) -> bool {
        matches!(self.role, Role::Random(_))
    }
}

impl common::Subject for Subject {
    /// A name may be given several times, each with another type.
    fn key(&self) -> Cow<'_, str> {
        let types: Vec<_> = self.questions.iter().map(|question| question.rtype().to_string()).collect();
        format!("name {} {}", self.name, types.join(" ")).into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }
}

#[cfg(test)]
mod tests;
