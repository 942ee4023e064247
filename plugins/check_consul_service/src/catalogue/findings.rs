//! The facts that are judged.

use common::FindingSpec;

use crate::dns::catalogue::{
    DNS_DEAD, DNS_FOREIGN, DNS_INCOMPLETE, DNS_NOTHING, DNS_STALE, DNS_TRANSPORT, DNS_UNSETTLED, DNS_UNUSABLE,
};

pub(crate) static NOT_REGISTERED: FindingSpec =
    FindingSpec::critical("not-registered", "Consul knows no instance of the service, and ACLs hide none");

pub(crate) static NO_LEADER: FindingSpec =
    FindingSpec::critical("no-leader", "no agent reaches a leader, so no health is current");

pub(crate) static TWO_LEADERS: FindingSpec =
    FindingSpec::critical("two-leaders", "agents of one datacenter name different leaders, twice");

pub(crate) static NO_AGENT: FindingSpec = FindingSpec::critical("no-agent", "no agent gives a usable answer");

pub(crate) static AGENT_UNREACHABLE: FindingSpec =
    FindingSpec::warning("agent-unreachable", "an agent refuses or is silent while others answer");

pub(crate) static AGENT_ERROR: FindingSpec = FindingSpec::warning("agent-error", "an agent answers wrongly");

pub(crate) static AGENTS_DISAGREE: FindingSpec =
    FindingSpec::warning("agents-disagree", "two servers hold different instances or states, twice");

pub(crate) static CATALOG_DRIFT: FindingSpec = FindingSpec::warning(
    "catalog-drift",
    "twice, an agent and the catalog disagreed about an instance on the agent's own node",
);

pub(crate) static OTHER_DATACENTER: FindingSpec =
    FindingSpec::unknown("other-datacenter", "the agents belong to different datacenters, so they cannot be compared");

pub(crate) static AUTOPILOT_UNHEALTHY: FindingSpec =
    FindingSpec::warning("autopilot-unhealthy", "Consul's autopilot holds a server unhealthy");

pub(crate) static ACCESS_DENIED: FindingSpec = FindingSpec::unknown("access-denied", "an agent denies access (ACL)");

pub(crate) static ACCESS_FILTERED: FindingSpec =
    FindingSpec::unknown("access-filtered", "ACLs hide instances, or may have hidden all");

pub(crate) static TLS_UNTRUSTED: FindingSpec =
    FindingSpec::unknown("tls-untrusted", "no TLS connection that both sides trust");

pub(crate) static RATE_LIMITED: FindingSpec =
    FindingSpec::unknown("rate-limited", "an agent or a server limits the rate of reads");

pub(crate) static NOT_ASKED: FindingSpec = FindingSpec::unknown(
    "not-asked",
    "this host could not ask: a limit, no route, no address family or no name lookup; or the question was rejected",
);

pub(crate) static INSTANCE_CRITICAL: FindingSpec =
    FindingSpec::warning("instance-critical", "an instance or its node has a critical check");

pub(crate) static INSTANCE_WARNING: FindingSpec =
    FindingSpec::warning("instance-warning", "an instance or its node has a check in warning");

pub(crate) static INSTANCE_MAINTENANCE: FindingSpec =
    FindingSpec::warning("instance-maintenance", "an instance or its node is in maintenance");

pub(crate) static NO_CHECK: FindingSpec =
    FindingSpec::warning("no-check", "an instance has no check of its own: it passes as long as its agent lives");

pub(crate) static ONLY_TCP: FindingSpec =
    FindingSpec::ok("only-tcp", "all that is checked of an instance is whether a port accepts connections");

pub(crate) static CHECK_MISSING: FindingSpec =
    FindingSpec::warning("check-missing", "an instance has no check that matches --require-check");

pub(crate) static CASE_TWINS: FindingSpec =
    FindingSpec::warning("case-twins", "services whose names differ only in case: one look-up finds both");

pub(crate) static DUPLICATE_ADDRESS: FindingSpec =
    FindingSpec::warning("duplicate-address", "two instances have the same address and port");

pub(super) static FINDINGS: [&FindingSpec; 31] = [
    &NOT_REGISTERED,
    &NO_LEADER,
    &TWO_LEADERS,
    &NO_AGENT,
    &AGENT_UNREACHABLE,
    &AGENT_ERROR,
    &AGENTS_DISAGREE,
    &CATALOG_DRIFT,
    &OTHER_DATACENTER,
    &AUTOPILOT_UNHEALTHY,
    &ACCESS_DENIED,
    &ACCESS_FILTERED,
    &TLS_UNTRUSTED,
    &RATE_LIMITED,
    &NOT_ASKED,
    &INSTANCE_CRITICAL,
    &INSTANCE_WARNING,
    &INSTANCE_MAINTENANCE,
    &NO_CHECK,
    &ONLY_TCP,
    &CHECK_MISSING,
    &CASE_TWINS,
    &DUPLICATE_ADDRESS,
    &DNS_DEAD,
    &DNS_NOTHING,
    &DNS_STALE,
    &DNS_UNUSABLE,
    &DNS_INCOMPLETE,
    &DNS_FOREIGN,
    &DNS_TRANSPORT,
    &DNS_UNSETTLED,
];
