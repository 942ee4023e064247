//! Three Consul servers and two client agents, which register and check the Galera nodes.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::{Value, json};

use crate::daemon::Daemon;
use crate::http;
use crate::node::{MONITORS, Node};
use crate::paths;
use crate::sandbox::{ROOT, Sandbox};
use crate::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(45);

/// How long the catalogue may lag behind an agent. Consul 1.8 leaves it behind until the next full sync, up to a
/// minute later, when a check changes at the moment at which it is synced (seen on a loaded machine).
const DRIFT: Duration = Duration::from_secs(3);

/// The service under which the Galera nodes are registered.
pub(crate) const SERVICE: &str = "galeradb";

/// How Consul checks the Galera nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceCheck {
    /// Whether the port accepts connections.
    Tcp,
    /// What `check_galera --mode readiness` says over the node's socket.
    Readiness,
}

impl ServiceCheck {
    /// As the agent calls it.
    fn kind(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Readiness => "script",
        }
    }

    /// Whether this is the output of such a check.
    fn says(self, output: &str) -> bool {
        let of_port = output.starts_with("TCP connect ") || output.starts_with("dial ");
        !output.is_empty() && of_port == (self == Self::Tcp)
    }

    fn definition(self, node: Node) -> Value {
        let program = paths::programs().join("check_galera");
        let socket = format!("{ROOT}/{node}/mysqld.sock");
        match self {
            Self::Tcp => json!({
                "name": "MariaDB",
                "tcp": format!("{}:3306", node.address()),
                "interval": "1s",
                "timeout": "1s",
            }),
            Self::Readiness => json!({
                "name": "Galera",
                "args": [program, "--mode", "readiness", "-S", socket, "-u", "root"],
                "interval": "1s",
                "timeout": "5s",
            }),
        }
    }
}

