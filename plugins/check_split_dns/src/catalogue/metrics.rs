//! The numbers.

use common::{MetricSpec, MetricUnit};

pub(crate) static TIME: MetricSpec =
    seconds("time", "slowest answer").explained("Counted from the query that it answers.");

pub(crate) static INTERNAL_TIME: MetricSpec = seconds("internal_time", "slowest answer for an internal name, over UDP");

pub(crate) static EXTERNAL_TIME: MetricSpec = seconds("external_time", "slowest answer for an external name, over UDP");

pub(crate) static UNCACHED_TIME: MetricSpec =
    seconds("uncached_time", "slowest answer for a random name, which no cache has");

pub(crate) static TCP_TIME: MetricSpec = seconds("tcp_time", "slowest answer over TCP, connection included");

pub(crate) static SERVERS_OK: MetricSpec =
    count("servers_ok", "name servers that give every name a correct answer").higher_is_better();

pub(crate) static SERVERS: MetricSpec = count("servers", "name servers asked").higher_is_better();

pub(crate) static QUERIES: MetricSpec = count("queries", "queries sent to them, datagrams and TCP connections");

pub(crate) static FAILED: MetricSpec = count("failed", "questions (name, type, server) without a correct answer");

pub(crate) static RETRIES: MetricSpec = count("retries", "datagrams that were sent again");

pub(crate) static LOSS: MetricSpec =
    MetricSpec::plain("loss", MetricUnit::Percent, "datagrams that stayed unanswered, of those sent");

pub(crate) static LEAKS: MetricSpec = count("leaks", "servers at which an internal zone leaks").explained(
    "In either direction: questions that leave the site, and servers of `--external-server` that know the zone.",
);

pub(crate) static HIJACKS: MetricSpec = count("hijacks", "servers that invent addresses");

pub(crate) static DISAGREE: MetricSpec = count("disagree", "servers that differ from the others or from `--upstream`");

pub(crate) static STALE: MetricSpec = count("stale", "servers with stale answers");

pub(crate) static INTERNAL_ADDRESSES: MetricSpec =
    count("internal_addresses", "addresses of the internal name that has the fewest, on all servers together")
        .higher_is_better();

pub(crate) static INTERNAL_TTL: MetricSpec =
    MetricSpec::plain("internal_ttl", MetricUnit::Seconds, "longest TTL of an internal answer")
        .explained("Consul's is 0 unless it was set, so `-w internal_ttl=0:30` finds a cache that keeps too long.");

pub(super) static METRICS: [&MetricSpec; 17] = [
    &TIME,
    &INTERNAL_TIME,
    &EXTERNAL_TIME,
    &UNCACHED_TIME,
    &TCP_TIME,
    &SERVERS_OK,
    &SERVERS,
    &QUERIES,
    &FAILED,
    &RETRIES,
    &LOSS,
    &LEAKS,
    &HIJACKS,
    &DISAGREE,
    &STALE,
    &INTERNAL_ADDRESSES,
    &INTERNAL_TTL,
];

const fn seconds(id: &'static str, help: &'static str) -> MetricSpec {
    MetricSpec::plain(id, MetricUnit::Seconds, help)
}

/// A number of things, without default thresholds.
const fn count(id: &'static str, help: &'static str) -> MetricSpec {
    MetricSpec::plain(id, MetricUnit::None, help)
}
