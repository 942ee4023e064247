//! A node's own status.

use std::collections::HashMap;

use crate::node::Node;

/// Status variables without their `wsrep_`.
pub(crate) struct Status(HashMap<String, String>);

impl Status {
    /// The rows of `SHOW GLOBAL STATUS`, columns by tabulators.
    pub(super) fn parse(rows: &str) -> Self {
        let rows = rows.lines().filter_map(|row| row.split_once('\t'));
        Self(rows.map(|(name, value)| (name.trim_start_matches("wsrep_").to_owned(), value.to_owned())).collect())
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// 0 for what is missing or no number.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.get(name).parse().unwrap_or(0)
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.get("cluster_status") == "Primary"
    }

    pub(crate) fn size(&self) -> &str {
        self.get("cluster_size")
    }

    /// Whether it counts a node as a member of its own component.
    pub(crate) fn lists(&self, node: Node) -> bool {
        self.get("incoming_addresses").split(',').any(|address| address == format!("{}:3306", node.address()))
    }

    /// In one line.
    pub(crate) fn summary(&self) -> String {
        ["local_state_comment", "cluster_status", "cluster_size", "ready"].map(|name| self.get(name)).join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_apart_by_their_whole_address() {
        let status = Status::parse("wsrep_ready\tON\nwsrep_incoming_addresses\t127.0.0.13:33060,127.0.0.12:3306\n");
        assert!(status.lists(Node::Db2) && !status.lists(Node::Db3));
    }
}
