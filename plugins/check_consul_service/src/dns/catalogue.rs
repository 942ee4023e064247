//! What is measured and found about DNS.

use common::{Default, FindingSpec, MetricSpec, MetricUnit, ServiceState};

pub(crate) static DNS_SERVERS: MetricSpec = MetricSpec {
    id: "dns_servers",
    unit: MetricUnit::None,
    help: "name servers that were asked",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static DNS_SERVERS_RIGHT: MetricSpec = MetricSpec {
    id: "dns_servers_right",
    unit: MetricUnit::None,
    help: "name servers that tell the same as the API",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static DNS_TIME: MetricSpec = MetricSpec {
    id: "dns_time",
    unit: MetricUnit::Seconds,
    help: "slowest answer of a name server",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static DNS_DEAD: FindingSpec = FindingSpec {
    id: "dns-dead",
    severity: ServiceState::Critical,
    help: "DNS hands out a critical instance or one in maintenance, beyond its TTL",
};

pub(crate) static DNS_NOTHING: FindingSpec = FindingSpec {
    id: "dns-nothing",
    severity: ServiceState::Critical,
    help: "instances pass, but no name server names any that is usable",
};

pub(crate) static DNS_STALE: FindingSpec = FindingSpec {
    id: "dns-stale",
    severity: ServiceState::Warning,
    help: "a forwarder still hands out such an instance, within its TTL",
};

pub(crate) static DNS_UNUSABLE: FindingSpec = FindingSpec {
    id: "dns-unusable",
    severity: ServiceState::Warning,
    help: "a name server fails, or denies a name that has passing instances",
};

pub(crate) static DNS_INCOMPLETE: FindingSpec = FindingSpec {
    id: "dns-incomplete",
    severity: ServiceState::Warning,
    help: "a name server leaves out a passing instance",
};

pub(crate) static DNS_FOREIGN: FindingSpec = FindingSpec {
    id: "dns-foreign",
    severity: ServiceState::Warning,
    help: "a name server hands out an address or port that no instance has",
};

pub(crate) static DNS_TRANSPORT: FindingSpec = FindingSpec {
    id: "dns-transport",
    severity: ServiceState::Warning,
    help: "a name server answers only one of UDP and TCP well",
};

pub(crate) static DNS_UNSETTLED: FindingSpec = FindingSpec {
    id: "dns-unsettled",
    severity: ServiceState::Unknown,
    help: "the instances kept changing while DNS was asked",
};
