//! What `check_galera` measures and finds.

use common::{Catalogue, Default, FindingSpec, MetricSpec, MetricUnit, ServiceState};

pub(crate) static MEMBERS: MetricSpec = MetricSpec {
    id: "members",
    unit: MetricUnit::None,
    help: "members of the Primary component, as its nodes count them",
    warning: Default::Derived("EXPECT:"),
    critical: Default::Derived("EXPECT/2+1:"),
};

pub(crate) static SYNCED: MetricSpec = MetricSpec {
    id: "synced",
    unit: MetricUnit::None,
    help: "nodes asked that are Primary, ready, and synced or donors; S is EXPECT, or the nodes asked if fewer",
    warning: Default::Derived("S:"),
    critical: Default::Derived("S/2+1:"),
};

pub(crate) static PRIMARY: MetricSpec = MetricSpec {
    id: "primary",
    unit: MetricUnit::None,
    help: "nodes asked that are in a Primary component",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static UNREACHABLE: MetricSpec = MetricSpec {
    id: "unreachable",
    unit: MetricUnit::None,
    help: "nodes asked that gave no answer",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static QUERY_TIME: MetricSpec = MetricSpec {
    id: "query_time",
    unit: MetricUnit::Seconds,
    help: "slowest node's time to connect, log in and answer",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static NO_PRIMARY: FindingSpec = FindingSpec {
    id: "no-primary",
    severity: ServiceState::Critical,
    help: "no node that answers is in a Primary component",
};

pub(crate) static CLUSTER_DOWN: FindingSpec =
    FindingSpec { id: "cluster-down", severity: ServiceState::Critical, help: "no node answers" };

pub(crate) static SPLIT_BRAIN: FindingSpec = FindingSpec {
    id: "split-brain",
    severity: ServiceState::Critical,
    help: "Primary nodes that cannot be members of one group",
};

pub(crate) static NODE_UNREACHABLE: FindingSpec = FindingSpec {
    id: "node-unreachable",
    severity: ServiceState::Warning,
    help: "a node refuses, is silent or answers with an error",
};

pub(crate) static NODE_NOT_PRIMARY: FindingSpec =
    FindingSpec { id: "node-not-primary", severity: ServiceState::Warning, help: "a node is in no Primary component" };

pub(crate) static NODE_INCONSISTENT: FindingSpec = FindingSpec {
    id: "node-inconsistent",
    severity: ServiceState::Warning,
    help: "a node left the group because its data differ",
};

pub(crate) static NODE_NOT_READY: FindingSpec =
    FindingSpec { id: "node-not-ready", severity: ServiceState::Warning, help: "wsrep_ready is OFF" };

pub(crate) static NODE_NOT_SYNCED: FindingSpec = FindingSpec {
    id: "node-not-synced",
    severity: ServiceState::Warning,
    help: "a node is joining or has yet to catch up",
};

pub(crate) static NODE_DONOR: FindingSpec = FindingSpec {
    id: "node-donor",
    severity: ServiceState::Ok,
    help: "a node is donor or desynced, as during a backup",
};

pub(crate) static NODE_REJECTS_QUERIES: FindingSpec =
    FindingSpec { id: "node-rejects-queries", severity: ServiceState::Warning, help: "wsrep_reject_queries is set" };

pub(crate) static WSREP_OFF: FindingSpec = FindingSpec {
    id: "wsrep-off",
    severity: ServiceState::Critical,
    help: "wsrep_on is OFF: a node does not replicate its writes",
};

pub(crate) static NOT_GALERA: FindingSpec = FindingSpec {
    id: "not-galera",
    severity: ServiceState::Unknown,
    help: "a server runs without the Galera provider",
};

pub(crate) static UNREADABLE: FindingSpec = FindingSpec {
    id: "unreadable",
    severity: ServiceState::Unknown,
    help: "a wsrep status variable is missing or not understood",
};

pub(crate) static ACCESS_DENIED: FindingSpec =
    FindingSpec { id: "access-denied", severity: ServiceState::Unknown, help: "a node does not let the check log in" };

pub(crate) static NOT_ASKED: FindingSpec = FindingSpec {
    id: "not-asked",
    severity: ServiceState::Unknown,
    help: "our own side keeps the check from asking a node",
};

/// What `check_galera` can say.
pub static CATALOGUE: Catalogue = Catalogue {
    service: "GALERA",
    metrics: &[&MEMBERS, &SYNCED, &PRIMARY, &UNREACHABLE, &QUERY_TIME],
    findings: &[
        &NO_PRIMARY,
        &CLUSTER_DOWN,
        &SPLIT_BRAIN,
        &NODE_UNREACHABLE,
        &NODE_NOT_PRIMARY,
        &NODE_INCONSISTENT,
        &NODE_NOT_READY,
        &NODE_NOT_SYNCED,
        &NODE_DONOR,
        &NODE_REJECTS_QUERIES,
        &WSREP_OFF,
        &NOT_GALERA,
        &UNREADABLE,
        &ACCESS_DENIED,
        &NOT_ASKED,
    ],
};
