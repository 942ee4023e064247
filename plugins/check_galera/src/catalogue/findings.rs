//! The facts that are judged.

use common::FindingSpec;

// The cluster.
pub(crate) static NO_PRIMARY: FindingSpec =
    FindingSpec::critical("no-primary", "no node that answers is in a Primary component");
pub(crate) static CLUSTER_DOWN: FindingSpec = FindingSpec::critical("cluster-down", "no node answers");
pub(crate) static MAJORITY_LOST: FindingSpec =
    FindingSpec::critical("majority-lost", "too few nodes can serve, even if all that could not be asked are fine");
pub(crate) static SPLIT_BRAIN: FindingSpec = FindingSpec::critical(
    "split-brain",
    "Primary nodes cannot be members of one group",
)
.explained(
    "Their views differ in UUID, size, number or list of addresses, two nodes have the same `wsrep_local_index`, or \
     more of them answer than the view counts. Comparing UUIDs alone is not enough: a component that was bootstrapped \
     by hand keeps its UUID.",
);
pub(crate) static IDENTITY_CONFLICT: FindingSpec = FindingSpec::critical(
    "identity-conflict",
    "two addresses give one `wsrep_gcomm_uuid`, but are not one server",
)
.explained(
    "Their names differ, or their uptimes are further apart than the two answers, twice. The worse answer counts.",
);
pub(crate) static UUID_MISMATCH: FindingSpec =
    FindingSpec::critical("uuid-mismatch", "the cluster's UUID is not the one given by `--uuid`");
pub(crate) static ALL_DESYNCED: FindingSpec =
    FindingSpec::critical("all-desynced", "every member is donor or desynced: none throttles, none can donate");
pub(crate) static MEMBER_MISSING: FindingSpec =
    FindingSpec::warning("member-missing", "a member that earlier runs saw, and that was not asked now, is gone")
        .explained("It is forgotten after a week.");
pub(crate) static MEMBER_UNEXPECTED: FindingSpec =
    FindingSpec::warning("member-unexpected", "the cluster has more members than expected");
pub(crate) static ARBITRATOR_UNANNOUNCED: FindingSpec =
    FindingSpec::ok("arbitrator-unannounced", "the cluster has more arbitrators (garbd) than `--arbitrators`");
pub(crate) static NODE_UNSTABLE: FindingSpec = FindingSpec::warning(
    "node-unstable",
    "a node comes and goes: away twice in an hour, or three times in 24 h",
)
.explained("It left the group or restarted. A single restart is over when the node is back: its line says `restarted 4 min ago`.");
pub(crate) static ARBITRATOR_MISSING: FindingSpec =
    FindingSpec::warning("arbitrator-missing", "an arbitrator (garbd) that was announced, or seen, is gone")
        .explained("One that was seen and not announced is forgotten after a week.");
pub(crate) static EXPECT_DOWN_UNMATCHED: FindingSpec =
    FindingSpec::unknown("expect-down-unmatched", "`--expect-down` names no node that is asked")
        .explained("Judged once the names of all nodes are known, in this run or from an earlier one.");
pub(crate) static PROTOCOL_MISMATCH: FindingSpec =
    FindingSpec::critical("protocol-mismatch", "Primary nodes speak different replication protocols");
pub(crate) static VERSION_MISMATCH: FindingSpec =
    FindingSpec::warning("version-mismatch", "nodes have different major versions: an SST between them fails");
pub(crate) static ROLLING_UPGRADE: FindingSpec =
    FindingSpec::ok("rolling-upgrade", "nodes have different minor or provider versions, as during an upgrade")
        .explained("After a day `upgrade_age` warns.");

// Safety.
pub(crate) static WEIGHT_ZERO: FindingSpec =
    FindingSpec::ok("weight-zero", "a node with data has no vote: `pc.weight` is 0")
        .explained("Some give a node in another data centre no vote, on purpose.");
pub(crate) static WEIGHT_MAJORITY: FindingSpec =
    FindingSpec::warning("weight-majority", "one node holds half of the votes or more: its crash stops the cluster")
        .explained("Judged in a cluster of three nodes or more.");
pub(crate) static WEIGHT_EVEN: FindingSpec =
    FindingSpec::ok("weight-even", "an even sum of votes and no arbitrator: a cut into halves stops both")
        .explained("WARNING while a node is away or joining.");
