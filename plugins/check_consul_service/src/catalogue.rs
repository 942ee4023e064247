//! What `check_consul_service` measures and finds.

use common::{Catalogue, Default, FindingSpec, MetricSpec, MetricUnit, ServiceState};

pub(crate) static INSTANCES_PASSING: MetricSpec = MetricSpec {
    id: "instances_passing",
    unit: MetricUnit::None,
    help: "instances whose checks all pass",
    warning: Default::Derived("EXPECT:"),
    critical: Default::Derived("EXPECT/2+1:, without --expect 1:"),
};

pub(crate) static INSTANCES_WARNING: MetricSpec = plain("instances_warning", "instances with a check in warning");

pub(crate) static INSTANCES_CRITICAL: MetricSpec = plain("instances_critical", "instances with a critical check");

pub(crate) static INSTANCES_MAINTENANCE: MetricSpec =
    plain("instances_maintenance", "instances in maintenance, their own or their node's");

pub(crate) static INSTANCES_REGISTERED: MetricSpec = plain("instances_registered", "instances in the catalog");

pub(crate) static AGENTS_UP: MetricSpec = plain("agents_up", "agents that answered as Consul does");

pub(crate) static LEADER_KNOWN: MetricSpec = plain("leader_known", "1 when the servers have a leader, 0 when not");

pub(crate) static API_TIME: MetricSpec = MetricSpec {
    id: "api_time",
    unit: MetricUnit::Seconds,
    help: "slowest useful answer",
    warning: Default::None,
    critical: Default::None,
};

/// A number without unit and without default thresholds.
const fn plain(id: &'static str, help: &'static str) -> MetricSpec {
    MetricSpec { id, unit: MetricUnit::None, help, warning: Default::None, critical: Default::None }
}

pub(crate) static NOT_REGISTERED: FindingSpec = FindingSpec {
    id: "not-registered",
    severity: ServiceState::Critical,
    help: "Consul knows no instance of the service",
};

pub(crate) static NO_LEADER: FindingSpec = FindingSpec {
    id: "no-leader",
    severity: ServiceState::Critical,
    help: "no agent reaches a leader, so no health is current",
};

pub(crate) static NO_AGENT: FindingSpec =
    FindingSpec { id: "no-agent", severity: ServiceState::Critical, help: "no agent gives a usable answer" };

pub(crate) static AGENT_UNREACHABLE: FindingSpec = FindingSpec {
    id: "agent-unreachable",
    severity: ServiceState::Warning,
    help: "an agent refuses or is silent while others answer",
};

pub(crate) static AGENT_ERROR: FindingSpec =
    FindingSpec { id: "agent-error", severity: ServiceState::Warning, help: "an agent answers wrongly" };

pub(crate) static ACCESS_DENIED: FindingSpec =
    FindingSpec { id: "access-denied", severity: ServiceState::Unknown, help: "an agent denies access (ACL)" };

pub(crate) static INSTANCE_CRITICAL: FindingSpec = FindingSpec {
    id: "instance-critical",
    severity: ServiceState::Warning,
    help: "an instance or its node has a critical check",
};

pub(crate) static INSTANCE_WARNING: FindingSpec = FindingSpec {
    id: "instance-warning",
    severity: ServiceState::Warning,
    help: "an instance or its node has a check in warning",
};

pub(crate) static INSTANCE_MAINTENANCE: FindingSpec = FindingSpec {
    id: "instance-maintenance",
    severity: ServiceState::Warning,
    help: "an instance or its node is in maintenance",
};

pub(crate) static NOT_ASKED: FindingSpec = FindingSpec {
    id: "not-asked",
    severity: ServiceState::Unknown,
    help: "our own side keeps the check from asking an agent",
};

/// What `check_consul_service` can say.
pub static CATALOGUE: Catalogue = Catalogue {
    service: "CONSUL",
    metrics: &[
        &INSTANCES_PASSING,
        &INSTANCES_WARNING,
        &INSTANCES_CRITICAL,
        &INSTANCES_MAINTENANCE,
        &INSTANCES_REGISTERED,
        &AGENTS_UP,
        &LEADER_KNOWN,
        &API_TIME,
    ],
    findings: &[
        &NOT_REGISTERED,
        &NO_LEADER,
        &NO_AGENT,
        &AGENT_UNREACHABLE,
        &AGENT_ERROR,
        &ACCESS_DENIED,
        &NOT_ASKED,
        &INSTANCE_CRITICAL,
        &INSTANCE_WARNING,
        &INSTANCE_MAINTENANCE,
    ],
};
