//! What `check_split_dns` measures and finds.

use common::{Catalogue, Default, FindingSpec, MetricSpec, MetricUnit, ServiceState};

pub(crate) static SERVERS_OK: MetricSpec = MetricSpec {
    id: "servers_ok",
    unit: MetricUnit::None,
    help: "name servers that give every name a right address",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static SERVERS: MetricSpec = MetricSpec {
    id: "servers",
    unit: MetricUnit::None,
    help: "name servers asked",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static TIME: MetricSpec = MetricSpec {
    id: "time",
    unit: MetricUnit::Seconds,
    help: "slowest answer, from the query that it answers",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static FAILED: MetricSpec = MetricSpec {
    id: "failed",
    unit: MetricUnit::None,
    help: "questions (name, type, server) without a right answer",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static LOST: MetricSpec = MetricSpec {
    id: "lost",
    unit: MetricUnit::None,
    help: "datagrams that stayed unanswered",
    warning: Default::None,
    critical: Default::None,
};

pub(crate) static WRONG_ANSWER: FindingSpec = FindingSpec {
    id: "wrong-answer",
    severity: ServiceState::Critical,
    help: "unexpected address, NXDOMAIN or NODATA: clients ask no other server",
};

pub(crate) static FIRST_SERVER_DEAD: FindingSpec = FindingSpec {
    id: "first-server-dead",
    severity: ServiceState::Critical,
    help: "the first server is silent: each lookup waits for it",
};

pub(crate) static TOO_FEW_SERVERS: FindingSpec = FindingSpec {
    id: "too-few-servers",
    severity: ServiceState::Critical,
    help: "fewer than --min-servers serve every name",
};

pub(crate) static SERVER_DEAD: FindingSpec =
    FindingSpec { id: "server-dead", severity: ServiceState::Warning, help: "a server answers no question at all" };

pub(crate) static NO_ANSWER_FOR_NAME: FindingSpec = FindingSpec {
    id: "no-answer-for-name",
    severity: ServiceState::Warning,
    help: "SERVFAIL, REFUSED or no answer for some questions",
};

pub(crate) static NOT_ASKED: FindingSpec = FindingSpec {
    id: "not-asked",
    severity: ServiceState::Unknown,
    help: "our own side keeps the check from asking a server",
};

/// What `check_split_dns` can say.
pub static CATALOGUE: Catalogue = Catalogue {
    service: "SPLIT_DNS",
    metrics: &[&SERVERS_OK, &SERVERS, &TIME, &FAILED, &LOST],
    findings: &[&WRONG_ANSWER, &FIRST_SERVER_DEAD, &TOO_FEW_SERVERS, &SERVER_DEAD, &NO_ANSWER_FOR_NAME, &NOT_ASKED],
};