pub(crate) static ADDRESS_EMPTY: FindingSpec =
    FindingSpec::critical("address-empty", "`wsrep_cluster_address` is `gcomm://` alone: a restart splits the cluster")
        .explained(
            "Nothing happens until the node restarts. Then it does not join the others but forms a cluster of its own.",
        );
pub(crate) static ADDRESS_INCOMPLETE: FindingSpec =
    FindingSpec::warning("address-incomplete", "`wsrep_cluster_address` lacks a member");
pub(crate) static IGNORES_SPLIT_BRAIN: FindingSpec =
    FindingSpec::warning("ignores-split-brain", "`pc.ignore_sb` is on: both halves of a cut go on writing");
pub(crate) static IGNORES_QUORUM: FindingSpec =
    FindingSpec::warning("ignores-quorum", "`pc.ignore_quorum` is on: a node that is cut off goes on writing");
pub(crate) static BOOTSTRAP_LEFT: FindingSpec =
    FindingSpec::warning("bootstrap-left", "`pc.bootstrap` is still on: a restart makes the node Primary by force")
        .explained("Seen where the server shows the option (MariaDB 11.4 and newer).");
pub(crate) static SST_BLOCKS: FindingSpec = FindingSpec::ok(
    "sst-blocks",
    "the SST method blocks the donor while it lasts",
)
.explained(
    "WARNING while a node is away or joining, in a cluster of up to four members: with its donor blocked too, too few are \
     left. MariaDB's default method, rsync, blocks the donor.",
);
pub(crate) static SST_DONOR_UNKNOWN: FindingSpec =
    FindingSpec::warning("sst-donor-unknown", "`wsrep_sst_donor` names no other member: the node's next join fails")
        .explained("A comma at the end of the list allows any other donor.");
pub(crate) static CONFIG_UNSAFE: FindingSpec =
    FindingSpec::warning("config-unsafe", "`binlog_format` is not ROW, or `innodb_autoinc_lock_mode` is not 2")
        .explained("Galera needs both.");
pub(crate) static CONFIG_DIFFERS: FindingSpec =
    FindingSpec::warning("config-differs", "settings differ that must be equal on all nodes");

// A node.
pub(crate) static NODE_UNREACHABLE: FindingSpec =
    FindingSpec::warning("node-unreachable", "a node refuses, is silent or answers with an error").explained(
        "A silent node that the group still counts is `node-hung`, `node-receiving-sst` or `node-not-synced` instead.",
    );
pub(crate) static NODE_HUNG: FindingSpec =
    FindingSpec::critical("node-hung", "the group counts a node as a member, but its SQL port is dead").explained(
        "The node answered as a member before, has been dead for longer than the group takes to notice a crash, and no \
     node donates to it.",
    );
pub(crate) static CONNECTIONS_FULL: FindingSpec =
    FindingSpec::critical("connections-full", "a node turns every client away: too many connections (1040)")
        .explained("The check is turned away too, also on `--extra-port`.");
pub(crate) static CONNECTIONS_REFUSED: FindingSpec =
    FindingSpec::warning("connections-refused", "clients were turned away (`max_connections`) again and again")
        .explained("Seen by two runs within an hour, or three within 24 h. A single time is told.");
pub(crate) static NODE_RECEIVING_SST: FindingSpec =
    FindingSpec::warning("node-receiving-sst", "a node is receiving a state transfer: it refuses SQL")
        .explained("The group counts the node as a member, and a donor is there, or was.");
pub(crate) static NODE_NOT_PRIMARY: FindingSpec =
    FindingSpec::warning("node-not-primary", "a node is in no Primary component")
        .explained("It is cut off from the others, or has left the group.");
pub(crate) static NODE_INCONSISTENT: FindingSpec =
    FindingSpec::critical("node-inconsistent", "a node left the group because its data differ")
        .explained("It lost the vote about its data.");
pub(crate) static TRANSFER_FAILED: FindingSpec =
    FindingSpec::critical("transfer-failed", "a state transfer to a node failed");
pub(crate) static NODE_EVICTED: FindingSpec =
    FindingSpec::critical("node-evicted", "the group has evicted a node: it cannot come back before it restarts")
        .explained("Reported until the node is back.");
pub(crate) static NODE_NOT_READY: FindingSpec =
    FindingSpec::warning("node-not-ready", "`wsrep_ready` is OFF on a node");
