//! Brings a Galera cluster back from whatever state it is in.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::client::Clients;
use crate::galera::{Galera, Status, replication_address};
use crate::garbd;
use crate::node::Node;
use crate::settings;
use crate::tls::Shown;
use crate::wait::wait_until;

/// How long the members may take to find each other again, including a full state transfer.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) fn galera(galera: Galera) -> Result<()> {
    Clients::new(galera.sandbox).end()?;
    garbd::end(galera.sandbox)?;
    for node in Node::ALL {
        galera.daemon(node).thaw()?;
        if !galera.has_right_certificate(node)? {
            // A server that does not run reads it when it starts.
            drop(galera.show_certificate(node, Shown::Right));
        }
    }
    let (alive, dead): (Vec<_>, Vec<_>) = Node::ALL.into_iter().partition(|&node| galera.daemon(node).is_alive());
    if alive.is_empty() || alive.iter().any(|&node| is_on_another_network(galera, node)) {
        return reform(galera);
    }
    for node in alive {
        reset(galera, node);
    }
    let alone = |&node: &Node| is_inconsistent(galera, node) || is_without_provider(galera, node);
    for node in Node::ALL.into_iter().filter(alone).chain(seceded(galera)) {
        galera.daemon(node).kill()?;
        galera.wipe(node)?;
        galera.launch(node, &[])?;
    }
    for node in dead {
        galera.restart(node)?;
    }
    settled(galera).or_else(|_| reform(galera))
}

/// Waits until all is healthy; a node that was still joining is put right as soon as it answers.
fn settled(galera: Galera) -> Result<()> {
    wait_until("three synced Galera nodes", PATIENCE, || {
        galera.healthy().inspect_err(|_| Node::ALL.into_iter().for_each(|node| reset(galera, node)))
    })
}

/// Best effort: a node that hangs or rejects a statement is found unhealthy afterwards.
fn reset(galera: Galera, node: Node) {
    if let Ok(statements) = settings::corrections(galera, node)
        && !statements.is_empty()
    {
        drop(galera.sql(node, &statements));
    }
}

/// Whether a node has left because the others disagreed with its data; it must take theirs.
fn is_inconsistent(galera: Galera, node: Node) -> bool {
    galera.status(node).is_ok_and(|status| status.get("local_state_comment") == "Inconsistent")
}

/// Whether a node runs without Galera; what was written there meanwhile is lost.
fn is_without_provider(galera: Galera, node: Node) -> bool {
    galera.sql(node, "SELECT @@global.wsrep_provider").is_ok_and(|provider| provider.trim() == "none")
}

/// Whether a node replicates on an address that the others' configuration does not name.
fn is_on_another_network(galera: Galera, node: Node) -> bool {
    let address = galera.sql(node, "SELECT @@global.wsrep_node_address");
    address.is_ok_and(|address| address.trim() == replication_address(node))
}

/// The nodes that are Primary in a component which a larger one does not know.
///
/// They never come back by themselves, and what they wrote meanwhile cannot be merged.
fn seceded(galera: Galera) -> Vec<Node> {
    let primaries: Vec<_> = Node::ALL
        .into_iter()
        .filter_map(|node| Some((node, galera.status(node).ok().filter(Status::is_primary)?)))
        .collect();
    let seceded = primaries.iter().filter(|(node, own)| {
        primaries.iter().any(|(other, view)| view.size() > own.size() && !view.lists(*node) && !own.lists(*other))
    });
    seceded.map(|(node, _)| *node).collect()
}

/// Forms the cluster anew around the server that has the most.
fn reform(galera: Galera) -> Result<()> {
    for node in Node::ALL {
        // With the programs of a state transfer.
        galera.daemon(node).kill_group()?;
    }
    let mut positions = Vec::new();
    for node in Node::ALL {
        // The view of a cluster that no longer is.
        drop(fs::remove_file(galera.daemon(node).file("data/gvwstate.dat")));
        positions.push((seqno(galera.position(node)?.as_deref()), node));
    }
    // The first of equals, so not simply the greatest pair.
    let (_, best) = positions.into_iter().rev().max_by_key(|(seqno, _)| *seqno).context("no node")?;
    let state = galera.daemon(best).file("data/grastate.dat");
    let text = fs::read_to_string(&state).context("no node has data")?;
    fs::write(&state, text.replace("safe_to_bootstrap: 0", "safe_to_bootstrap: 1"))?;
    galera.launch(best, &["--wsrep-new-cluster".to_owned()])?;
    galera.wait(best, "Primary", |status| status.is_primary() && status.get("ready") == "ON")?;
    // One after the other: the only donor cannot serve two.
    for node in best.others() {
        galera.restart(node)?;
        galera.wait(node, "Synced", |status| status.get("local_state_comment") == "Synced")?;
    }
    galera.wait_healthy(PATIENCE)
}

fn seqno(position: Option<&str>) -> i64 {
    position.and_then(|position| position.rsplit_once(':')?.1.parse().ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_with_more_transactions_wins() {
        assert!(seqno(Some("c2c7-11f1:10")) > seqno(Some("c2c7-11f1:9")));
        assert!(seqno(None) < seqno(Some("c2c7-11f1:0")));
    }
}
