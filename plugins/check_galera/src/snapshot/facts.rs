//! The facts that a node gives about itself.

mod asked;
mod provider;
mod rows;
mod value;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use asked::{EQUAL_OPTIONS, EQUAL_SETTINGS, STATUS, VARIABLES};
pub(crate) use provider::{MAX_WEIGHT, ProviderOptions};
pub(crate) use rows::Rows;
pub(crate) use view::{ComponentStatus, View};

use common::date;
use serde::{Deserialize, Serialize};

use value::{count, fraction, switch, uuid};

/// `wsrep_local_state`: Galera's `S_*` numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LocalState {
    Initialized,
    Joining,
    /// Donor or desynced: one number for both.
    Donor,
    Joined,
    Synced,
    /// 5: the node lost the vote about its data (Galera 4).
    Inconsistent,
}

/// The facts that a node gives about itself; `None` where a variable is missing or says "unknown".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) name: Option<String>,
    /// `wsrep_gcomm_uuid`: which process this is, whatever address it was asked at.
    pub(crate) process: Option<String>,
    pub(crate) has_provider: bool,
    pub(crate) replicates: Option<bool>,
    /// `wsrep_reject_queries`, unless it is NONE.
    pub(crate) rejects_queries: Option<String>,
    /// `pxc_maint_mode` of Percona XtraDB Cluster, unless it is DISABLED.
    pub(crate) maintenance: Option<String>,
    pub(crate) read_only: Option<bool>,
    /// The variable that forbids writing in transactions, if it is on: `transaction_read_only`, which MariaDB before 11.1
    /// calls `tx_read_only`.
    pub(crate) read_only_transactions: Option<&'static str>,
    /// `innodb_flush_log_at_trx_commit`: with 0 and 2 a crash of the host loses the last second of commits.
    pub(crate) flush_log: Option<u64>,
    /// The certificate that the server showed; `None` without TLS.
    pub(crate) certificate: Option<Certificate>,
    pub(crate) ready: Option<bool>,
    pub(crate) state: Option<LocalState>,
    pub(crate) comment: String,
    /// `wsrep_desync`: desynced by the variable, as for a backup.
    pub(crate) desync: Option<bool>,
    /// `wsrep_sst_donor_rejects_queries`.
    pub(crate) donor_rejects: Option<bool>,
    pub(crate) view: View,
    pub(crate) evs: Evs,
    pub(crate) load: Load,
    pub(crate) versions: Versions,
    pub(crate) counters: Counters,
    pub(crate) options: ProviderOptions,
    pub(crate) rows: Rows,
}

/// When a certificate is valid, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) not_before: Option<i64>,
    pub(crate) not_after: i64,
}

/// Group communication below the replication (`wsrep_evs_*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Evs {
    pub(crate) state: Option<String>,
    /// `wsrep_evs_delayed`: how many members were late.
    pub(crate) delayed: usize,
    /// `wsrep_evs_evict_list`: members that cannot come back before their restart.
    pub(crate) evicted: Vec<String>,
    pub(crate) latency: Option<Latency>,
}

impl Evs {
    /// Whether membership is not changing; also where the node does not tell.
    pub(crate) fn is_settled(&self) -> bool {
        self.state.as_ref().is_none_or(|state| state.eq_ignore_ascii_case("operational"))
    }
}

/// `wsrep_evs_repl_latency`, in seconds, over the last minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Latency {
    pub(crate) average: f64,
    pub(crate) max: f64,
}

impl Eq for Latency {}

/// The load of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) connected: Option<u64>,
    pub(crate) max_connections: Option<u64>,
    pub(crate) recv_queue: Option<u64>,
    pub(crate) send_queue: Option<u64>,
    pub(crate) appliers: Option<u64>,
    pub(crate) configured_appliers: Option<u64>,
    pub(crate) throttling: Option<bool>,
}

/// The versions of the software.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) server: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) protocol: Option<u64>,
}