pub(crate) static NODE_NOT_SYNCED: FindingSpec =
    FindingSpec::warning("node-not-synced", "a node is starting, joining or catching up");
pub(crate) static NODE_DONOR: FindingSpec = FindingSpec::ok("node-donor", "a node feeds a joining one")
    .explained("It serves unless `wsrep_sst_donor_rejects_queries` is ON.");
pub(crate) static NODE_DESYNCED: FindingSpec = FindingSpec::ok(
    "node-desynced",
    "a node is desynced, as during a backup",
)
.explained(
    "The cause is `wsrep_desync`, a global read lock or RSU. The node serves; `donor_age` limits how long that is OK.",
);
pub(crate) static DONOR_STUCK: FindingSpec =
    FindingSpec::critical("donor-stuck", "a node has been donor for ten minutes, but no node is joining")
        .explained("`wsrep_desync` is OFF there, so nobody asked for it.");
pub(crate) static NODE_REJECTS_QUERIES: FindingSpec =
    FindingSpec::warning("node-rejects-queries", "`wsrep_reject_queries` is set, or Percona's maintenance mode")
        .explained("Percona's variable is `pxc_maint_mode`. Every status variable stays normal.");
pub(crate) static NODE_READ_ONLY: FindingSpec =
    FindingSpec::warning("node-read-only", "`read_only` or `transaction_read_only` is on");
pub(crate) static WSREP_OFF: FindingSpec =
    FindingSpec::critical("wsrep-off", "`wsrep_on` is OFF: a node does not replicate its writes");
pub(crate) static PROVIDER_MISSING: FindingSpec =
    FindingSpec::critical("provider-missing", "a member, or a server beside members, runs without Galera")
        .explained("It takes writes that reach no other node, and that a full SST wipes when it rejoins.");
pub(crate) static APPLIER_DEAD: FindingSpec =
    FindingSpec::warning("applier-dead", "fewer applier threads run than are configured");
pub(crate) static EVS_UNSETTLED: FindingSpec =
    FindingSpec::warning("evs-unsettled", "a node's `wsrep_evs_state` is not OPERATIONAL, twice in a row");
pub(crate) static EVS_DELAYED: FindingSpec =
    FindingSpec::warning("evs-delayed", "a node finds three or more members late");
pub(crate) static IST_GONE: FindingSpec =
    FindingSpec::warning("ist-gone", "a missing node can no longer return by IST: it needs a full SST");
pub(crate) static IST_CLOSING: FindingSpec =
    FindingSpec::warning("ist-closing", "a missing node can return by IST for less than half an hour");

// What cannot be judged.
pub(crate) static NOT_GALERA: FindingSpec =
    FindingSpec::unknown("not-galera", "a server runs without the Galera provider");
pub(crate) static UNREADABLE: FindingSpec =
    FindingSpec::unknown("unreadable", "a wsrep variable is missing or not understood")
        .explained("It is never taken for \"fine\".");
pub(crate) static ACCESS_DENIED: FindingSpec =
    FindingSpec::unknown("access-denied", "a node does not let the check log in")
        .explained("The account, its host or its plugin is refused.");
pub(crate) static TLS_UNTRUSTED: FindingSpec =
    FindingSpec::unknown("tls-untrusted", "a node offers no TLS connection that `--ssl-mode` allows");
pub(crate) static NOT_ASKED: FindingSpec = FindingSpec::unknown(
    "not-asked",
    "this host could not ask a node: its own limit, network or name lookup",
)
.explained(
    "It has reached a limit (such as file descriptors), must not use the socket, has no route or no such address \
     family, or cannot resolve the name; or only the cluster named the address, and it was never reached from here.",
);

pub(super) const FINDINGS: &[&FindingSpec] = &[
    &NO_PRIMARY,
    &CLUSTER_DOWN,
    &MAJORITY_LOST,
    &SPLIT_BRAIN,
    &IDENTITY_CONFLICT,
    &UUID_MISMATCH,
    &ALL_DESYNCED,
    &MEMBER_MISSING,
    &MEMBER_UNEXPECTED,
    &ARBITRATOR_UNANNOUNCED,
    &NODE_UNSTABLE,
    &ARBITRATOR_MISSING,
    &EXPECT_DOWN_UNMATCHED,
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
    &SST_DONOR_UNKNOWN,
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
    &PROVIDER_MISSING,
    &APPLIER_DEAD,
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
