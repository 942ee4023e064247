//! Three Consul servers and two client agents, which register and check the Galera nodes.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::{Value, json};

use crate::consul_agent::{DnsSettings, ServiceCheck, client, further, server};
use crate::daemon::Daemon;
use crate::http;
use crate::node::{MONITORS, Node};
use crate::sandbox::Sandbox;
use crate::wait::wait_until;

pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// How long the catalogue may lag behind an agent. Consul 1.8 leaves it behind until the next full sync, up to a
/// minute later, when a check changes at the moment at which it is synced (seen on a loaded machine).
const DRIFT: Duration = Duration::from_secs(3);

/// The service under which the Galera nodes are registered.
pub(crate) const SERVICE: &str = "galeradb";

/// The file of an agent's settings for DNS: beside the others, so that each changes without the other.
pub(crate) const DNS: &str = "dns.json";

/// The five agents of one sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Consul<'a> {
    pub(crate) sandbox: &'a Sandbox,
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
            let agent = self.server(node);
            agent.write("config.json", &format!("{:#}", server(node, ServiceCheck::Tcp)))?;
            agent.write(DNS, &format!("{:#}", DnsSettings::default().definition()))?;
            launch(&agent)?;
        }
        for (name, address) in MONITORS {
            let agent = self.agent(name);
            agent.write("config.json", &format!("{:#}", client(name, address)))?;
            launch(&agent)?;
        }
        self.wait_healthy()
    }

    /// Has the Galera service of every node checked in this way, and waits for the first results.
    pub(crate) fn check_by(self, check: ServiceCheck) -> Result<()> {
        for node in Node::ALL {
            self.tell(node, "config.json", &server(node, check))?;
        }
        for node in Node::ALL {
            wait_until(&format!("{node}'s Consul to check by {}", check.kind()), LIMIT, || {
                let checks = http::get(self.sandbox, node.address(), "/v1/agent/checks")?;
                let field = |name| checks.pointer(&format!("/service:{SERVICE}/{name}")).and_then(Value::as_str);
                ensure!(field("Type") == Some(check.kind()), "its checks: {checks}");
                // The output of the previous check stays until this one has run.
                ensure!(field("Output").is_some_and(|said| check.says(said)), "its checks: {checks}");
                Ok(())
            })
            .map_err(|error| self.server(node).explain(&error))?;
            self.wait_synced(&format!("the catalogue to have {node}'s check"), || self.in_catalogue(node, check))?;
        }
        Ok(())
    }

    /// Checks that every server's catalogue has this check of a node, with the state that the agent has.
    ///
    /// # Errors
    /// A catalogue that differs.
    fn in_catalogue(self, node: Node, check: ServiceCheck) -> Result<()> {
        let own = http::get(self.sandbox, node.address(), "/v1/agent/checks")?;
        let state = own.pointer(&format!("/service:{SERVICE}/Status")).and_then(Value::as_str).unwrap_or_default();
        for via in Node::ALL {
            let checks = http::get(self.sandbox, via.address(), &format!("/v1/health/node/{node}"))?;
            let mut listed = checks.as_array().into_iter().flatten();
            let is_there = listed.any(|listed| {
                let is = |field, value: &str| listed.get(field).and_then(Value::as_str) == Some(value);
                is("Name", check.name()) && is("Status", state)
            });
            ensure!(is_there, "the agent's state is {state}, the checks in {via}'s catalogue: {checks}");
        }
        Ok(())
    }

    /// Has every server's DNS answer in this way.
    pub(crate) fn answer_by(self, settings: DnsSettings) -> Result<()> {
        Node::ALL.into_iter().try_for_each(|node| self.tell(node, DNS, &settings.definition()))
    }

    /// Whether a server has other settings for DNS than the right ones, so that a resolver may have cached its answers.
    pub(crate) fn answers_otherwise(self) -> Result<bool> {
        let right = format!("{:#}", DnsSettings::default().definition());
        for node in Node::ALL {
            if fs::read_to_string(self.server(node).file(DNS))? != right {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives the agent these settings, unless it has them already.
    pub(crate) fn tell(self, node: Node, file: &str, settings: &Value) -> Result<()> {
        let agent = self.server(node);
        let settings = format!("{settings:#}");
        if fs::read_to_string(agent.file(file))? == settings {
            return Ok(());
        }
        agent.write(file, &settings)?;
        http::put(self.sandbox, node.address(), "/v1/agent/reload")
    }

    /// Undoes every change to the agents.
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
        for (name, address) in MONITORS {
            wait_until(&format!("{name}'s Consul agent"), LIMIT, || self.deregister_all(address))?;
        }
        self.answer_by(DnsSettings::default())?;
        self.check_by(ServiceCheck::Tcp)
    }

    /// Undoes deregistration and maintenance on an agent.
    fn restore(self, node: Node) -> Result<()> {
        let services = http::get(self.sandbox, node.address(), "/v1/agent/services")?;
        if services.get(SERVICE).is_none() {
            http::put(self.sandbox, node.address(), "/v1/agent/reload")?;
        }
        let checks = http::get(self.sandbox, node.address(), "/v1/agent/checks")?;
        if checks.get("_node_maintenance").is_some() {
            self.maintain(node, false)?;
        }
        if checks.get(format!("_service_maintenance:{SERVICE}")).is_some() {
            self.maintain_service(node, false)?;
        }
        Ok(())
    }

    /// Takes every service of an agent out of the catalogue.
    fn deregister_all(self, address: &str) -> Result<()> {
        let services = http::get(self.sandbox, address, "/v1/agent/services")?;
        for id in services.as_object().into_iter().flatten().map(|(id, _)| http::escaped(id)) {
            http::put(self.sandbox, address, &format!("/v1/agent/service/deregister/{id}"))?;
        }
        Ok(())
    }

    /// Registers further instances of a service on the first monitor, where nothing checks them; waits until every
    /// server reports them as passing. Returns their addresses.
    pub(crate) fn register(self, service: &str, count: u8) -> Result<Vec<String>> {
        let [(_, monitor), _] = MONITORS;
        let instances: Vec<_> = (1..=count).map(|number| further(service, number)).collect();
        for instance in &instances {
            http::put_json(self.sandbox, monitor, "/v1/agent/service/register", "", instance)?;
        }
        let addresses = instances.iter().filter_map(|instance| instance.get("Address")?.as_str().map(str::to_owned));
        let addresses: Vec<_> = addresses.collect();
        for node in Node::ALL {
            wait_until(&format!("{node}'s Consul to list {service}"), LIMIT, || {
                let listed = listed(&self.instances(node.address(), service)?, "/Service/Address");
                ensure!(addresses.iter().all(|address| listed.contains(address)), "it lists {}", listed.join(" "));
                Ok(())
            })?;
        }
        Ok(addresses)
    }

    /// Puts a node into maintenance or takes it out.
    pub(crate) fn maintain(self, node: Node, on: bool) -> Result<()> {
        http::put(self.sandbox, node.address(), &format!("/v1/agent/maintenance?enable={on}&reason=lab"))
    }

    /// Puts the Galera service of a node into maintenance or takes it out.
    pub(crate) fn maintain_service(self, node: Node, on: bool) -> Result<()> {
        let path = format!("/v1/agent/service/maintenance/{SERVICE}?enable={on}&reason=upgrade");
        http::put(self.sandbox, node.address(), &path)
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
        Ok(listed(&self.instances(via, SERVICE)?, "/Node/Node"))
    }

    /// The instances of a service that `via` reports as passing all checks.
    fn instances(self, via: &str, service: &str) -> Result<Vec<Value>> {
        let answer = http::get(self.sandbox, via, &format!("/v1/health/service/{}?passing", http::escaped(service)))?;
        answer.as_array().cloned().ok_or_else(|| anyhow!("no list: {answer}"))
    }

    /// Waits until the server of this node reports its Galera service as passing.
    pub(crate) fn wait_passing(self, node: Node) -> Result<()> {
        wait_until(&format!("{node}'s Consul to pass"), LIMIT, || {
            let passing = self.passing(node.address())?;
            ensure!(passing.iter().any(|name| name == node.name()), "passing: {}", passing.join(" "));
            Ok(())
        })
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

    /// Waits until a server knows no leader.
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
        self.wait_synced("healthy Consul agents", || self.healthy())
            .map_err(|error| Node::ALL.iter().fold(error, |error, &node| self.server(node).explain(&error)))
    }

    /// Waits for something that the catalogue has once all agents have synced.
    fn wait_synced(self, what: &str, probe: impl Fn() -> Result<()>) -> Result<()> {
        let mut synced = Instant::now();
        wait_until(what, LIMIT, || {
            let seen = probe();
            if seen.is_err() && synced.elapsed() > DRIFT {
                synced = Instant::now();
                self.sync_again()?;
            }
            seen
        })
    }

    /// Makes every agent sync anew whose check has another state or name in the catalogue.
    fn sync_again(self) -> Result<()> {
        let path = format!("/v1/health/checks/{SERVICE}");
        let catalogue = http::get(self.sandbox, Node::Db1.address(), &path)?;
        for node in Node::ALL {
            let checks = http::get(self.sandbox, node.address(), "/v1/agent/checks")?;
            let Some(own) = checks.get(format!("service:{SERVICE}")) else { continue };
            let mut listed = catalogue.as_array().into_iter().flatten();
            if !listed.any(|listed| ["Node", "Name", "Status"].iter().all(|field| listed.get(field) == own.get(field)))
            {
                http::put(self.sandbox, node.address(), "/v1/agent/reload")?;
            }
        }
        Ok(())
    }

    /// Checks that all five agents agree on three voters and three passing services.
    ///
    /// # Errors
    /// The first thing that is wrong.
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

    /// A server that returns has no vote at first: another fault would lose the quorum.
    fn voters(self, leader: Node) -> Result<()> {
        let raft = http::get(self.sandbox, leader.address(), "/v1/operator/raft/configuration")?;
        let voters = count(raft.get("Servers").unwrap_or(&Value::Null), "Voter", &json!(true));
        ensure!(voters == 3, "{voters} of 3 Consul servers vote");
        let autopilot = http::get(self.sandbox, leader.address(), "/v1/operator/autopilot/health")?;
        ensure!(autopilot.get("FailureTolerance") == Some(&json!(1)), "Consul's autopilot: {autopilot}");
        Ok(())
    }
}

/// The number of objects in a list that have this field.
fn count(list: &Value, field: &str, value: &Value) -> usize {
    list.as_array().into_iter().flatten().filter(|object| object.get(field) == Some(value)).count()
}

/// This field of every instance, sorted.
fn listed(instances: &[Value], field: &str) -> Vec<String> {
    let values = instances.iter().filter_map(|instance| instance.pointer(field)?.as_str());
    let mut values: Vec<_> = values.map(str::to_owned).collect();
    values.sort_unstable();
    values
}

/// Starts an agent with every file of settings in its directory.
pub(crate) fn launch(agent: &Daemon) -> Result<()> {
    agent.start("consul", &["agent".to_owned(), format!("-config-dir={}", agent.inside("."))])
}
