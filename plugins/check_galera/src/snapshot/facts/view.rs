//! The group, as a node knows it.

use super::rows::Rows;
use super::value::{count, uuid};
use crate::snapshot::address_list::is_auto;

/// The group as a node sees it (`wsrep_cluster_status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComponentStatus {
    Primary,
    /// Partitioned, but also initializing and joining: MariaDB prints the same for all of them.
    NonPrimary,
    Disconnected,
}

/// The group as the node knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) component: Option<ComponentStatus>,
    /// Members, arbitrators and joiners included.
    pub(crate) size: Option<u64>,
    /// The sum of the members' `pc.weight`.
    pub(crate) weight: Option<u64>,
    /// `wsrep_cluster_conf_id`: grows by one with each change of membership.
    pub(crate) number: Option<u64>,
    /// `wsrep_local_index`: members of one view have distinct ones.
    pub(crate) index: Option<u64>,
    pub(crate) uuid: Option<String>,
    pub(crate) cluster_name: Option<String>,
    /// `wsrep_incoming_addresses` without the empty elements; `AUTO` is kept.
    pub(crate) incoming: Vec<String>,
    /// Members without an address for clients (garbd): empty elements of `wsrep_incoming_addresses`; with Percona missing
    /// ones.
    pub(crate) arbitrators: u64,
    /// Whether size and list are of different moments: a SHOW reads them one after the other.
    pub(crate) is_torn: bool,
    /// `wsrep_node_incoming_address`, the node's own element of the list, unless it is AUTO.
    pub(crate) own_incoming: Option<String>,
    /// `wsrep_node_address` without a port.
    pub(crate) own_address: Option<String>,
    /// `wsrep_cluster_address`; absent only when the row is missing.
    pub(crate) cluster_address: Option<String>,
}

pub(super) fn view(rows: &Rows) -> View {
    let (addresses, empty) = incoming(rows.raw("wsrep_incoming_addresses").unwrap_or_default());
    let size = rows.read("wsrep_cluster_size", count);
    let listed = size.filter(|_| !addresses.is_empty());
    let unlisted = listed.map_or(0, |size| size.saturating_sub(addresses.len() as u64));
    // Percona leaves an arbitrator out of the list; then the size alone tells of it.
    let is_percona = rows.raw("pxc_maint_mode").is_some();
    let is_torn = !is_percona && listed.is_some_and(|size| size != addresses.len() as u64 + empty);
    let own = |name| rows.text(name).filter(|address| !is_auto(address)).map(str::to_owned);
    View {
        component: rows.read("wsrep_cluster_status", component),
        size,
        weight: rows.read("wsrep_cluster_weight", count),
        number: rows.read("wsrep_cluster_conf_id", count),
        index: rows.read("wsrep_local_index", count),
        uuid: rows.read("wsrep_cluster_state_uuid", uuid),
        cluster_name: rows.text("wsrep_cluster_name").map(str::to_owned),
        incoming: addresses,
        arbitrators: if is_percona { empty.max(unlisted) } else { empty },
        is_torn,
        own_incoming: own("wsrep_node_incoming_address"),
        own_address: own("wsrep_node_address"),
        cluster_address: rows.raw("wsrep_cluster_address").map(str::to_owned),
    }
}

/// The addresses for clients, and how many members have none.
pub(super) fn incoming(list: &str) -> (Vec<String>, u64) {
    if list.is_empty() {
        return (Vec::new(), 0);
    }
    let (empty, addresses): (Vec<_>, Vec<_>) = list.split(',').map(str::trim).partition(|address| address.is_empty());
    (addresses.into_iter().map(str::to_owned).collect(), empty.len() as u64)
}

fn component(value: &str) -> Option<ComponentStatus> {
    match value.to_ascii_lowercase().as_str() {
        "primary" => Some(ComponentStatus::Primary),
        "non-primary" | "non_primary" => Some(ComponentStatus::NonPrimary),
        "disconnected" => Some(ComponentStatus::Disconnected),
        _ => None,
    }
}
