//! The rows of a node.

use super::wire::Row;

/// What a node answers to both SHOW.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: Vec<Row>,
    pub(super) variables: Vec<Row>,
}

fn row(name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Row {
    (name.as_ref().to_vec(), Some(value.as_ref().to_vec()))
}

impl Answer {
    /// A healthy member of three, without the rows that nobody needs to call it that.
    pub(crate) fn healthy() -> Self {
        let status = [
            ("wsrep_cluster_size", "3"),
            ("wsrep_cluster_state_uuid", "3e44cb65-e64c-11f1-9af2-2ad78b91430d"),
            ("wsrep_cluster_status", "Primary"),
            ("wsrep_local_state", "4"),
            ("wsrep_local_state_comment", "Synced"),
            ("wsrep_ready", "ON"),
        ];
        let variables = [("wsrep_on", "ON"), ("wsrep_node_name", "node1"), ("wsrep_provider", "libgalera_smm.so")];
        let rows = |rows: &[(&str, &str)]| rows.iter().map(|(name, value)| row(name, value)).collect();
        Self { status: rows(&status), variables: rows(&variables) }
    }

    /// Member `index` of a group of `size`, called `node<index + 1>`.
    pub(crate) fn member(index: u8, size: u8) -> Self {
        Self::healthy()
            .with("wsrep_cluster_size", size.to_string())
            .with("wsrep_local_index", index.to_string())
            .with("wsrep_cluster_conf_id", "7")
            .with("wsrep_node_name", format!("node{}", index + 1))
            .with("wsrep_gcomm_uuid", format!("0000000{index}-e64c-11f1-9af2-2ad78b91430d"))
    }

    /// With this value, whether it had one or not.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let known = self.status.iter_mut().chain(&mut self.variables).find(|(known, _)| known == name.as_bytes());
        match known {
            Some(known) => known.1 = Some(value.as_ref().to_vec()),
            None => self.status.push(row(name, value)),
        }
        self
    }

    /// With one more row of any name, NULL or not.
    pub(crate) fn and(mut self, name: impl AsRef<[u8]>, value: Option<&[u8]>) -> Self {
        self.status.push((name.as_ref().to_vec(), value.map(<[u8]>::to_vec)));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.status.retain(|(known, _)| known != name.as_bytes());
        self.variables.retain(|(known, _)| known != name.as_bytes());
        self
    }
}
