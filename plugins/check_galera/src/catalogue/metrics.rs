//! The numbers that are judged.

use common::{Default, MetricSpec, MetricUnit};

pub(crate) static MEMBERS: MetricSpec = MetricSpec::judged(
    "members",
    MetricUnit::None,
    Default::Derived("EXPECT:"),
    Default::Derived("QUORUM:"),
    "members of the Primary component, without arbitrators",
)
.higher_is_better()
.explained(
    "Arbitrators are `garbd`. Nodes that are joining count. `EXPECT` is `--expect`, else the number of nodes asked. \
     `QUORUM` is the least number that, with the arbitrators seen, is more than half of all: 2 of 3, 3 of 5, 1 of 2 beside \
     an arbitrator. It is 1 of 2 without an arbitrator, too: while the node that is left is Primary, it serves.",
);
pub(crate) static SYNCED: MetricSpec = MetricSpec::judged(
    "synced",
    MetricUnit::None,
    Default::Derived("EXPECT:"),
    Default::Derived("QUORUM:"),
    "nodes asked that are Primary, ready, and synced or donor",
)
.higher_is_better()
.explained("Where fewer nodes are asked than `EXPECT`, their number counts instead.");
pub(crate) static PRIMARY: MetricSpec =
    MetricSpec::plain("primary", MetricUnit::None, "nodes asked that are in a Primary component").higher_is_better();
pub(crate) static DONORS: MetricSpec =
    MetricSpec::plain("donors", MetricUnit::None, "nodes asked that are donor or desynced");
pub(crate) static JOINING: MetricSpec = MetricSpec::plain(
    "joining",
    MetricUnit::None,
    "nodes asked that are joining, catching up or receiving a state transfer",
);
pub(crate) static UNREACHABLE: MetricSpec =
    MetricSpec::plain("unreachable", MetricUnit::None, "nodes asked that did not answer");
pub(crate) static COMPONENTS: MetricSpec = MetricSpec::plain(
    "components",
    MetricUnit::None,
    "Primary components among the nodes asked; more than one is a split brain",
);
pub(crate) static ARBITRATORS: MetricSpec =
    MetricSpec::plain("arbitrators", MetricUnit::None, "arbitrators (garbd) in the Primary component")
        .higher_is_better();
pub(crate) static TOLERABLE_FAILURES: MetricSpec = MetricSpec::judged(
    "tolerable_failures",
    MetricUnit::None,
    Default::Derived("1:"),
    Default::None,
    "members that may crash at once before the rest loses quorum",
)
.higher_is_better()
.explained(
    "The heaviest members are taken to crash first; the rest must stay Primary, and one with the data must be left. \
     The default applies where `EXPECT` is 3 or more.",
);
pub(crate) static WEIGHT: MetricSpec =
    MetricSpec::plain("weight", MetricUnit::None, "sum of `pc.weight` of the Primary component").higher_is_better();
pub(crate) static IST_WINDOW: MetricSpec = MetricSpec::plain(
    "ist_window",
    MetricUnit::Seconds,
    "how long a node may stay away and still return by IST",
)
.higher_is_better()
.from_history()
.explained(
    "After that the node needs a full SST. The time is `gcache.size` divided by the bytes that are replicated and \
     received in a second, less Galera's gap of 1/128. The rate is smoothed over half an hour. It is left out below \
     1 kB/s. `ist-closing` and `ist-gone` warn while a node is away.",
);
pub(crate) static GCACHE_SIZE: MetricSpec =
    MetricSpec::plain("gcache_size", MetricUnit::Bytes, "smallest `gcache.size`").higher_is_better();
