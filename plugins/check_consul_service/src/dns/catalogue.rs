//! What is measured and found about DNS.

use common::{FindingSpec, MetricSpec, MetricUnit};

pub(crate) static DNS_SERVERS: MetricSpec =
    MetricSpec::plain("dns_servers", MetricUnit::None, "name servers asked").higher_is_better();

pub(crate) static DNS_SERVERS_RIGHT: MetricSpec =
    MetricSpec::plain("dns_servers_right", MetricUnit::None, "name servers that agree with the API").higher_is_better();

pub(crate) static DNS_TIME: MetricSpec =
    MetricSpec::plain("dns_time", MetricUnit::Seconds, "slowest answer of a name server");

pub(crate) static DNS_DEAD: FindingSpec =
    FindingSpec::critical("dns-dead", "DNS hands out a critical instance or one in maintenance, beyond its TTL");

pub(crate) static DNS_NOTHING: FindingSpec =
    FindingSpec::critical("dns-nothing", "instances pass, but no name server names a usable one");

pub(crate) static DNS_STALE: FindingSpec =
    FindingSpec::warning("dns-stale", "a forwarder still hands out a dead instance, within its TTL")
        .explained("Dead is an instance that is critical or in maintenance.");

pub(crate) static DNS_UNUSABLE: FindingSpec =
    FindingSpec::warning("dns-unusable", "a name server fails, or denies a name that has passing instances");

pub(crate) static DNS_INCOMPLETE: FindingSpec =
    FindingSpec::warning("dns-incomplete", "a name server leaves out a passing instance");

pub(crate) static DNS_FOREIGN: FindingSpec =
    FindingSpec::warning("dns-foreign", "a name server hands out an address or port that no instance has");

pub(crate) static DNS_TRANSPORT: FindingSpec =
    FindingSpec::warning("dns-transport", "a name server answers only one of UDP and TCP well");

pub(crate) static DNS_UNSETTLED: FindingSpec =
    FindingSpec::unknown("dns-unsettled", "DNS was not judged: the instances kept changing, or no time was left")
        .explained("Also where the API could not be read a second time.");
