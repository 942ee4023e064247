//! Makes a fault and waits until it is visible.

use anyhow::Result;

use crate::bind::Bind;
use crate::bind_zone::Zone;
use crate::consul::Consul;
use crate::consul_faults;
use crate::dns_faults;
use crate::fault::Fault;
use crate::galera::Galera;
use crate::galera_faults;
use crate::internet::{Internet, Knows};
use crate::node::Node;
use crate::sandbox::Sandbox;
use crate::tls::Shown;

pub(crate) fn inject(sandbox: &Sandbox, fault: Fault) -> Result<()> {
    let galera = Galera::new(sandbox);
    let consul = Consul::new(sandbox);
    let bind = Bind::new(sandbox);
    match fault {
        Fault::GaleraKill(node) => galera_faults::kill(galera, consul, &[node]),
        Fault::GaleraStop(node) => galera.stop(node).and_then(|()| galera_faults::absent(galera, consul, node)),
        Fault::GaleraFreeze(node) => galera.daemon(node).freeze().and_then(|()| galera.wait_absent(node)),
        Fault::GaleraPartition(node) => galera_faults::partition(galera, node),
        Fault::GaleraDesync(node) => galera_faults::desync(galera, node),
        Fault::GaleraReject(node) => galera_faults::reject(galera, node),
        Fault::GaleraWsrepOff(node) => galera_faults::wsrep_off(galera, node),
        Fault::GaleraProviderNone(node) => galera_faults::provider_none(galera, consul, node),
        Fault::GaleraReadOnly(node) => galera.sql(node, "SET GLOBAL read_only = ON").map(drop),
        Fault::GaleraMaxConnections(node) => galera_faults::max_connections(galera, node),
        Fault::GaleraCertificate(node) => galera_faults::certificate(galera, node, Shown::OtherName),
        Fault::GaleraFtwrl(node) => galera_faults::ftwrl(galera, node),
        Fault::GaleraFlowControl(node) => galera_faults::flow_control(galera, node),
        Fault::GaleraBlockedAppliers(node) => galera_faults::blocked_appliers(galera, node),
        Fault::GaleraInconsistent(node) => galera_faults::inconsistent(galera, node),
        Fault::GaleraSst(node) => galera_faults::state_transfer(galera, consul, node, "mariabackup"),
        Fault::GaleraSstRsync(node) => galera_faults::state_transfer(galera, consul, node, "rsync"),
        Fault::GaleraSstLoop(node) => galera_faults::state_transfer_loop(galera, consul, node),
        Fault::GaleraSplitBrain => galera_faults::split_brain(galera),
        Fault::GaleraSecondCluster => galera_faults::second_cluster(galera),
        Fault::GaleraNoPrimary => galera_faults::kill(galera, consul, &[Node::Db2, Node::Db3]),
        Fault::GaleraGarbd => galera_faults::arbitrator(galera),
        Fault::GaleraTwoAndGarbd => galera_faults::two_and_arbitrator(galera, consul),
        Fault::GaleraTwoNetworks => galera_faults::two_networks(galera),
        Fault::GaleraWeights => galera_faults::weights(galera),

        Fault::ConsulKill(node) => consul_faults::kill(consul, node),
        Fault::ConsulFreeze(node) => consul_faults::freeze(consul, node),
        Fault::ConsulLeaderKill => consul_faults::leader_kill(consul),
        Fault::ConsulLeaderFreeze => consul_faults::leader_freeze(consul),
        Fault::ConsulNoQuorum => consul_faults::no_quorum(consul),
        Fault::ConsulRestartAlone => consul_faults::restart_alone(consul),
        Fault::ConsulAllDown => consul_faults::all_down(consul),
        Fault::ConsulDnsDown(node) => dns_faults::closed(consul, bind, node),
        Fault::ConsulDnsBlackhole(node) => dns_faults::dropped(consul, bind, node),
        Fault::ConsulWarning(node) => consul_faults::warning(consul, node),
        Fault::ConsulMaintenance(node) => consul.maintain(node, true).and_then(|()| consul.wait_absent(node)),
        Fault::ConsulServiceMaintenance(node) => consul_faults::service_maintenance(consul, node),
        Fault::ConsulDeregister(node) => consul.deregister(node).and_then(|()| consul.wait_absent(node)),
        Fault::DnsKill(node) => bind.daemon(node).kill().and_then(|()| bind.wait_answer(node, None)),
        Fault::DnsFreeze(node) => bind.daemon(node).freeze().and_then(|()| bind.wait_answer(node, None)),
        Fault::DnsLeak(node) => dns_faults::configure(bind, node, Zone::Leaked),
        Fault::DnsDnssec(node) => dns_faults::configure(bind, node, Zone::Validated),
        Fault::DnsForeign(node) => dns_faults::configure(bind, node, Zone::Foreign),
        Fault::DnsForwardFirst(node) => dns_faults::forward_first(consul, bind, node),
        Fault::DnsForwardFirstValidated(node) => dns_faults::configure(bind, node, Zone::FirstValidated),
        Fault::DnsNarrow(node) => dns_faults::configure(bind, node, Zone::Narrow),
        Fault::DnsFilter(node) => dns_faults::configure(bind, node, Zone::Filtered),
        Fault::DnsAcl(node) => dns_faults::configure(bind, node, Zone::Restricted),
        Fault::DnsStale(node) => dns_faults::stale(consul, bind, node),
        Fault::DnsNegative(node) => dns_faults::negative(consul, bind, node),
        Fault::DnsHijack(node) => dns_faults::configure(bind, node, Zone::Invented),
        Fault::DnsHijackInternal(node) => dns_faults::configure(bind, node, Zone::InventedInternal),
        Fault::DnsRebind(node) => dns_faults::configure(bind, node, Zone::Rebound),
        Fault::DnsTcpClosed(node) => dns_faults::tcp_closed(bind, node),
        Fault::DnsExternalDown => dns_faults::external_down(bind),
        Fault::DnsExternalSilent => dns_faults::external_silent(bind),
        Fault::DnsLeaksOut => Internet::new(sandbox).teach(Knows::Internal),
    }
}