pub(crate) static FLOW_CONTROL: MetricSpec = MetricSpec::judged(
    "flow_control",
    MetricUnit::Percent,
    Default::Derived("10"),
    Default::Derived("30"),
    "share of the time in which flow control stopped all writing",
)
.from_history()
.explained(
    "Taken from `wsrep_flow_control_paused_ns` alone, on the node where it is largest, over the last minute or the time \
     since the last run if that is longer. The first minute is a warning at most; CRITICAL is for what goes on after it. \
     With `--sample` both limits hold at once.",
);
pub(crate) static CERT_FAILURES: MetricSpec = MetricSpec::plain(
    "cert_failures",
    MetricUnit::Percent,
    "transactions that failed certification, on the worst node",
)
.from_history()
.explained("Of the node's own transactions, from 50 on.");
pub(crate) static BF_ABORTS: MetricSpec = MetricSpec::plain(
    "bf_aborts",
    MetricUnit::Percent,
    "transactions aborted in favour of replicated ones, on the worst node",
)
.from_history()
.explained("Of the node's own transactions, from 50 on. Clients see error 1213, and a retry cures it.");
pub(crate) static REPLAYS: MetricSpec =
    MetricSpec::plain("replays", MetricUnit::None, "transactions replayed a second, on all nodes").from_history();
pub(crate) static RECV_QUEUE: MetricSpec = MetricSpec::judged(
    "recv_queue",
    MetricUnit::None,
    Default::Derived("FC_LIMIT"),
    Default::Derived("10*FC_LIMIT"),
    "writesets waiting to be applied on the worst synced node",
)
.explained(
    "The smaller of its lengths in this run and the last, since a single look would see every spike: the defaults hold \
     from the second run on. \
     `FC_LIMIT` is the length at which a node throttles all writers: `gcs.fc_limit` times the square root of the number of \
     members.",
);
pub(crate) static DESYNCED_QUEUE: MetricSpec = MetricSpec::plain(
    "desynced_queue",
    MetricUnit::None,
    "writesets waiting on the worst donor, desynced or joined node",
)
.explained("Such a node is behind on purpose; `donor_age` limits for how long.");
pub(crate) static SEND_QUEUE: MetricSpec =
    MetricSpec::plain("send_queue", MetricUnit::None, "writesets waiting to be sent, on the worst node");
pub(crate) static SEQNO_LAG: MetricSpec = MetricSpec::judged(
    "seqno_lag",
    MetricUnit::Seconds,
    Default::Range("30"),
    Default::None,
    "how far the slowest synced node is behind the foremost",
)
.from_history()
.explained(
    "Counts what the node has received and not yet applied, at the present rate of writing; from 100 seqnos on.",
);
pub(crate) static APPLIER_STALLED: MetricSpec = MetricSpec::judged(
    "applier_stalled",
    MetricUnit::Seconds,
    Default::Derived("30"),
    Default::Derived("120"),
    "how long a synced node has applied nothing, while others did",
)
.from_history()
.explained(
    "`wsrep_last_committed` stands still, whatever the queue says: with several applier threads a few writesets behind a \
     lock leave it empty.",
);
pub(crate) static WRITE_RATE: MetricSpec =
    MetricSpec::plain("write_rate", MetricUnit::None, "transactions that the cluster committed a second")
        .from_history();
pub(crate) static WRITE_BYTES: MetricSpec =
    MetricSpec::plain("write_bytes", MetricUnit::None, "bytes of writesets a second, own and received").from_history();
pub(crate) static WRITERS: MetricSpec =
    MetricSpec::plain("writers", MetricUnit::None, "nodes that clients write to (one transaction a second or more)")
        .from_history()
        .explained("`-w writers=1` is for clusters with one writer.");
pub(crate) static VIEW_CHANGES: MetricSpec =
    MetricSpec::plain("view_changes", MetricUnit::None, "changes of membership within the last hour")
        .from_history()
        .explained(
            "A leave and a return are two. At least 64 are printed as 64. `node-unstable` names a node that repeats.",
        );
pub(crate) static LAST_COMMITTED: MetricSpec =
    MetricSpec::plain("last_committed", MetricUnit::Counter, "highest seqno committed");
