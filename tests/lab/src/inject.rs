//! Makes a fault and waits until it is visible.

use anyhow::Result;

use crate::bind::{Bind, Zone};
use crate::consul::Consul;
use crate::fault::Fault;
use crate::galera::Galera;
use crate::galera_faults;
use crate::node::Node;
use crate::sandbox::Sandbox;

pub(crate) fn inject(sandbox: &Sandbox, fault: Fault) -> Result<()> {
    let galera = Galera::new(sandbox);
    let consul = Consul::new(sandbox);
    let bind = Bind::new(sandbox);
    match fault {
        Fault::GaleraKill(_)
        | Fault::GaleraStop(_)
        | Fault::GaleraFreeze(_)
        | Fault::GaleraPartition(_)
        | Fault::GaleraDesync(_)
        | Fault::GaleraReject(_)
        | Fault::GaleraWsrepOff(_)
        | Fault::GaleraReadOnly(_)
        | Fault::GaleraMaxConnections(_)
        | Fault::GaleraCertificate(_)
        | Fault::GaleraFtwrl(_)
        | Fault::GaleraFlowControl(_)
        | Fault::GaleraInconsistent(_)
        | Fault::GaleraSst(_)
        | Fault::GaleraSstRsync(_)
        | Fault::GaleraSplitBrain
        | Fault::GaleraSecondCluster
        | Fault::GaleraNoPrimary
        | Fault::GaleraGarbd
        | Fault::GaleraWeights => galera_faults::inject(galera, consul, fault),

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
