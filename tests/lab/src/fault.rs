//! The faults that the lab can make.

use anyhow::{Context as _, Result, bail};
use nix::unistd::geteuid;

use crate::node::Node;

/// Something wrong with the stack; [`LIST`] describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "LIST describes each")]
pub enum Fault {
    GaleraKill(Node),
    GaleraStop(Node),
    GaleraFreeze(Node),
    GaleraPartition(Node),
    GaleraDesync(Node),
    GaleraReject(Node),
    GaleraWsrepOff(Node),
    GaleraProviderNone(Node),
    GaleraReadOnly(Node),
    GaleraMaxConnections(Node),
    GaleraCertificate(Node),
    GaleraFtwrl(Node),
    GaleraFlowControl(Node),
    GaleraBlockedAppliers(Node),
    GaleraInconsistent(Node),
    GaleraSst(Node),
    GaleraSstRsync(Node),
    GaleraSstLoop(Node),
    GaleraSplitBrain,
    GaleraSecondCluster,
    GaleraNoPrimary,
    GaleraGarbd,
    GaleraTwoAndGarbd,
    GaleraTwoNetworks,
    GaleraWeights,
    ConsulKill(Node),
    ConsulFreeze(Node),
    ConsulLeaderKill,
    ConsulLeaderFreeze,
    ConsulNoQuorum,
    ConsulRestartAlone,
    ConsulAllDown,
    ConsulDnsDown(Node),
    ConsulDnsBlackhole(Node),
    ConsulWarning(Node),
    ConsulMaintenance(Node),
    ConsulServiceMaintenance(Node),
    ConsulDeregister(Node),
    DnsKill(Node),
    DnsFreeze(Node),
    DnsLeak(Node),
    DnsDnssec(Node),
    DnsForeign(Node),
    DnsForwardFirst(Node),
    DnsForwardFirstValidated(Node),
    DnsNarrow(Node),
    DnsFilter(Node),
    DnsAcl(Node),
    DnsStale(Node),
    DnsNegative(Node),
    DnsHijack(Node),
    DnsHijackInternal(Node),
    DnsRebind(Node),
    DnsTcpClosed(Node),
    DnsExternalDown,
    DnsExternalSilent,
    DnsLeaksOut,
}

/// Whether a fault concerns one node, which can be chosen.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// One node.
    Node(fn(Node) -> Fault),
    /// The cluster.
    Cluster(Fault),
}

/// A fault as the command line knows it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name on the command line.
    pub id: &'static str,
    /// How it is made.
    pub scope: Scope,
    /// The visible effect.
    pub description: &'static str,
    /// Whether only root can make it.
    pub needs_root: bool,
}

impl Entry {
    fn makes(&self, fault: Fault) -> bool {
        match self.scope {
            Scope::Node(make) => Node::ALL.into_iter().any(|node| make(node) == fault),
            Scope::Cluster(made) => made == fault,
        }
    }
}

const fn node(id: &'static str, fault: fn(Node) -> Fault, description: &'static str) -> Entry {
    Entry { id, scope: Scope::Node(fault), description, needs_root: false }
}

const fn cluster(id: &'static str, fault: Fault, description: &'static str) -> Entry {
    Entry { id, scope: Scope::Cluster(fault), description, needs_root: false }
}

const fn by_root(entry: Entry) -> Entry {
    Entry { needs_root: true, ..entry }
}

