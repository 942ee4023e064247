//! Makes a fault and waits until it is visible.

use anyhow::{Result, bail};

use crate::bind::{Bind, Zone};
use crate::consul::Consul;
use crate::fault::Fault;
use crate::galera::Galera;
use crate::node::Node;
use crate::sandbox::Sandbox;

/// Group communication, incremental and full state transfer.
const REPLICATION_PORTS: &str = "4567,4568,4444";

pub(crate) fn inject(sandbox: &Sandbox, fault: Fault) -> Result<()> {
    let galera = Galera::new(sandbox);
    let consul = Consul::new(sandbox);
    let bind = Bind::new(sandbox);
    match fault {
        Fault::GaleraKill(node) => galera_kill(galera, consul, &[node]),
        Fault::GaleraStop(node) => galera.stop(node).and_then(|()| galera_absent(galera, consul, node)),
        Fault::GaleraFreeze(node) => galera.daemon(node).freeze().and_then(|()| galera.wait_absent(node)),
        Fault::GaleraPartition(node) => partition(sandbox, galera, node),
        Fault::GaleraDesync(node) => desync(galera, node),
        Fault::GaleraReject(node) => reject(galera, node),
        Fault::GaleraSplitBrain => split_brain(sandbox, galera),
        Fault::GaleraNoPrimary => galera_kill(galera, consul, &[Node::Db2, Node::Db3]),
        Fault::ConsulKill(node) => consul.server(node).kill().and_then(|()| consul.wait_absent(node)),
        Fault::ConsulLeaderKill => leader_kill(consul),
        Fault::ConsulNoQuorum => no_quorum(consul),
        Fault::ConsulMaintenance(node) => consul.maintain(node, true).and_then(|()| consul.wait_absent(node)),
        Fault::ConsulDeregister(node) => consul.deregister(node).and_then(|()| consul.wait_absent(node)),
        Fault::DnsKill(node) => bind.daemon(node).kill().and_then(|()| bind.wait_answer(node, None)),
        Fault::DnsFreeze(node) => bind.daemon(node).freeze().and_then(|()| bind.wait_answer(node, None)),
        Fault::DnsLeak(node) => reconfigure(bind, node, Zone::Leaked, "NXDOMAIN"),
        Fault::DnsDnssec(node) => reconfigure(bind, node, Zone::Validated, "SERVFAIL"),
    }
}

/// Kills all of `nodes` at once, so that the rest cannot agree on a smaller cluster in between.
fn galera_kill(galera: Galera, consul: Consul, nodes: &[Node]) -> Result<()> {
    for &node in nodes {
        galera.daemon(node).signal("KILL")?;
    }
    for &node in nodes {
        galera.daemon(node).gone()?;
        galera_absent(galera, consul, node)?;
    }
    Ok(())
}

fn galera_absent(galera: Galera, consul: Consul, node: Node) -> Result<()> {
    galera.wait_absent(node)?;
    consul.wait_absent(node)
}

fn partition(sandbox: &Sandbox, galera: Galera, node: Node) -> Result<()> {
    for other in node.others() {
        for (from, to) in [(node, other), (other, node)] {
            let rule = [
                "-w",
                "-A",
                "INPUT",
                "-p",
                "tcp",
                "-s",
                from.address(),
                "-d",
                to.address(),
                "-m",
                "multiport",
                "--ports",
                REPLICATION_PORTS,
                "-j",
                "DROP",
            ];
            sandbox.run("iptables", rule)?;
        }
    }
    galera.wait(node, "non-Primary", |status| !status.is_primary())?;
    galera.wait_absent(node)
}

fn split_brain(sandbox: &Sandbox, galera: Galera) -> Result<()> {
    partition(sandbox, galera, Node::Db3)?;
    galera.sql(Node::Db3, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'")?;
    galera.wait(Node::Db3, "Primary on its own", |status| status.is_primary() && status.size() == "1")
}

fn desync(galera: Galera, node: Node) -> Result<()> {
    galera.sql(node, "SET GLOBAL wsrep_desync = ON")?;
    galera.wait(node, "desynced", |status| status.get("local_state_comment") == "Donor/Desynced")
}

fn reject(galera: Galera, node: Node) -> Result<()> {
    galera.sql(node, "SET GLOBAL wsrep_reject_queries = ALL")?;
    match galera.sql(node, "SELECT COUNT(*) FROM app.t") {
        Err(error) if format!("{error:#}").contains("1047") => Ok(()),
        answer => bail!("{node} rejects no queries: {answer:?}"),
    }
}

fn leader_kill(consul: Consul) -> Result<()> {
    let leader = consul.leader(Node::Db1)?;
    consul.server(leader).kill()?;
    consul.wait_new_leader(leader)?;
    consul.wait_absent(leader)
}

fn no_quorum(consul: Consul) -> Result<()> {
    consul.server(Node::Db2).kill()?;
    consul.server(Node::Db3).kill()?;
    consul.wait_leaderless(Node::Db1)
}

fn reconfigure(bind: Bind, node: Node, zone: Zone, code: &str) -> Result<()> {
    bind.reconfigure(node, zone)?;
    bind.wait_answer(node, Some(code))
}