pub(crate) static EVS_LATENCY_MAX: MetricSpec =
    MetricSpec::plain("evs_latency_max", MetricUnit::Seconds, "slowest replication of a message within a minute")
        .explained("On the worst node, from 10 messages on. One slow message is no fault.");
pub(crate) static EVS_LATENCY_AVG: MetricSpec = MetricSpec::judged(
    "evs_latency_avg",
    MetricUnit::Seconds,
    Default::Range("1"),
    Default::None,
    "average replication time of a message within a minute",
)
.explained("On the worst node, from 10 messages on.");
pub(crate) static CONNECTIONS: MetricSpec = MetricSpec::judged(
    "connections",
    MetricUnit::Percent,
    Default::Range("80"),
    Default::Range("95"),
    "connections in use of `max_connections`, on the fullest node",
);
pub(crate) static DONOR_AGE: MetricSpec = MetricSpec::judged(
    "donor_age",
    MetricUnit::Seconds,
    Default::Range("7200"),
    Default::None,
    "how long a node has been donor or desynced",
)
.from_history()
.explained("Up to the limit, being donor or desynced is OK.");
pub(crate) static SST_AGE: MetricSpec = MetricSpec::judged(
    "sst_age",
    MetricUnit::Seconds,
    Default::None,
    Default::Range("14400"),
    "how long a node has been receiving a state transfer",
)
.from_history();
pub(crate) static STATE_TRANSFERS: MetricSpec = MetricSpec::judged(
    "state_transfers",
    MetricUnit::None,
    Default::Range("2"),
    Default::Range("5"),
    "full state transfers that began within an hour, on the worst node",
)
.from_history()
.explained("One that succeeds is followed by no other.");
pub(crate) static UPGRADE_AGE: MetricSpec = MetricSpec::judged(
    "upgrade_age",
    MetricUnit::Seconds,
    Default::Range("86400"),
    Default::None,
    "how long nodes of different versions have been together",
)
.from_history();
pub(crate) static CERTIFICATE_DAYS: MetricSpec = MetricSpec::judged(
    "certificate_days",
    MetricUnit::None,
    Default::Derived("30:"),
    Default::Derived("7:"),
    "days until the first certificate of a node expires",
)
.higher_is_better()
.explained(
    "At most a quarter and a tenth of the certificate's lifetime. Servers tell it to encrypted sessions only; of an expired \
     certificate that is not accepted it is 0.",
);
pub(crate) static CONNECT_TIME: MetricSpec =
    MetricSpec::plain("connect_time", MetricUnit::Seconds, "slowest node's time to connect and log in");
pub(crate) static QUERY_TIME: MetricSpec =
    MetricSpec::plain("query_time", MetricUnit::Seconds, "slowest node's time to connect, log in and answer");

pub(super) const METRICS: &[&MetricSpec] = &[
    &MEMBERS,
    &SYNCED,
    &PRIMARY,
    &DONORS,
    &JOINING,
    &UNREACHABLE,
    &COMPONENTS,
    &ARBITRATORS,
    &TOLERABLE_FAILURES,
    &WEIGHT,
    &IST_WINDOW,
    &GCACHE_SIZE,
    &FLOW_CONTROL,
    &CERT_FAILURES,
    &BF_ABORTS,
    &REPLAYS,
    &RECV_QUEUE,
    &DESYNCED_QUEUE,
    &SEND_QUEUE,
    &SEQNO_LAG,
    &APPLIER_STALLED,
    &WRITE_RATE,
    &WRITE_BYTES,
    &WRITERS,
    &VIEW_CHANGES,
    &LAST_COMMITTED,
    &EVS_LATENCY_MAX,
    &EVS_LATENCY_AVG,
    &CONNECTIONS,
    &DONOR_AGE,
    &SST_AGE,
    &STATE_TRANSFERS,
    &UPGRADE_AGE,
    &CERTIFICATE_DAYS,
    &CONNECT_TIME,
    &QUERY_TIME,
];
