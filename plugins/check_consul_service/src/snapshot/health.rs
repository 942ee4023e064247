//! The service's health, as one agent answered it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::check::Condition;
use super::instance::{Instance, Key};

/// `/v1/health/service/NAME` with its headers.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent headers of the API")]
pub(crate) struct Health {
    pub(crate) instances: Vec<Instance>,
    /// `X-Consul-Knownleader`: whether the server that answered knows a leader.
    pub(crate) known_leader: bool,
    /// `X-Consul-Lastcontact`: time since that server last heard from the leader.
    pub(crate) last_contact: Option<Duration>,
    /// `X-Consul-Index`: the raft index of the answer.
    pub(crate) index: Option<u64>,
    /// `X-Consul-Results-Filtered-By-ACLs` (1.11 and newer): whether our token may not see all of it.
    pub(crate) filtered: bool,
    /// `X-Consul-Default-ACL-Policy: deny` (1.11 and newer); sent even where ACLs are off.
    pub(crate) default_deny: bool,
    /// Whether that header is there, and so the one before it where it applies.
    pub(crate) tells_filtering: bool,
}

impl Health {
    /// Whether it has no instance at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }

    /// Every instance with its address and its condition.
    pub(crate) fn conditions(&self) -> BTreeSet<(&Key, String, Condition)> {
        self.instances.iter().map(|one| (&one.key, one.address.to_string(), Condition::of(&one.checks))).collect()
    }
}
