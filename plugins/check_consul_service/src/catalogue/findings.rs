//! The facts that are judged.

use common::FindingSpec;

use crate::dns::catalogue::{
    DNS_DEAD, DNS_FOREIGN, DNS_INCOMPLETE, DNS_NOTHING, DNS_STALE, DNS_TRANSPORT, DNS_UNSETTLED, DNS_UNUSABLE,
};

pub(crate) static NOT_REGISTERED: FindingSpec = FindingSpec::critical(
    "not-registered",
    "Consul knows no instance of the service, and ACLs hide none",
)
.explained(
    "The text says which it is: an unknown service, one whose instances are all gone, none with the tag, or one whose \
     name differs in upper and lower case.",
);

pub(crate) static NO_LEADER: FindingSpec =
    FindingSpec::critical("no-leader", "no agent reaches a leader, so no health is current")
        .explained("What DNS says is then old as well.");

pub(crate) static TWO_LEADERS: FindingSpec =
    FindingSpec::critical("two-leaders", "agents of one datacenter name different leaders, twice");

pub(crate) static NO_AGENT: FindingSpec = FindingSpec::critical("no-agent", "no agent gives a usable answer");

pub(crate) static AGENT_UNREACHABLE: FindingSpec =
    FindingSpec::warning("agent-unreachable", "an agent refuses or is silent while others answer");

pub(crate) static AGENT_ERROR: FindingSpec = FindingSpec::warning("agent-error", "an agent answers wrongly");

pub(crate) static AGENTS_DISAGREE: FindingSpec =
    FindingSpec::warning("agents-disagree", "two servers hold different instances or states, twice");

pub(crate) static CATALOG_DRIFT: FindingSpec =
    FindingSpec::warning("catalog-drift", "twice, an agent and the catalog disagreed about an instance on its node")
        .explained("The instance is on the agent's own node, of which the agent is the judge.");

pub(crate) static OTHER_DATACENTER: FindingSpec =
    FindingSpec::unknown("other-datacenter", "the agents belong to different datacenters, so they cannot be compared");

pub(crate) static AUTOPILOT_UNHEALTHY: FindingSpec =
    FindingSpec::warning("autopilot-unhealthy", "Consul's autopilot calls a server unhealthy");

pub(crate) static ACCESS_DENIED: FindingSpec = FindingSpec::unknown("access-denied", "an agent denies access (ACL)")
    .explained("The text names the policy that is missing.");

pub(crate) static ACCESS_FILTERED: FindingSpec =
    FindingSpec::unknown("access-filtered", "ACLs hide instances, or may have hidden all")
        .explained("The text names the policy that is missing.");

pub(crate) static TLS_UNTRUSTED: FindingSpec =
    FindingSpec::unknown("tls-untrusted", "an agent offers no TLS connection that both sides trust").explained(
        "Its certificate is from an authority that is not trusted or for another name, or the agent wants one of ours.",
    );

pub(crate) static RATE_LIMITED: FindingSpec =
    FindingSpec::unknown("rate-limited", "an agent or a server limits the rate of reads");

pub(crate) static NOT_ASKED: FindingSpec =
    FindingSpec::unknown("not-asked", "this host could not ask an agent, or the agent rejects the question").explained(
        "This host has reached a limit (such as file descriptors), its firewall forbids it, it has no route or no such \
     address family, or it cannot look up the name. Or the agent rejects the question: a `--filter` that is no \
     expression, a datacenter or peer that it does not know, HTTP to an HTTPS port.",
    );

pub(crate) static INSTANCE_CRITICAL: FindingSpec =
    FindingSpec::warning("instance-critical", "an instance or its node has a critical check")
        .explained("The text names the check that fails, or the agent that gossip has lost.");

pub(crate) static INSTANCE_WARNING: FindingSpec =
    FindingSpec::warning("instance-warning", "an instance or its node has a check in warning")
        .explained("The text names the check.");

pub(crate) static INSTANCE_MAINTENANCE: FindingSpec =
    FindingSpec::warning("instance-maintenance", "an instance or its node is in maintenance")
        .explained("The text gives the reason that was given.");

pub(crate) static NO_CHECK: FindingSpec =
    FindingSpec::warning("no-check", "an instance has no check of its own: it passes as long as its agent lives");

pub(crate) static ONLY_TCP: FindingSpec =
    FindingSpec::ok("only-tcp", "the only check of an instance is whether a port accepts connections")
        .explained("`--severity only-tcp=warning` is for services where that is not enough.");

pub(crate) static CHECK_MISSING: FindingSpec =
    FindingSpec::warning("check-missing", "an instance has no check that matches `--require-check`")
        .explained("Names and ids that were given to a check count, those that Consul makes up do not.");

pub(crate) static CASE_TWINS: FindingSpec =
    FindingSpec::warning("case-twins", "services have names that differ only in case: one lookup finds both");

pub(crate) static DUPLICATE_ADDRESS: FindingSpec =
    FindingSpec::warning("duplicate-address", "two instances have the same address and port")
        .explained("Both are among the instances that were asked about.");

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
