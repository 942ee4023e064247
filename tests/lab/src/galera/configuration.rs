//! The configuration of a node's server.

use super::TIMING;
use crate::node::Node;
use crate::sandbox::ROOT;
use crate::tls;

/// How a cluster is set up.
#[derive(Clone, Copy)]
pub(crate) enum Setup {
    /// Small caches and short timeouts, so that faults show soon and labs are many.
    Quick,
    /// Galera's own defaults for its cache (128 MB) and its timeouts.
    Defaults,
}

impl Setup {
    /// What differs in `wsrep_provider_options`.
    fn provider_options(self) -> String {
        match self {
            Self::Quick => format!("gcache.size=8M;{TIMING};pc.wait_prim_timeout=PT10S"),
            Self::Defaults => String::new(),
        }
    }
}

/// A node's `my.cnf`.
pub(super) fn options(node: Node, setup: Setup) -> String {
    let address = node.address();
    let provider_options = provider_options(address, setup);
    let members = Node::ALL.map(Node::address).join(",");
    let ca = tls::path("ca.pem");
    format!(
        "[mysqld]
user=root
datadir={ROOT}/{node}/data
socket={ROOT}/{node}/mysqld.sock
pid-file={ROOT}/{node}/pid
tmpdir={ROOT}/{node}
bind-address={address}
extra_port=3307
extra_max_connections=5
ssl-ca={ca}
ssl-cert={ROOT}/{node}/server.pem
ssl-key={ROOT}/{node}/server-key.pem
plugin_load_add=auth_ed25519
skip-name-resolve
performance_schema=OFF
log_warnings=1

binlog_format=ROW
innodb_autoinc_lock_mode=2
innodb_autoextend_increment=1
innodb_buffer_pool_size=16M
innodb_log_file_size=8M
innodb_doublewrite=0
innodb_flush_log_at_trx_commit=0
innodb_flush_method=nosync

wsrep_on=ON
wsrep_provider=/usr/lib/galera/libgalera_smm.so
wsrep_cluster_name=lab
wsrep_cluster_address=gcomm://{members}
wsrep_node_name={node}
wsrep_node_address={address}
wsrep_node_incoming_address={address}:3306
wsrep_slave_threads=1
wsrep_sst_method=mariabackup
wsrep_sst_auth=root:
wsrep_sst_receive_address={address}:4444
wsrep_provider_options=\"{provider_options}\"

[sst]
ssl-mode=DISABLED
sst-log-archive=0
"
    )
}

/// `wsrep_provider_options` of a node that replicates on this address.
fn provider_options(address: &str, setup: Setup) -> String {
    let group = format!("base_host={address};gmcast.listen_addr=tcp://{address}:4567");
    let transfer = format!("ist.recv_addr={address}:4568;ist.recv_bind={address}:4568");
    format!("{group};{transfer};{}", setup.provider_options())
}

/// The node's address in a network that is for replication alone.
pub(crate) fn replication_address(node: Node) -> String {
    format!("127.0.1.1{}", node.number())
}

/// The options of a server that replicates in that network; clients still find it at its own address, at this port.
pub(crate) fn on_two_networks(node: Node, port: u16) -> Vec<String> {
    let address = replication_address(node);
    let members = Node::ALL.map(replication_address).join(",");
    vec![
        format!("--port={port}"),
        format!("--wsrep-node-incoming-address={}:{port}", node.address()),
        format!("--wsrep-node-address={address}"),
        format!("--wsrep-cluster-address=gcomm://{members}"),
        format!("--wsrep-sst-receive-address={address}:4444"),
        format!("--wsrep-provider-options={}", provider_options(&address, Setup::Quick)),
    ]
}

/// The view that Galera saves while it is in a Primary Component (`pc.recovery`).
pub(super) fn saved_view(node: Node) -> String {
    let uuid = |node: Node| format!("0000000{}-0000-11ee-8000-00000000000{0}", node.number());
    let members: String = Node::ALL.map(|node| format!("member: {} 0\n", uuid(node))).concat();
    format!("my_uuid: {}\n#vwbeg\nview_id: 3 {} 3\nbootstrap: 0\n{members}#vwend\n", uuid(node), uuid(Node::Db1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_listens_on_its_own_address_alone() {
        let options = options(Node::Db2, Setup::Quick);
        assert!(options.contains("\nbind-address=127.0.0.12\n"));
        assert!(options.contains("gmcast.listen_addr=tcp://127.0.0.12:4567;ist.recv_addr"));
        assert!(options.contains("gcomm://127.0.0.11,127.0.0.12,127.0.0.13\n"));
    }

    #[test]
    fn a_network_for_replication_alone_is_unknown_to_clients() {
        let options = on_two_networks(Node::Db3, 3310).join("\n");
        assert_eq!(options.matches("127.0.0.").count(), 1, "{options}");
        assert!(options.contains("incoming-address=127.0.0.13:3310\n"), "{options}");
        assert!(options.contains("gcomm://127.0.1.11,127.0.1.12,127.0.1.13\n"), "{options}");
    }

    #[test]
    fn the_defaults_are_left_to_the_servers() {
        let options = options(Node::Db1, Setup::Defaults);
        assert!(["gcache", "evs.", "pc."].iter().all(|name| !options.contains(name)), "{options}");
    }

    #[test]
    fn the_saved_view_names_all_three_members_and_the_node_itself() {
        let view = saved_view(Node::Db3);
        assert!(view.starts_with("my_uuid: 00000003-0000-11ee-8000-000000000003\n#vwbeg\n"));
        assert_eq!(view.matches("member: ").count(), 3);
    }
}
