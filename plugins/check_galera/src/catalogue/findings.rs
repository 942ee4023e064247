//! The facts that are judged.

use common::FindingSpec;

// The cluster.
pub(crate) static NO_PRIMARY: FindingSpec =
    FindingSpec::critical("no-primary", "no node that answers is in a Primary component");
pub(crate) static CLUSTER_DOWN: FindingSpec = FindingSpec::critical("cluster-down", "no node answers");
pub(crate) static MAJORITY_LOST: FindingSpec =
    FindingSpec::critical("majority-lost", "too few nodes can serve, whatever those are that the check may not ask");
pub(crate) static SPLIT_BRAIN: FindingSpec =
    FindingSpec::critical("split-brain", "Primary nodes that cannot be members of one group");
pub(crate) static UUID_MISMATCH: FindingSpec =
    FindingSpec::critical("uuid-mismatch", "the cluster's UUID is not the one given by --uuid");
pub(crate) static ALL_DESYNCED: FindingSpec =
    FindingSpec::critical("all-desynced", "every member is donor or desynced: nobody throttles, nobody can donate");
pub(crate) static MEMBER_MISSING: FindingSpec =
    FindingSpec::warning("member-missing", "a member that was there before, and was not asked now, is gone");
pub(crate) static MEMBER_UNEXPECTED: FindingSpec =
    FindingSpec::warning("member-unexpected", "more members or arbitrators than expected");
pub(crate) static ARBITRATOR_MISSING: FindingSpec =
    FindingSpec::warning("arbitrator-missing", "fewer arbitrators (garbd) than --arbitrators");
pub(crate) static PROTOCOL_MISMATCH: FindingSpec =
    FindingSpec::critical("protocol-mismatch", "Primary nodes speak different replication protocols");
pub(crate) static VERSION_MISMATCH: FindingSpec =
    FindingSpec::warning("version-mismatch", "nodes of different major versions: an SST between them fails");
pub(crate) static ROLLING_UPGRADE: FindingSpec =
    FindingSpec::ok("rolling-upgrade", "nodes of different minor or provider versions, as during an upgrade");

// Safety.
pub(crate) static WEIGHT_ZERO: FindingSpec =
    FindingSpec::warning("weight-zero", "a node with data has no vote: pc.weight is 0");
pub(crate) static WEIGHT_MAJORITY: FindingSpec = FindingSpec::warning(
    "weight-majority",
    "one node holds half of the votes or more: the cluster stops when it crashes",
);
pub(crate) static WEIGHT_EVEN: FindingSpec =
    FindingSpec::warning("weight-even", "an even sum of votes without an arbitrator: a cut in halves stops both");
pub(crate) static ADDRESS_EMPTY: FindingSpec = FindingSpec::critical(
    "address-empty",
    "wsrep_cluster_address is gcomm:// alone: when the node restarts it forms a cluster of its own",
);
pub(crate) static ADDRESS_INCOMPLETE: FindingSpec =
    FindingSpec::warning("address-incomplete", "wsrep_cluster_address misses a member");
pub(crate) static IGNORES_SPLIT_BRAIN: FindingSpec =
    FindingSpec::warning("ignores-split-brain", "pc.ignore_sb is on: both halves of a split go on writing");
pub(crate) static IGNORES_QUORUM: FindingSpec =
    FindingSpec::warning("ignores-quorum", "pc.ignore_quorum is on: a cut-off node goes on writing");
pub(crate) static BOOTSTRAP_LEFT: FindingSpec =
    FindingSpec::warning("bootstrap-left", "pc.bootstrap was left behind: a restart makes the node Primary by force");
pub(crate) static SST_BLOCKS: FindingSpec =
    FindingSpec::warning("sst-blocks", "the SST method blocks the donor while it lasts");
pub(crate) static CONFIG_UNSAFE: FindingSpec = FindingSpec::warning(
    "config-unsafe",
    "binlog_format is not ROW, or innodb_autoinc_lock_mode not 2: Galera needs both",
);
pub(crate) static CONFIG_DIFFERS: FindingSpec =
    FindingSpec::warning("config-differs", "settings differ that must be equal on all nodes");

// A node.
pub(crate) static NODE_UNREACHABLE: FindingSpec =
    FindingSpec::warning("node-unreachable", "a node refuses, is silent or answers with an error");
pub(crate) static NODE_HUNG: FindingSpec = FindingSpec::critical(
    "node-hung",
    "the group counts a node as member, nobody donates to it, and its SQL port is dead",
);
pub(crate) static CONNECTIONS_FULL: FindingSpec =
    FindingSpec::critical("connections-full", "a node refuses all clients: too many connections (1040)");
pub(crate) static CONNECTIONS_REFUSED: FindingSpec = FindingSpec::warning(
    "connections-refused",
    "clients were turned away since the last run: max_connections was reached",
);
pub(crate) static NODE_RECEIVING_SST: FindingSpec =
    FindingSpec::warning("node-receiving-sst", "a node receives a state transfer: SQL refuses, the group counts it");
pub(crate) static NODE_NOT_PRIMARY: FindingSpec =
    FindingSpec::warning("node-not-primary", "a node is in no Primary component");
pub(crate) static NODE_INCONSISTENT: FindingSpec =
    FindingSpec::critical("node-inconsistent", "a node left the group because its data differ");
