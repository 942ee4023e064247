//! The numbers that are judged.

use common::{Default, MetricSpec, MetricUnit};

use crate::dns::catalogue::{DNS_SERVERS, DNS_SERVERS_RIGHT, DNS_TIME};

pub(crate) static INSTANCES_PASSING: MetricSpec = MetricSpec::judged(
    "instances_passing",
    MetricUnit::None,
    Default::Derived("EXPECT:"),
    Default::Derived("EXPECT/2+1:"),
    "instances whose checks all pass",
)
.higher_is_better()
.explained("Without `--expect` there is no `-w`, and `-c` is `1:`.");

pub(crate) static PASSING_PERCENT: MetricSpec = MetricSpec::plain(
    "passing_percent",
    MetricUnit::Percent,
    "instances whose checks all pass, of those expected or else registered",
)
.higher_is_better()
.explained("Rounded down. A threshold on it switches off the default for `instances_passing`.");

pub(crate) static INSTANCES_WARNING: MetricSpec = count("instances_warning", "instances with a check in warning")
    .explained("DNS still names them unless `only_passing` is set.");

pub(crate) static INSTANCES_CRITICAL: MetricSpec = count("instances_critical", "instances with a critical check");

pub(crate) static INSTANCES_MAINTENANCE: MetricSpec =
    count("instances_maintenance", "instances in maintenance, their own or their node's");

pub(crate) static INSTANCES_REGISTERED: MetricSpec =
    count("instances_registered", "instances in the catalog").higher_is_better();

pub(crate) static INSTANCES_VANISHED: MetricSpec = MetricSpec::judged(
    "instances_vanished",
    MetricUnit::None,
    Default::Range("0"),
    Default::None,
    "instances that disappeared within `--vanished-hold` and were not replaced",
)
.from_history()
.explained(
    "They were registered in earlier runs, are not now, and as many new ones did not come. While at least `EXPECT` \
     instances are left, none counts as vanished. Not measured with `--filter`.",
);

pub(crate) static STATUS_CHANGES: MetricSpec = MetricSpec::judged(
    "status_changes",
    MetricUnit::None,
    Default::Range("3"),
    Default::None,
    "changes of status within an hour, of the instance that changed most",
)
.from_history()
.explained("As far as the runs saw them. Going into maintenance and out of it does not count.");

pub(crate) static MAINTENANCE_AGE: MetricSpec = MetricSpec::judged(
    "maintenance_age",
    MetricUnit::Seconds,
    Default::Range("86400"),
    Default::None,
    "age of the oldest maintenance, as far as earlier runs saw it",
)
.from_history()
.explained("0 when no instance is in maintenance.");

pub(crate) static AGENTS_UP: MetricSpec = count("agents_up", "agents that answered as Consul does").higher_is_better();

pub(crate) static LEADER_KNOWN: MetricSpec =
    count("leader_known", "1 when the servers have a leader, else 0").higher_is_better();

pub(crate) static RAFT_PEERS: MetricSpec = count("raft_peers", "servers that have a vote").higher_is_better();

pub(crate) static RAFT_PEERS_ALIVE: MetricSpec =
    count("raft_peers_alive", "servers that have a vote and that gossip calls alive").higher_is_better();

pub(crate) static FAILURE_TOLERANCE: MetricSpec = MetricSpec::judged(
    "failure_tolerance",
    MetricUnit::None,
    Default::Derived("1:"),
    Default::None,
    "servers that may be lost before the rest has no quorum",
)
.higher_is_better()
.explained("The default applies where 3 or more servers vote.");

pub(crate) static LAST_CONTACT: MetricSpec = MetricSpec::judged(
    "last_contact",
    MetricUnit::Seconds,
    Default::Range("5"),
    Default::Range("30"),
    "time since the most outdated server last heard from the leader",
);

pub(crate) static API_TIME: MetricSpec =
    MetricSpec::plain("api_time", MetricUnit::Seconds, "slowest useful answer of an agent");

pub(super) static METRICS: [&MetricSpec; 19] = [
    &INSTANCES_PASSING,
    &PASSING_PERCENT,
    &INSTANCES_WARNING,
    &INSTANCES_CRITICAL,
    &INSTANCES_MAINTENANCE,
    &INSTANCES_REGISTERED,
    &INSTANCES_VANISHED,
    &STATUS_CHANGES,
    &MAINTENANCE_AGE,
    &AGENTS_UP,
    &LEADER_KNOWN,
    &RAFT_PEERS,
    &RAFT_PEERS_ALIVE,
    &FAILURE_TOLERANCE,
    &LAST_CONTACT,
    &API_TIME,
    &DNS_SERVERS,
    &DNS_SERVERS_RIGHT,
    &DNS_TIME,
];

/// A number of things, without default thresholds.
const fn count(id: &'static str, help: &'static str) -> MetricSpec {
    MetricSpec::plain(id, MetricUnit::None, help)
}
