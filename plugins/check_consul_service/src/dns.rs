//! Whether DNS tells the same as the API: what clients connect to is what a name server says, and nothing else.
//!
//! Consul's DNS leaves out what is critical or in maintenance, and hands out what is in warning unless
//! `dns_config.only_passing` is set. So an answer is right when it names every passing instance, and none that is
//! neither passing nor in warning.

pub(crate) mod catalogue;

mod case;
mod compare;
mod details;
mod fault;
mod grace;
mod judge;
mod lookup;
mod remedy;
mod srv;
#[cfg(test)]
pub(crate) mod tests;

use std::net::IpAddr;
use std::time::Duration;

use common::dns::{Question, RecordType, Reply, Server};
use common::wording::list;

use crate::snapshot::Condition;

pub(crate) use case::Case;
pub(crate) use compare::{Comparison, compare};
pub(crate) use details::requests;
pub(crate) use grace::{Grace, grace_after};
pub(crate) use judge::judge;
pub(crate) use lookup::{Activity, Lookup};

/// Where a name server has its answers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is Consul's own, on port 8600 by default.
    Consul,
    /// It forwards the zone to Consul, and may keep the answers for as long as their TTL lets it.
    Forwarder,
}

/// A name server to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameServer {
    pub(crate) server: Server,
    pub(crate) role: Role,
}

/// The questions for the name of the service.
#[derive(Clone, Debug)]
pub(crate) struct Questions {
    /// As it is asked and printed: in ASCII, without the dot at its end.
    pub(crate) name: String,
    pub(crate) a: Question,
    pub(crate) aaaa: Question,
    pub(crate) srv: Question,
}

impl Questions {
    /// The questions for an absolute name, such as `galeradb.service.consul`.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let question = |rtype| Question::new(name, rtype).map_err(|error| error.to_string());
        let (a, aaaa, srv) = (question(RecordType::A)?, question(RecordType::Aaaa)?, question(RecordType::Srv)?);
        let name = a.name().to_ascii().trim_end_matches('.').to_owned();
        Ok(Self { name, a, aaaa, srv })
    }
}

/// What a name server said to all questions.
#[derive(Clone, Debug)]
pub(crate) struct ServerAnswers {
    pub(crate) server: NameServer,
    /// How long a server that says nothing was waited for.
    pub(crate) patience: Duration,
    pub(crate) a: Both,
    pub(crate) aaaa: Both,
    pub(crate) srv: Both,
}

impl ServerAnswers {
    fn questions(&self) -> [(RecordType, &Both); 3] {
        [(RecordType::A, &self.a), (RecordType::Aaaa, &self.aaaa), (RecordType::Srv, &self.srv)]
    }
}

/// What came of one question over both transports.
#[derive(Clone, Debug)]
pub(crate) struct Both {
    pub(crate) udp: Reply,
    pub(crate) tcp: Reply,
}

/// Why what name servers said cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsettled {
    /// Too much changed meanwhile: nothing stood still, or time was left for one round only.
    Moving,
    /// The API could not be read again.
    Unread,
    /// No time was left to ask.
    NoTime,
}

/// What the API says of the instances.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The instances that stood still in all looks at the API.
    pub(crate) instances: Vec<Known>,
    /// The instances that did not, with each of their addresses. DNS may name them or not.
    pub(crate) changed: Vec<Known>,
    /// Whether something came and went that no look showed: it may have had any address.
    pub(crate) unseen: bool,
    /// Whether these are all instances of the name that is asked for. What a filter hides may be handed out too.
    pub(crate) whole: bool,
    /// Whether DNS is set to leave out what is in warning, where that is known. It does not change what is right.
    pub(crate) only_passing: Option<bool>,
}

impl Expected {
    /// Whether DNS must name anything.
    fn has_passing(&self) -> bool {
        self.instances.iter().any(|known| known.standing == Condition::Passing)
    }

    /// Whether some instance that may be handed out is known by a host name, so that an alias may lead to it.
    fn has_alias(&self) -> bool {
        let usable = self.instances.iter().filter(|known| known.standing.is_usable());
        usable.chain(&self.changed).any(|known| known.ip.is_none())
    }

    /// Whether an answer that denies the name, or has no record of this type, may have been right when it was given.
    fn may_deny(&self, rtype: RecordType) -> bool {
        let is_still = self.changed.is_empty() && !self.unseen;
        let has = |known: &Known| match rtype {
            RecordType::A => known.ip.is_none_or(|ip| ip.is_ipv4()),
            RecordType::Aaaa => known.ip.is_none_or(|ip| ip.is_ipv6()),
            _ => true,
        };
        !is_still && !self.instances.iter().any(|known| known.standing == Condition::Passing && has(known))
    }

    /// Whether nothing stood still.
    pub(crate) fn is_blank(&self) -> bool {
        self.instances.is_empty() && (self.unseen || !self.changed.is_empty())
    }
}

/// An instance, as the API knows it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// What the output calls it.
    pub(crate) name: String,
    /// None when its address is a host name, which DNS answers with an alias: that cannot be compared.
    pub(crate) ip: Option<IpAddr>,
    /// None when it has no port, for which SRV has a zero.
    pub(crate) port: Option<u16>,
    /// The name of its node.
    pub(crate) node: String,
    pub(crate) standing: Condition,
}