pub(crate) static TRANSFER_FAILED: FindingSpec =
    FindingSpec::critical("transfer-failed", "a state transfer to a node failed");
pub(crate) static NODE_EVICTED: FindingSpec =
    FindingSpec::critical("node-evicted", "the group has evicted a node: it cannot come back before its restart");
pub(crate) static NODE_NOT_READY: FindingSpec = FindingSpec::warning("node-not-ready", "wsrep_ready is OFF");
pub(crate) static NODE_NOT_SYNCED: FindingSpec =
    FindingSpec::warning("node-not-synced", "a node is joining or has yet to catch up");
pub(crate) static NODE_DONOR: FindingSpec = FindingSpec::ok("node-donor", "a node feeds a joining one");
pub(crate) static NODE_DESYNCED: FindingSpec =
    FindingSpec::ok("node-desynced", "a node is desynced, as during a backup");
pub(crate) static DONOR_STUCK: FindingSpec = FindingSpec::critical(
    "donor-stuck",
    "a node has been donor for ten minutes though no node joins and wsrep_desync is OFF",
);
pub(crate) static NODE_REJECTS_QUERIES: FindingSpec =
    FindingSpec::warning("node-rejects-queries", "wsrep_reject_queries is set, or Percona's maintenance mode");
pub(crate) static NODE_READ_ONLY: FindingSpec = FindingSpec::warning("node-read-only", "read_only is on");
pub(crate) static WSREP_OFF: FindingSpec =
    FindingSpec::critical("wsrep-off", "wsrep_on is OFF: a node does not replicate its writes");
pub(crate) static APPLIER_DEAD: FindingSpec =
    FindingSpec::warning("applier-dead", "fewer applier threads run than are configured");
pub(crate) static APPLIER_STALLED: FindingSpec =
    FindingSpec::critical("applier-stalled", "for 30 s a node has applied nothing of what waits, while others went on");
pub(crate) static EVS_UNSETTLED: FindingSpec =
    FindingSpec::warning("evs-unsettled", "the group communication of a node is not OPERATIONAL, twice in a row");
pub(crate) static EVS_DELAYED: FindingSpec =
    FindingSpec::warning("evs-delayed", "a node finds three members or more late");
pub(crate) static IST_GONE: FindingSpec =
    FindingSpec::warning("ist-gone", "a missing node can no longer catch up by IST: it needs a full SST");
pub(crate) static IST_CLOSING: FindingSpec =
    FindingSpec::warning("ist-closing", "less than half an hour until a missing node needs a full SST");

// What cannot be judged.
pub(crate) static NOT_GALERA: FindingSpec =
    FindingSpec::unknown("not-galera", "a server runs without the Galera provider");
pub(crate) static UNREADABLE: FindingSpec =
    FindingSpec::unknown("unreadable", "a wsrep variable is missing or not understood");
pub(crate) static ACCESS_DENIED: FindingSpec =
    FindingSpec::unknown("access-denied", "a node does not let the check log in");
pub(crate) static TLS_UNTRUSTED: FindingSpec =
    FindingSpec::unknown("tls-untrusted", "no TLS connection that --ssl-mode allows");
pub(crate) static NOT_ASKED: FindingSpec = FindingSpec::unknown(
    "not-asked",
    "this host could not ask a node: a limit, no route, no address family or no name lookup",
);

pub(super) const FINDINGS: &[&FindingSpec] = &[
    &NO_PRIMARY,
    &CLUSTER_DOWN,
    &MAJORITY_LOST,
    &SPLIT_BRAIN,
    &UUID_MISMATCH,
    &ALL_DESYNCED,
    &MEMBER_MISSING,
    &MEMBER_UNEXPECTED,
    &ARBITRATOR_MISSING,
    &PROTOCOL_MISMATCH,
    &VERSION_MISMATCH,
    &ROLLING_UPGRADE,
    &WEIGHT_ZERO,
    &WEIGHT_MAJORITY,
    &WEIGHT_EVEN,
    &ADDRESS_EMPTY,
    &ADDRESS_INCOMPLETE,
    &IGNORES_SPLIT_BRAIN,
    &IGNORES_QUORUM,
    &BOOTSTRAP_LEFT,
    &SST_BLOCKS,
    &CONFIG_UNSAFE,
    &CONFIG_DIFFERS,
    &NODE_UNREACHABLE,
    &NODE_HUNG,
    &CONNECTIONS_FULL,
    &CONNECTIONS_REFUSED,
    &NODE_RECEIVING_SST,
    &NODE_NOT_PRIMARY,
    &NODE_INCONSISTENT,
    &TRANSFER_FAILED,
    &NODE_EVICTED,
    &NODE_NOT_READY,
    &NODE_NOT_SYNCED,
    &NODE_DONOR,
    &NODE_DESYNCED,
    &DONOR_STUCK,
    &NODE_REJECTS_QUERIES,
    &NODE_READ_ONLY,
    &WSREP_OFF,
    &APPLIER_DEAD,
    &APPLIER_STALLED,
    &EVS_UNSETTLED,
    &EVS_DELAYED,
    &IST_GONE,
    &IST_CLOSING,
    &NOT_GALERA,
    &UNREADABLE,
    &ACCESS_DENIED,
    &TLS_UNTRUSTED,
    &NOT_ASKED,
];