/// Every fault. A fault that needs a client in the background ends with that client, after ten minutes.
pub const LIST: [Entry; 57] = [
    node("galera-kill", Fault::GaleraKill, "MariaDB crashes: refused, the others' cluster size 2, out of DNS"),
    node("galera-stop", Fault::GaleraStop, "MariaDB stops cleanly: as galera-kill, without the crash"),
    node("galera-freeze", Fault::GaleraFreeze, "MariaDB hangs: accepts and says nothing, the others' size 2"),
    node("galera-partition", Fault::GaleraPartition, "no replication traffic: non-Primary, yet passing in Consul"),
    node("galera-desync", Fault::GaleraDesync, "wsrep_desync: Donor/Desynced, reads and writes work"),
    node("galera-reject", Fault::GaleraReject, "wsrep_reject_queries: every status normal, queries fail with 1047"),
    node("galera-wsrep-off", Fault::GaleraWsrepOff, "wsrep_on=OFF: the status loses all that the provider says"),
    node(
        "galera-provider-none",
        Fault::GaleraProviderNone,
        "restarted with wsrep_provider=none: takes writes that reach nobody",
    ),
    node("galera-read-only", Fault::GaleraReadOnly, "read_only: writes fail with 1290 for all but administrators"),
    node(
        "galera-max-connections",
        Fault::GaleraMaxConnections,
        "for 10 min no connection left but on the extra port 3307",
    ),
    node("galera-certificate", Fault::GaleraCertificate, "TLS: the certificate is for NODE.example.org alone"),
    node(
        "galera-ftwrl",
        Fault::GaleraFtwrl,
        "for 10 min FLUSH TABLES WITH READ LOCK under load: desynced, a growing queue",
    ),
    node(
        "galera-flow-control",
        Fault::GaleraFlowControl,
        "for 10 min a locked table under load: writes hang on every node",
    ),
    node(
        "galera-blocked-appliers",
        Fault::GaleraBlockedAppliers,
        "for 10 min a locked table holds 8 appliers with 5 writesets: Synced, an empty queue, old data",
    ),
    node(
        "galera-inconsistent",
        Fault::GaleraInconsistent,
        "a lost vote on a change: Inconsistent, Disconnected, size 0",
    ),
    node("galera-sst", Fault::GaleraSst, "joins without data, slowly, by mariabackup: another is Donor/Desynced"),
    by_root(node("galera-sst-rsync", Fault::GaleraSstRsync, "as galera-sst, by rsync (only where root runs the lab)")),
    node(
        "galera-sst-loop",
        Fault::GaleraSstLoop,
        "for 10 min joins without data again and again, and each state transfer is cut short",
    ),
    cluster("galera-split-brain", Fault::GaleraSplitBrain, "db3 is a Primary Component of its own beside db1 and db2"),
    cluster(
        "galera-second-cluster",
        Fault::GaleraSecondCluster,
        "db3 is a cluster of its own with a history of its own",
    ),
    cluster("galera-no-primary", Fault::GaleraNoPrimary, "db2 and db3 crash: db1 is non-Primary, yet passing"),
    cluster("galera-garbd", Fault::GaleraGarbd, "an arbitrator is a fourth member: size 4, no fourth address"),
    cluster(
        "galera-two-and-garbd",
        Fault::GaleraTwoAndGarbd,
        "db3 stops cleanly, an arbitrator takes its place: size 3, two addresses",
    ),
    cluster(
        "galera-two-networks",
        Fault::GaleraTwoNetworks,
        "the nodes replicate on 127.0.1.11 to 13, where no client is served; db3 serves clients on port 3310",
    ),
    cluster(
        "galera-weights",
        Fault::GaleraWeights,
        "pc.weight 0, 1 and 3 on db1, db2 and db3: db3 alone is a majority",
    ),
    node("consul-kill", Fault::ConsulKill, "the Consul server crashes: serfHealth critical, local DNS SERVFAIL"),
    node(
        "consul-freeze",
        Fault::ConsulFreeze,
        "the Consul server hangs: accepts and says nothing, serfHealth critical",
    ),
    cluster("consul-leader-kill", Fault::ConsulLeaderKill, "the leading Consul server crashes: another is elected"),
    cluster("consul-leader-freeze", Fault::ConsulLeaderFreeze, "the leading Consul server hangs: another is elected"),
    cluster("consul-no-quorum", Fault::ConsulNoQuorum, "db2's and db3's Consul crash: no leader, only stale answers"),
    cluster(
        "consul-restart-alone",
        Fault::ConsulRestartAlone,
        "as consul-no-quorum, and db1's starts anew: not even stale answers",
    ),
    cluster("consul-all-down", Fault::ConsulAllDown, "all Consul servers crash: the client agents know no server"),
    node("consul-dns-down", Fault::ConsulDnsDown, "Consul's DNS port refuses, its API works: local DNS SERVFAIL"),
    node(
        "consul-dns-blackhole",
        Fault::ConsulDnsBlackhole,
        "packets to Consul's DNS port are dropped: local DNS is silent, then SERVFAIL after 10 s",
    ),
    node("consul-warning", Fault::ConsulWarning, "the service's check is warning: not passing, yet in DNS"),
    node("consul-maintenance", Fault::ConsulMaintenance, "node maintenance: a critical check, out of DNS"),
    node(
        "consul-service-maintenance",
        Fault::ConsulServiceMaintenance,
        "maintenance of the service alone: a critical check, out of DNS",
    ),
    node("consul-deregister", Fault::ConsulDeregister, "the service is deregistered: two instances, no critical check"),
    node("dns-kill", Fault::DnsKill, "BIND crashes: refused"),
    node("dns-freeze", Fault::DnsFreeze, "BIND hangs: no answer"),
    node("dns-leak", Fault::DnsLeak, "BIND forgets to forward consul: NXDOMAIN from the internet's root"),
    node("dns-dnssec", Fault::DnsDnssec, "BIND validates consul: SERVFAIL, the internet resolves"),
    node("dns-foreign", Fault::DnsForeign, "BIND holds a zone consul of its own: another address, authoritative"),
    node(
        "dns-forward-first",
        Fault::DnsForwardFirst,
        "forward first, and Consul's DNS was down for a moment: BIND keeps the root's NXDOMAIN",
    ),
    node(
        "dns-forward-first-validated",
        Fault::DnsForwardFirstValidated,
        "forward first, and consul validated: NXDOMAIN from the root, although Consul answers",
    ),
    node("dns-narrow", Fault::DnsNarrow, "BIND forwards service.consul only: A is right, AAAA is SERVFAIL"),
    node("dns-filter", Fault::DnsFilter, "deny-answer-addresses with the nodes': A is SERVFAIL, AAAA is right"),
    node("dns-acl", Fault::DnsAcl, "allow-recursion for another network: REFUSED"),
    node("dns-stale", Fault::DnsStale, "serve-stale, and Consul's DNS port refuses: right, but stale addresses"),
    node("dns-negative", Fault::DnsNegative, "for 10 min BIND keeps Consul's NXDOMAIN of a service that is back"),
    node("dns-hijack", Fault::DnsHijack, "BIND invents a public address for every name in com"),
    node("dns-hijack-internal", Fault::DnsHijackInternal, "BIND invents a public address for every name in consul"),
    node("dns-rebind", Fault::DnsRebind, "BIND answers www.example.org with a private address"),
    node("dns-tcp-closed", Fault::DnsTcpClosed, "BIND's TCP port refuses, UDP works"),
    cluster("dns-external-down", Fault::DnsExternalDown, "the internet's name server refuses: external names SERVFAIL"),
    cluster(
        "dns-external-silent",
        Fault::DnsExternalSilent,
        "the internet's name server hangs: no answer about external names",
    ),
    cluster("dns-leaks-out", Fault::DnsLeaksOut, "the internet's name server knows the zone consul"),
];