/// Counters that only grow while the process lives; `FLUSH STATUS` resets `flow_control_sent` alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counters {
    /// In seconds.
    pub(crate) uptime: Option<u64>,
    /// The last seqno that was committed.
    pub(crate) committed: Option<u64>,
    /// The oldest seqno in the gcache; none when that is empty.
    pub(crate) cached_from: Option<u64>,
    pub(crate) replicated: Option<u64>,
    pub(crate) replicated_bytes: Option<u64>,
    pub(crate) received: Option<u64>,
    pub(crate) received_bytes: Option<u64>,
    pub(crate) commits: Option<u64>,
    pub(crate) cert_failures: Option<u64>,
    pub(crate) bf_aborts: Option<u64>,
    pub(crate) replays: Option<u64>,
    /// The only measure of flow control that `FLUSH STATUS` leaves alone.
    pub(crate) paused_ns: Option<u64>,
    pub(crate) flow_control_sent: Option<u64>,
    /// `Connection_errors_max_connections`: clients that were turned away.
    pub(crate) turned_away: Option<u64>,
    /// No counter, but what waited at that moment.
    pub(crate) recv_queue: Option<u64>,
}

impl Facts {
    /// Reads names and values by meaning.
    pub(crate) fn new(rows: Rows) -> Self {
        let owned = |name| rows.text(name).map(str::to_owned);
        let unless = |name, usual: &str| owned(name).filter(|value| !value.eq_ignore_ascii_case(usual));
        Self {
            name: owned("wsrep_node_name"),
            process: rows.read("wsrep_gcomm_uuid", uuid),
            has_provider: unless("wsrep_provider", "none").is_some(),
            replicates: rows.read("wsrep_on", switch),
            rejects_queries: unless("wsrep_reject_queries", "none"),
            maintenance: unless("pxc_maint_mode", "disabled"),
            read_only: rows.read("read_only", read_only),
            read_only_transactions: ["transaction_read_only", "tx_read_only"]
                .into_iter()
                .find(|name| rows.read(name, switch) == Some(true)),
            flush_log: rows.read("innodb_flush_log_at_trx_commit", count),
            certificate: certificate(&rows),
            ready: rows.read("wsrep_ready", switch),
            state: rows.read("wsrep_local_state", local_state),
            comment: owned("wsrep_local_state_comment").unwrap_or_default(),
            desync: rows.read("wsrep_desync", switch),
            donor_rejects: rows.read("wsrep_sst_donor_rejects_queries", switch),
            view: view::view(&rows),
            evs: evs(&rows),
            load: load(&rows),
            versions: versions(&rows),
            counters: counters(&rows),
            options: ProviderOptions::new(&rows),
            rows,
        }
    }

    /// Whether all rows are there that tell the class of the node.
    pub(crate) fn are_complete(&self) -> bool {
        self.has_provider && self.missing().is_empty()
    }

    /// The rows that are missing and without which the class of the node is unknown.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let off = self.replicates == Some(false);
        let known = [
            ("wsrep_cluster_status", self.view.component.is_some()),
            ("wsrep_cluster_size", self.view.size.is_some()),
            ("wsrep_local_state", self.state.is_some() || off),
            ("wsrep_ready", self.ready.is_some()),
        ];
        known.into_iter().filter(|(_, known)| !known).map(|(name, _)| name).collect()
    }

    /// The provider's name if it is not Galera: other providers use the same variables for something else.
    pub(crate) fn other_provider(&self) -> Option<&str> {
        self.rows.text("wsrep_provider_name").filter(|name| !name.eq_ignore_ascii_case("galera"))
    }

    /// Whether the provider is Galera, as far as it says.
    pub(crate) fn is_galera(&self) -> bool {
        self.has_provider && self.other_provider().is_none()
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.view.component == Some(ComponentStatus::Primary)
    }

    /// Whether the node is donor or desynced: its state is one number for both.
    pub(crate) fn is_donor_or_desynced(&self) -> bool {
        self.state == Some(LocalState::Donor)
    }

    /// Whether the node says that a state transfer failed (galera `galera_info.cpp`, `state2stats_str`).
    pub(crate) fn transfer_failed(&self) -> bool {
        let comment = self.comment.to_ascii_lowercase();
        comment.contains("state transfer") && comment.contains("failed")
    }

    /// Identifies the process, whatever address it was asked at; with `wsrep_on=OFF` only its own addresses tell.
    pub(crate) fn identity(&self) -> Option<String> {
        let own = (&self.name, &self.view.own_incoming, &self.view.own_address);
        let addresses = (own.1.is_some() || own.2.is_some()).then(|| format!("{own:?}"));
        self.process.clone().or(addresses.filter(|_| self.replicates == Some(false)))
    }

    /// A variable as the server printed it, for comparison with the other nodes'.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.rows.raw(name)
    }

    /// Whether all nodes number their transactions in one domain (`wsrep_gtid_mode`).
    pub(crate) fn uses_one_gtid_domain(&self) -> bool {
        self.rows.read("wsrep_gtid_mode", switch) == Some(true)
    }

    /// The variable because of which clients cannot write.
    pub(crate) fn refuses_writes(&self) -> Option<&'static str> {
        if self.read_only == Some(true) { Some("read_only") } else { self.read_only_transactions }
    }

    /// The method by which it copies its data to a new member.
    pub(crate) fn sst_method(&self) -> Option<&str> {
        self.rows.text("wsrep_sst_method")
    }

    /// Whether a state transfer by this method blocks the donor while it lasts.
    pub(crate) fn sst_blocks_donor(&self) -> bool {
        self.sst_method().is_some_and(|method| matches!(method, "rsync" | "rsync_wan" | "mysqldump"))
    }
}