/// The five agents of one sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Consul<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> Consul<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    pub(crate) fn server(self, node: Node) -> Daemon<'a> {
        self.agent(node.name())
    }

    fn agent(self, name: &str) -> Daemon<'a> {
        Daemon::new(self.sandbox, "consul", format!("consul-{name}"))
    }

    pub(crate) fn start(self) -> Result<()> {
        for node in Node::ALL {
            self.launch_with(node.name(), &server(node, ServiceCheck::Tcp))?;
        }
        for (name, address) in MONITORS {
            self.launch_with(name, &common(name, address))?;
        }
        self.wait_healthy()
    }

    fn launch_with(self, name: &str, settings: &Value) -> Result<()> {
        let agent = self.agent(name);
        agent.write("config.json", &format!("{settings:#}"))?;
        launch(&agent)
    }

    /// Has the Galera service of every node checked in this way, and waits for the first results.
    pub(crate) fn check_by(self, check: ServiceCheck) -> Result<()> {
        for node in Node::ALL {
            self.configure(node, check)?;
        }
        for node in Node::ALL {
            wait_until(&format!("{node}'s Consul to check by {}", check.kind()), LIMIT, || {
                let checks = http::get(self.sandbox, node.address(), "/v1/agent/checks")?;
                let field = |name| checks.pointer(&format!("/service:{SERVICE}/{name}")).and_then(Value::as_str);
                ensure!(field("Type") == Some(check.kind()), "its checks: {checks}");
                // The last words of the check before stay until it has run.
                ensure!(field("Output").is_some_and(|said| check.says(said)), "its checks: {checks}");
                Ok(())
            })
            .map_err(|error| self.server(node).explain(&error))?;
        }
        Ok(())
    }

    /// Tells the agent, unless it checks so already.
    fn configure(self, node: Node, check: ServiceCheck) -> Result<()> {
        let agent = self.server(node);
        let settings = format!("{:#}", server(node, check));
        if fs::read_to_string(agent.file("config.json"))? == settings {
            return Ok(());
        }
        agent.write("config.json", &settings)?;
        http::put(self.sandbox, node.address(), "/v1/agent/reload")
    }

    /// Undoes whatever was done to the agents.
    pub(crate) fn mend(self) -> Result<()> {
        let names = Node::ALL.map(Node::name).into_iter().chain(MONITORS.map(|(name, _)| name));
        for agent in names.map(|name| self.agent(name)) {
            agent.thaw()?;
            if !agent.is_alive() {
                launch(&agent)?;
            }
        }
        for node in Node::ALL {
            wait_until(&format!("{node}'s Consul agent"), LIMIT, || self.restore(node))?;
        }
        self.check_by(ServiceCheck::Tcp)
    }

    /// Takes back what was asked of an agent: maintenance, deregistration.
    fn restore(self, node: Node) -> Result<()> {
        self.maintain(node, false)?;
        let services = http::get(self.sandbox, node.address(), "/v1/agent/services")?;
        if services.get(SERVICE).is_some() {
            return Ok(());
        }
        http::put(self.sandbox, node.address(), "/v1/agent/reload")
    }

    /// Puts a node into maintenance or takes it out.
    pub(crate) fn maintain(self, node: Node, on: bool) -> Result<()> {
        http::put(self.sandbox, node.address(), &format!("/v1/agent/maintenance?enable={on}&reason=lab"))
    }

    /// Takes the Galera service of a node out of the catalogue.
    pub(crate) fn deregister(self, node: Node) -> Result<()> {
        http::put(self.sandbox, node.address(), &format!("/v1/agent/service/deregister/{SERVICE}"))
    }

    /// The server that leads; asked of `via`.
    pub(crate) fn leader(self, via: Node) -> Result<Node> {
        let answer = http::get(self.sandbox, via.address(), "/v1/status/leader")?;
        let address = answer.as_str().unwrap_or_default();
        let leads = |node: &Node| address.strip_suffix(":8300") == Some(node.address());
        Node::ALL.into_iter().find(leads).with_context(|| format!("{via} knows no leader: {answer}"))
    }

    /// The nodes whose Galera service `via` reports as passing all checks.
    pub(crate) fn passing(self, via: &str) -> Result<Vec<String>> {
        let path = format!("/v1/health/service/{SERVICE}?passing");
        let answer = http::get(self.sandbox, via, &path)?;
        let entries = answer.as_array().ok_or_else(|| anyhow!("no list: {answer}"))?;
        let names = entries.iter().filter_map(|entry| entry.pointer("/Node/Node")?.as_str());
        let mut names: Vec<_> = names.map(str::to_owned).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Waits until no other running server reports this node's Galera service as passing.
    pub(crate) fn wait_absent(self, node: Node) -> Result<()> {
        for other in node.others().into_iter().filter(|&other| self.server(other).is_alive()) {
            wait_until(&format!("{other}'s Consul to drop {node}"), LIMIT, || {
                let passing = self.passing(other.address())?;
                ensure!(!passing.iter().any(|name| name == node.name()), "passing: {}", passing.join(" "));
                Ok(())
            })
            .map_err(|error| self.server(other).explain(&error))?;
        }
        Ok(())
    }

    /// Waits until a server can answer no consistent question for want of a leader.
    pub(crate) fn wait_leaderless(self, via: Node) -> Result<()> {
        wait_until(&format!("{via}'s Consul to know no leader"), LIMIT, || {
            let answer = http::get(self.sandbox, via.address(), "/v1/status/leader")?;
            ensure!(answer.as_str() == Some(""), "the leader is {answer}");
            Ok(())
        })
    }

    /// Waits for a leader other than `old`, as both servers but `old` see it.
    pub(crate) fn wait_new_leader(self, old: Node) -> Result<()> {
        wait_until("a new Consul leader", LIMIT, || {
            for via in old.others() {
                ensure!(self.leader(via)? != old, "{via} still names {old}");
                self.passing(via.address())?;
            }
            Ok(())
        })
    }

    /// Waits until all five agents agree on three voters and three passing services.
    pub(crate) fn wait_healthy(self) -> Result<()> {
        let mut synced = Instant::now();
        wait_until("healthy Consul agents", LIMIT, || {
            let health = self.healthy();
            if health.is_err() && synced.elapsed() > DRIFT {
                synced = Instant::now();
                self.sync_again()?;
            }
            health
        })
        .map_err(|error| Node::ALL.iter().fold(error, |error, &node| self.server(node).explain(&error)))
    }

    /// Makes every agent whose check passes while the catalogue says otherwise sync anew.
    fn sync_again(self) -> Result<()> {
        let passing = self.passing(Node::Db1.address())?;
        for node in Node::ALL.into_iter().filter(|node| !passing.iter().any(|name| name == node.name())) {
            let checks = http::get(self.sandbox, node.address(), "/v1/agent/checks")?;
            if checks.pointer(&format!("/service:{SERVICE}/Status")) == Some(&json!("passing")) {
                http::put(self.sandbox, node.address(), "/v1/agent/reload")?;
            }
        }
        Ok(())
    }

    /// Nothing, when all five agents agree on three voters and three passing services; else what is amiss.
    pub(crate) fn healthy(self) -> Result<()> {
        let leader = self.leader(Node::Db1)?;
        for node in Node::ALL {
            ensure!(self.leader(node)? == leader, "{node} names another leader than {leader}");
        }
        self.voters(leader)?;
        for (name, address) in Node::ALL.map(|node| (node.name(), node.address())).into_iter().chain(MONITORS) {
            let passing = self.passing(address)?;
            ensure!(passing == Node::ALL.map(Node::name), "{name} sees as passing: {}", passing.join(" "));
        }
        let checks = http::get(self.sandbox, leader.address(), "/v1/health/state/passing")?;
        let alive = count(&checks, "CheckID", &json!("serfHealth"));
        ensure!(alive == 5, "{alive} of 5 agents are alive in {leader}'s catalogue");
        Ok(())
    }

    /// A server that returns is no voter at first: a further fault would lose the quorum.
    fn voters(self, leader: Node) -> Result<()> {
        let raft = http::get(self.sandbox, leader.address(), "/v1/operator/raft/configuration")?;
        let voters = count(raft.get("Servers").unwrap_or(&Value::Null), "Voter", &json!(true));
        ensure!(voters == 3, "{voters} of 3 Consul servers vote");
        let autopilot = http::get(self.sandbox, leader.address(), "/v1/operator/autopilot/health")?;
        ensure!(autopilot.get("FailureTolerance") == Some(&json!(1)), "Consul's autopilot: {autopilot}");
        Ok(())
    }
}

/// How many objects of a list have this field.
fn count(list: &Value, field: &str, value: &Value) -> usize {
    list.as_array().into_iter().flatten().filter(|object| object.get(field) == Some(value)).count()
}

fn launch(agent: &Daemon) -> Result<()> {
    agent.start("consul", &["agent".to_owned(), format!("-config-file={}", agent.inside("config.json"))])
}

fn common(name: &str, address: &str) -> Value {
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

fn server(node: Node, check: ServiceCheck) -> Value {
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
    merged(common(node.name(), node.address()), further)
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
}
