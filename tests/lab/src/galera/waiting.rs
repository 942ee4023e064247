//! Waiting for the cluster, and its health.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::{Galera, LIMIT, Status};
use crate::node::Node;
use crate::settings;
use crate::wait::wait_until;

impl Galera<'_> {
    /// Waits until a node's status is as wanted.
    pub(crate) fn wait(self, node: Node, what: &str, wanted: impl Fn(&Status) -> bool) -> Result<()> {
        wait_until(&format!("{node}: {what}"), LIMIT, || {
            let status = self.status(node)?;
            ensure!(wanted(&status), "{}", status.summary());
            Ok(())
        })
        .map_err(|error| self.daemon(node).explain(&error))
    }

    /// Waits until no other running node counts this one as a member.
    pub(crate) fn wait_absent(self, node: Node) -> Result<()> {
        for other in node.others().into_iter().filter(|&other| self.daemon(other).is_alive()) {
            self.wait(other, &format!("a view without {node}"), |status| !status.lists(node))?;
        }
        Ok(())
    }

    /// Waits until all three are members of one Primary Component and serve.
    pub(crate) fn wait_healthy(self, limit: Duration) -> Result<()> {
        wait_until("three synced Galera nodes", limit, || self.healthy())
            .map_err(|error| Node::ALL.iter().fold(error, |error, &node| self.daemon(node).explain(&error)))
    }

    /// Checks that all three are members of one Primary Component and serve.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn healthy(self) -> Result<()> {
        let mut uuids = Vec::new();
        for node in Node::ALL {
            let status = self.status(node)?;
            let synced = status.is_primary() && status.size() == "3" && status.get("local_state_comment") == "Synced";
            ensure!(synced && status.get("ready") == "ON", "{node}: {}", status.summary());
            let flow = status.get("flow_control_active");
            ensure!(flow == "false", "{node}: flow control active: {flow}");
            // The status shows nothing of wsrep_reject_queries, nor of these variables.
            self.sql(node, "SELECT COUNT(*) FROM mysql.servers")?;
            let corrections = settings::corrections(self, node)?;
            ensure!(corrections.is_empty(), "{node} needs {corrections}");
            let network = self.sql(node, "SELECT @@global.wsrep_node_address")?;
            ensure!(network.trim() == node.address(), "{node} replicates on {}", network.trim());
            ensure!(self.has_right_certificate(node)?, "{node} shows another's certificate");
            uuids.push(status.get("cluster_state_uuid").to_owned());
        }
        uuids.dedup();
        ensure!(uuids.len() == 1, "different histories: {}", uuids.join(" "));
        Ok(())
    }
}
