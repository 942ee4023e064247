//! What the nodes said.

use std::collections::BTreeMap;
use std::time::Duration;

use common::CheckError;

/// Every node that was asked, in the order in which they were given.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) nodes: Vec<Asked>,
}

/// One node and what came of asking it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The address that was asked, such as `127.0.0.11:3306`.
    pub(crate) address: String,
    pub(crate) answer: Answer,
}

/// What came of asking a node.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It answered in this time.
    Facts(Box<Facts>, Duration),
    /// It refused, was silent or failed; the reason.
    Unreachable(String),
    /// It did not let us log in; the reason. Not the node's fault.
    Denied(String),
    /// Our own side kept us from asking.
    NotAsked(CheckError),
}

/// The group as a node sees it (`wsrep_cluster_status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    Primary,
    /// Partitioned, but also initializing and joining: MariaDB prints the same for all of them.
    NonPrimary,
    Disconnected,
}

/// `wsrep_local_state`: Galera's `S_*` numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LocalState {
    Initialized,
    Joining,
    Donor,
    Joined,
    Synced,
    /// 5: the node lost the vote about its data (Galera 4).
    Inconsistent,
}

/// What a node says of itself; absent where it is missing or says "unknown".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) name: Option<String>,
    /// `wsrep_gcomm_uuid`: which process this is, whatever address it was asked at.
    pub(crate) process: Option<String>,
    pub(crate) has_provider: bool,
    pub(crate) replicates: Option<bool>,
    pub(crate) rejects_queries: Option<String>,
    pub(crate) component: Option<Component>,
    pub(crate) size: Option<u64>,
    pub(crate) cluster_uuid: Option<String>,
    pub(crate) ready: Option<bool>,
    pub(crate) state: Option<LocalState>,
    pub(crate) comment: String,
}

/// The variables that are asked for: `SHOW GLOBAL STATUS`.
pub(crate) const STATUS: [&str; 7] = [
    "wsrep_cluster_size",
    "wsrep_cluster_state_uuid",
    "wsrep_cluster_status",
    "wsrep_gcomm_uuid",
    "wsrep_local_state",
    "wsrep_local_state_comment",
    "wsrep_ready",
];

/// The variables that are asked for: `SHOW GLOBAL VARIABLES`.
pub(crate) const VARIABLES: [&str; 4] = ["wsrep_node_name", "wsrep_on", "wsrep_provider", "wsrep_reject_queries"];

impl Facts {
    /// Reads names and values by meaning: without regard to case, sentinels as unknown.
    pub(crate) fn new(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let rows: BTreeMap<String, String> =
            rows.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        let text = |name: &str| rows.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        Self {
            name: text("wsrep_node_name").map(str::to_owned),
            process: text("wsrep_gcomm_uuid").and_then(uuid),
            has_provider: text("wsrep_provider").is_some_and(|provider| !provider.eq_ignore_ascii_case("none")),
            replicates: text("wsrep_on").and_then(switch),
            rejects_queries: text("wsrep_reject_queries")
                .filter(|value| !value.eq_ignore_ascii_case("none"))
                .map(str::to_owned),
            component: text("wsrep_cluster_status").and_then(component),
            size: text("wsrep_cluster_size").and_then(count),
            cluster_uuid: text("wsrep_cluster_state_uuid").and_then(uuid),
            ready: text("wsrep_ready").and_then(switch),
            state: text("wsrep_local_state").and_then(local_state),
            comment: text("wsrep_local_state_comment").unwrap_or_default().to_owned(),
        }
    }
}

impl Facts {
    /// Whether nothing is missing that tells what the node is.
    pub(crate) fn are_complete(&self) -> bool {
        self.has_provider
            && self.component.is_some()
            && self.size.is_some()
            && self.ready.is_some()
            && (self.state.is_some() || self.replicates == Some(false))
    }
}

fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" => Some(true),
        "off" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

fn component(value: &str) -> Option<Component> {
    match value.to_ascii_lowercase().as_str() {
        "primary" => Some(Component::Primary),
        "non-primary" | "non_primary" => Some(Component::NonPrimary),
        "disconnected" => Some(Component::Disconnected),
        _ => None,
    }
}

/// An undefined number is printed as 2^64-1 or -1.
fn count(value: &str) -> Option<u64> {
    value.parse().ok().filter(|count| *count != u64::MAX)
}

/// The nil UUID stands for "not yet known".
fn uuid(value: &str) -> Option<String> {
    let known = value.chars().any(|c| c != '0' && c != '-');
    known.then(|| value.to_ascii_lowercase())
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