/// Only a session with TLS is told of it.
fn certificate(rows: &Rows) -> Option<Certificate> {
    let not_after = rows.read("ssl_server_not_after", date::of_openssl)?;
    Some(Certificate { not_before: rows.read("ssl_server_not_before", date::of_openssl), not_after })
}

fn evs(rows: &Rows) -> Evs {
    let list =
        |name| rows.text(name).into_iter().flat_map(|list| list.split(',')).filter(|element| !element.is_empty());
    Evs {
        state: rows.text("wsrep_evs_state").map(str::to_owned),
        delayed: list("wsrep_evs_delayed").count(),
        evicted: list("wsrep_evs_evict_list").map(str::to_owned).collect(),
        latency: rows.read("wsrep_evs_repl_latency", latency),
    }
}

/// Fewer samples than this say nothing.
const LATENCY_SAMPLES: f64 = 10.0;

/// `min/avg/max/stddev/n`.
fn latency(value: &str) -> Option<Latency> {
    let parts: Vec<f64> = value.split('/').map(fraction).collect::<Option<_>>()?;
    match parts.as_slice() {
        [_, average, max, _, samples] if *samples >= LATENCY_SAMPLES => Some(Latency { average: *average, max: *max }),
        _ => None,
    }
}

fn load(rows: &Rows) -> Load {
    // Percona and MySQL-wsrep have renamed it.
    let configured = rows.read("wsrep_applier_threads", count).or_else(|| rows.read("wsrep_slave_threads", count));
    Load {
        connected: rows.read("threads_connected", count),
        max_connections: rows.read("max_connections", count),
        recv_queue: rows.read("wsrep_local_recv_queue", count),
        send_queue: rows.read("wsrep_local_send_queue", count),
        appliers: rows.read("wsrep_applier_thread_count", count),
        configured_appliers: configured,
        throttling: rows.read("wsrep_flow_control_requested", switch),
    }
}

fn versions(rows: &Rows) -> Versions {
    let owned = |name| rows.text(name).map(str::to_owned);
    Versions {
        server: owned("version"),
        provider: owned("wsrep_provider_version"),
        protocol: rows.read("wsrep_protocol_version", count),
    }
}

fn counters(rows: &Rows) -> Counters {
    let read = |name| rows.read(name, count);
    Counters {
        uptime: read("uptime"),
        committed: read("wsrep_last_committed"),
        // Percona prints an empty gcache as 0, which is no seqno.
        cached_from: read("wsrep_local_cached_downto").filter(|seqno| *seqno > 0),
        replicated: read("wsrep_replicated"),
        replicated_bytes: read("wsrep_replicated_bytes"),
        received: read("wsrep_received"),
        received_bytes: read("wsrep_received_bytes"),
        commits: read("wsrep_local_commits"),
        cert_failures: read("wsrep_local_cert_failures"),
        bf_aborts: read("wsrep_local_bf_aborts"),
        replays: read("wsrep_local_replays"),
        paused_ns: read("wsrep_flow_control_paused_ns"),
        flow_control_sent: read("wsrep_flow_control_sent"),
        turned_away: read("connection_errors_max_connections"),
        recv_queue: read("wsrep_local_recv_queue"),
    }
}

fn local_state(value: &str) -> Option<LocalState> {
    match value {
        "0" => Some(LocalState::Initialized),
        "1" => Some(LocalState::Joining),
        "2" => Some(LocalState::Donor),
        "3" => Some(LocalState::Joined),
        "4" => Some(LocalState::Synced),
        "5" => Some(LocalState::Inconsistent),
        _ => None,
    }
}

/// A switch, and in MariaDB 12 a list of degrees of which all but OFF forbid writing.
fn read_only(value: &str) -> Option<bool> {
    switch(value).or_else(|| value.to_ascii_lowercase().starts_with("no_lock").then_some(true))
}
