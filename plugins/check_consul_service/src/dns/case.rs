//! Everything that DNS is judged by.

use common::wording;

use super::compare::Comparison;
use super::{Expected, Grace, Role, Unsettled};

/// Everything that DNS is judged by.
pub(crate) struct Case<'a> {
    /// The name that was asked for, without the dot at its end.
    pub(crate) name: &'a str,
    pub(crate) comparisons: &'a [Comparison],
    pub(crate) expected: &'a Expected,
    /// Why it cannot be judged; none when the instances stayed as they were while DNS was asked.
    pub(crate) unsettled: Option<Unsettled>,
    pub(crate) grace: &'a Grace,
    /// Whether each name server has perfdata of its own.
    pub(crate) has_series: bool,
    /// Seconds since 1970.
    pub(crate) now: f64,
}

impl<'a> Case<'a> {
    /// `DNS agrees on 1 of 3 servers`.
    pub(crate) fn summary(&self) -> String {
        let (asked, right) = (self.asked(), self.right());
        let servers = wording::count(asked, "server", "servers");
        match () {
            () if asked == 0 => "DNS was not asked".to_owned(),
            () if !self.is_settled() => format!("DNS was asked on {servers}, but not judged"),
            () if right == asked => format!("DNS agrees on {servers}"),
            () => format!("DNS agrees on {right} of {servers}"),
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.unsettled.is_none()
    }

    pub(super) fn asked(&self) -> usize {
        self.comparisons.iter().filter(|comparison| comparison.is_heard).count()
    }

    pub(super) fn right(&self) -> usize {
        self.comparisons.iter().filter(|comparison| comparison.agrees()).count()
    }

    /// Whether instances pass and no server helps clients to reach any that they can use.
    pub(super) fn is_nothing(&self) -> bool {
        let is_useful = self.comparisons.iter().any(|comparison| comparison.is_useful);
        self.is_settled() && self.expected.has_passing() && self.asked() > 0 && !is_useful
    }

    /// Whether Consul's own DNS gives something.
    pub(super) fn consul_answers(&self) -> bool {
        let mut own = self.comparisons.iter().filter(|comparison| comparison.server.role == Role::Consul);
        own.any(|comparison| comparison.is_heard && !comparison.has_whole_fault())
    }

    /// Whether the Consul on the same host as this server was asked too, and fails.
    pub(super) fn consul_beside_fails(&self, server: &Comparison) -> bool {
        let ip = server.server.server.address.ip();
        let beside = |one: &&Comparison| one.server.role == Role::Consul && one.server.server.address.ip() == ip;
        self.comparisons.iter().find(beside).is_some_and(Comparison::has_whole_fault)
    }

    pub(super) fn dig(&self, servers: &[&'a Comparison]) -> String {
        servers.first().map_or_else(String::new, |comparison| comparison.server.server.dig(self.name))
    }
}
