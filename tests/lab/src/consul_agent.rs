//! The settings of the Consul agents.

use serde_json::{Value, json};

use crate::consul::SERVICE;
use crate::node::Node;
use crate::paths;
use crate::sandbox::ROOT;

/// The output of a check that is in state `warning`.
const WARNING: &str = "the disk is nearly full";

/// How Consul checks the Galera nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceCheck {
    /// Whether the port accepts connections.
    Tcp,
    /// By `check_galera --mode readiness` over the node's socket.
    Readiness,
    /// Not at all: the state is `warning`.
    Warning,
}

impl ServiceCheck {
    /// As the agent calls it.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Readiness | Self::Warning => "script",
        }
    }

    /// Whether this is the output of such a check.
    pub(crate) fn says(self, output: &str) -> bool {
        let of_port = output.starts_with("TCP connect ") || output.starts_with("dial ");
        match self {
            Self::Tcp => of_port,
            Self::Warning => output.starts_with(WARNING),
            Self::Readiness => !output.is_empty() && !of_port && !output.starts_with(WARNING),
        }
    }

    /// Its name, by which the catalogue tells it from the others.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "MariaDB",
            Self::Readiness => "Galera",
            Self::Warning => "Disk",
        }
    }

    fn definition(self, node: Node) -> Value {
        let program = paths::programs().join("check_galera");
        let socket = format!("{ROOT}/{node}/mysqld.sock");
        match self {
            Self::Tcp => json!({
                "name": self.name(),
                "tcp": format!("{}:3306", node.address()),
                "interval": "1s",
                "timeout": "1s",
            }),
            Self::Readiness => json!({
                "name": self.name(),
                "args": [program, "--mode", "readiness", "-S", socket, "-u", "root"],
                "interval": "1s",
                "timeout": "5s",
            }),
            Self::Warning => json!({
                "name": self.name(),
                "args": ["sh", "-c", format!("echo '{WARNING}'; exit 1")],
                "interval": "1s",
                "timeout": "5s",
            }),
        }
    }
}

/// How a Consul server answers by DNS; the defaults are Consul's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DnsSettings {
    /// Whether instances in the state `warning` are left out.
    pub only_passing: bool,
    /// For how many seconds a resolver may keep an answer.
    pub lifetime: u32,
    /// For how many seconds a resolver may keep that there is no such name.
    pub negative_lifetime: u32,
}

impl DnsSettings {
    pub(crate) fn definition(self) -> Value {
        let lifetime = format!("{}s", self.lifetime);
        json!({ "dns_config": {
            "only_passing": self.only_passing,
            "service_ttl": { "*": lifetime },
            "soa": { "min_ttl": self.negative_lifetime },
        } })
    }
}

/// The settings of an agent that is no server.
pub(crate) fn client(name: &str, address: &str) -> Value {
    json!({
        "node_name": name,
        "bind_addr": address,
        "client_addr": address,
        "data_dir": format!("/run/lab/consul-{name}/data"),
        "pid_file": format!("/run/lab/consul-{name}/pid"),
        "retry_join": Node::ALL.map(Node::address),
        "retry_interval": "1s",
        "disable_update_check": true,
        "gossip_lan": { "probe_interval": "500ms", "probe_timeout": "250ms", "suspicion_mult": 3 },
    })
}

/// The settings of a database host's server.
pub(crate) fn server(node: Node, check: ServiceCheck) -> Value {
    let further = json!({
        "server": true,
        "bootstrap_expect": 3,
        "ports": { "serf_wan": -1 },
        "performance": { "raft_multiplier": 1 },
        "enable_local_script_checks": true,
        "autopilot": { "cleanup_dead_servers": false, "server_stabilization_time": "1s" },
        "service": {
            "name": SERVICE,
            "id": SERVICE,
            "tags": [node.name()],
            "address": node.address(),
            "port": 3306,
            "check": check.definition(node),
        },
    });
    merged(client(node.name(), node.address()), further)
}

/// A registration of an instance beside the three: nothing listens there, and its check passes unless it is changed.
pub(crate) fn further(service: &str, number: u8) -> Value {
    let number = u16::from(number);
    json!({
        "ID": format!("{service}-{}", 3 + number),
        "Name": service,
        "Address": format!("127.0.0.{}", 100 + number),
        "Port": 3306,
        "Check": { "TTL": "24h", "Status": "passing" },
    })
}

fn merged(mut settings: Value, further: Value) -> Value {
    if let (Value::Object(settings), Value::Object(further)) = (&mut settings, further) {
        settings.extend(further);
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_the_common_settings_and_its_own() {
        let settings = server(Node::Db2, ServiceCheck::Tcp);
        assert_eq!(settings["bind_addr"], "127.0.0.12");
        assert_eq!(settings["service"]["check"]["tcp"], "127.0.0.12:3306");
        assert_eq!(settings["server"], true);
    }

    #[test]
    fn a_script_is_found_by_its_whole_path() {
        let settings = server(Node::Db2, ServiceCheck::Readiness);
        let words = settings["service"]["check"]["args"].as_array().unwrap();
        assert!(words[0].as_str().unwrap().starts_with('/'));
        assert_eq!(words[4], "/run/lab/db2/mysqld.sock");
    }

    #[test]
    fn the_output_tells_the_checks_apart() {
        let said = ["TCP connect 127.0.0.11:3306: Success", "GALERA OK", "the disk is nearly full\n"];
        for (check, own) in [ServiceCheck::Tcp, ServiceCheck::Readiness, ServiceCheck::Warning].into_iter().zip(said) {
            assert!(said.iter().all(|&output| check.says(output) == (output == own)), "{check:?}");
            assert!(!check.says(""));
        }
    }

    #[test]
    fn a_further_instance_follows_the_three() {
        let instance = further("galeradb", 1);
        assert_eq!((&instance["ID"], &instance["Address"]), (&json!("galeradb-4"), &json!("127.0.0.101")));
    }
}
