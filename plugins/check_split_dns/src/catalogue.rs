//! What `check_split_dns` measures and finds.

use common::{Catalogue, FindingSpec, MetricSpec, MetricUnit};

pub(crate) static SERVERS_OK: MetricSpec =
    MetricSpec::plain("servers_ok", MetricUnit::None, "name servers that give every name a right address");

pub(crate) static SERVERS: MetricSpec = MetricSpec::plain("servers", MetricUnit::None, "name servers asked");

pub(crate) static TIME: MetricSpec =
    MetricSpec::plain("time", MetricUnit::Seconds, "slowest answer, from the query that it answers");

pub(crate) static FAILED: MetricSpec =
    MetricSpec::plain("failed", MetricUnit::None, "questions (name, type, server) without a right answer");

pub(crate) static LOST: MetricSpec = MetricSpec::plain("lost", MetricUnit::None, "datagrams that stayed unanswered");

pub(crate) static WRONG_ANSWER: FindingSpec =
    FindingSpec::critical("wrong-answer", "unexpected address, NXDOMAIN or NODATA: clients ask no other server");

pub(crate) static FIRST_SERVER_DEAD: FindingSpec =
    FindingSpec::critical("first-server-dead", "the first server is silent: each lookup waits for it");

pub(crate) static TOO_FEW_SERVERS: FindingSpec =
    FindingSpec::critical("too-few-servers", "fewer than --min-servers serve every name");

pub(crate) static SERVER_DEAD: FindingSpec = FindingSpec::warning("server-dead", "a server answers no question at all");

pub(crate) static NO_ANSWER_FOR_NAME: FindingSpec =
    FindingSpec::warning("no-answer-for-name", "SERVFAIL, REFUSED or no answer for some questions");

pub(crate) static NOT_ASKED: FindingSpec =
    FindingSpec::unknown("not-asked", "our own side keeps the check from asking a server");

/// What `check_split_dns` can say.
pub static CATALOGUE: Catalogue = Catalogue {
    service: "SPLIT_DNS",
    metrics: &[&SERVERS_OK, &SERVERS, &TIME, &FAILED, &LOST],
    findings: &[&WRONG_ANSWER, &FIRST_SERVER_DEAD, &TOO_FEW_SERVERS, &SERVER_DEAD, &NO_ANSWER_FOR_NAME, &NOT_ASKED],
};