impl Fault {
    /// The fault of this name; its node is db3 unless another is named.
    ///
    /// # Errors
    /// No such fault, or a node for a fault of the whole cluster.
    pub fn parse(id: &str, node: Option<Node>) -> Result<Self> {
        let entry = LIST.iter().find(|entry| entry.id == id);
        let entry = entry.with_context(|| format!("no fault {id:?}; `cargo lab break --list` lists them"))?;
        match (entry.scope, node) {
            (Scope::Node(fault), node) => Ok(fault(node.unwrap_or(Node::Db3))),
            (Scope::Cluster(fault), None) => Ok(fault),
            (Scope::Cluster(_), Some(_)) => bail!("{id} concerns the cluster and takes no node"),
        }
    }

    /// Whether it changes nothing but resolvers, the internet's name server and packet filters: MariaDB and Consul stay
    /// as they are.
    pub(crate) fn is_of_dns_alone(self) -> bool {
        let is_of_names = LIST.iter().any(|entry| entry.id.starts_with("dns-") && entry.makes(self));
        let is_filter = matches!(self, Self::ConsulDnsDown(_) | Self::ConsulDnsBlackhole(_));
        let alters_consul = matches!(self, Self::DnsStale(_) | Self::DnsNegative(_));
        (is_of_names || is_filter) && !alters_consul
    }

    /// Whether this user can make it: some faults need root.
    pub fn is_possible(self) -> bool {
        geteuid().is_root() || !LIST.iter().any(|entry| entry.needs_root && entry.makes(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_made_on_the_node_that_is_named_else_db3() {
        assert_eq!(Fault::parse("dns-leak", Some(Node::Db1)).unwrap(), Fault::DnsLeak(Node::Db1));
        assert_eq!(Fault::parse("dns-leak", None).unwrap(), Fault::DnsLeak(Node::Db3));
    }

    #[test]
    fn a_fault_of_the_cluster_takes_no_node() {
        assert_eq!(Fault::parse("galera-split-brain", None).unwrap(), Fault::GaleraSplitBrain);
        assert!(Fault::parse("galera-split-brain", Some(Node::Db1)).is_err());
    }

    #[test]
    fn every_fault_has_one_name_and_one_alone_needs_root() {
        for entry in LIST {
            let fault = Fault::parse(entry.id, None).unwrap();
            assert_eq!(LIST.iter().filter(|other| other.makes(fault)).count(), 1, "{}", entry.id);
        }
        let by_root: Vec<_> = LIST.iter().filter(|entry| entry.needs_root).map(|entry| entry.id).collect();
        assert_eq!(by_root, ["galera-sst-rsync"]);
    }

    #[test]
    fn what_reaches_mariadb_or_consul_is_no_fault_of_names_alone() {
        let alone = LIST.iter().filter(|entry| Fault::parse(entry.id, None).unwrap().is_of_dns_alone());
        let alone: Vec<_> = alone.map(|entry| entry.id).collect();
        let expected = [
            "consul-dns-down",
            "consul-dns-blackhole",
            "dns-kill",
            "dns-freeze",
            "dns-leak",
            "dns-dnssec",
            "dns-foreign",
            "dns-forward-first",
            "dns-forward-first-validated",
            "dns-narrow",
            "dns-filter",
            "dns-acl",
            "dns-hijack",
            "dns-hijack-internal",
            "dns-rebind",
            "dns-tcp-closed",
            "dns-external-down",
            "dns-external-silent",
            "dns-leaks-out",
        ];
        assert_eq!(alone, expected);
    }

    #[test]
    fn names_are_unique() {
        let mut ids: Vec<_> = LIST.iter().map(|entry| entry.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), LIST.len());
        assert!(Fault::parse("fire", None).is_err());
    }
}
