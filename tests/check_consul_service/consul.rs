//! An agent that says what a test wants, and hears the questions that a check may ask and no others: anything else fails
//! the test when the agent is dropped. What it says by default is what Consul 1.8.7 says.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use serde_json::{Value, json};
use test_support::server::{self, HttpReply, Tcp, Unix, read_http_request};
use test_support::tls;

/// A connection, whatever carries it.
pub(crate) trait Wire: Read + Write {}

impl<T: Read + Write> Wire for T {}

/// A question that a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ask {
    Consistent,
    Stale,
    Leader,
    Peers,
    Autopilot,
    Members,
    Itself,
    Local,
    Token,
    Nodes,
    Services,
}

impl Ask {
    fn of(target: &str) -> Option<Self> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (_, path) = path.split_once("/v1/")?;
        let flag = |flag| query.split('&').any(|part| part == flag);
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["health", "service", _] if flag("consistent") => Some(Self::Consistent),
            ["health", "service", _] if flag("stale") => Some(Self::Stale),
            ["status", "leader"] => Some(Self::Leader),
            ["status", "peers"] => Some(Self::Peers),
            ["operator", "autopilot", "health"] => Some(Self::Autopilot),
            ["agent", "members"] => Some(Self::Members),
            ["agent", "self"] => Some(Self::Itself),
            ["agent", "health", "service", "name", _] => Some(Self::Local),
            ["acl", "token", "self"] => Some(Self::Token),
            ["catalog", "nodes"] => Some(Self::Nodes),
            ["catalog", "services"] => Some(Self::Services),
            _ => None,
        }
    }
}

/// What becomes of a question.
#[derive(Clone)]
pub(crate) enum Then {
    Say(HttpReply),
    /// Nothing more is said.
    Hang,
    /// The agent hears the head of the request, does as it likes, and closes the connection.
    Write(Arc<Improvise>),
}

type Improvise = dyn Fn(&str, &mut dyn Wire) -> io::Result<()> + Send + Sync;

impl Then {
    pub(crate) fn write(write: impl Fn(&str, &mut dyn Wire) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::Write(Arc::new(write))
    }
}

impl From<HttpReply> for Then {
    fn from(reply: HttpReply) -> Self {
        Self::Say(reply)
    }
}

/// An agent before its start.
#[derive(Clone)]
pub(crate) struct Script {
    /// One for each time that the question is asked; the last for all that follow.
    answers: BTreeMap<Ask, Vec<Then>>,
    tls: Option<Arc<ServerConfig>>,
}

impl Script {
    /// An agent on a node without instances, with three servers that are well, and three instances that are.
    pub(crate) fn healthy() -> Self {
        let text =
            |status, body: &str| HttpReply::new(status, body).header("Content-Type", "text/plain; charset=utf-8");
        let answers = [
            (Ask::Leader, reply(&json!("192.0.2.12:8300"))),
            (Ask::Peers, reply(&json!(["192.0.2.11:8300", "192.0.2.12:8300", "192.0.2.13:8300"]))),
            (Ask::Autopilot, reply(&autopilot(1, &[("s1", true), ("s2", true), ("s3", true)]))),
            (Ask::Members, reply(&json!([member("s1", 11, 1), member("s2", 12, 1), member("s3", 13, 1)]))),
            (Ask::Itself, reply(&itself("dc1"))),
            (Ask::Local, HttpReply { status: 404, ..reply(&json!([])) }),
            (Ask::Token, text(401, "ACL support disabled")),
            (Ask::Nodes, reply(&json!([{"Node": "a", "Address": "192.0.2.97"}]))),
            (Ask::Services, reply(&json!({"consul": []}))),
        ];
        let answers = answers.into_iter().map(|(ask, reply)| (ask, vec![reply.into()])).collect();
        Self { answers, tls: None }.health(healthy())
    }

    /// What becomes of a question, each time.
    pub(crate) fn on(self, ask: Ask, then: impl Into<Then>) -> Self {
        self.turns(ask, [then])
    }

    /// What becomes of a question, the first time and so on.
    pub(crate) fn turns<T: Into<Then>>(mut self, ask: Ask, turns: impl IntoIterator<Item = T>) -> Self {
        self.answers.insert(ask, turns.into_iter().map(Into::into).collect());
        self
    }

    /// What becomes of both reads of the service's health.
    pub(crate) fn health(self, then: impl Into<Then>) -> Self {
        let then = then.into();
        self.on(Ask::Consistent, then.clone()).on(Ask::Stale, then)
    }

    /// What becomes of every question.
    pub(crate) fn all(mut self, then: impl Into<Then>) -> Self {
        let then = then.into();
        for answers in self.answers.values_mut() {
            *answers = vec![then.clone()];
        }
        self
    }

    pub(crate) fn tls(self, config: Arc<ServerConfig>) -> Self {
        Self { tls: Some(config), ..self }
    }

    pub(crate) fn start(self) -> Consul {
        let ear = Arc::new(Ear::default());
        let shared = Arc::clone(&ear);
        Consul { server: server::replies(move |stream| self.welcome(stream, &shared)), ear }
    }

    /// Listens on a socket of this machine.
    pub(crate) fn start_at(self, path: &Path) -> Consul<Unix> {
        let ear = Arc::new(Ear::default());
        let shared = Arc::clone(&ear);
        Consul { server: server::unix_replies(path, move |mut stream| self.serve(&mut stream, &shared)), ear }
    }

    fn welcome(&self, mut stream: TcpStream, ear: &Ear) -> io::Result<()> {
        let Some(config) = &self.tls else { return self.serve(&mut stream, ear) };
        let mut stream = tls::encrypt(stream, config)?;
        let end = self.serve(&mut stream, ear);
        if let Some(name) = stream.conn.server_name() {
            ear.names.lock().unwrap().push(name.to_owned());
        }
        stream.conn.send_close_notify();
        end
    }

    fn serve(&self, mut wire: &mut dyn Wire, ear: &Ear) -> io::Result<()> {
        loop {
            let head = read_http_request(&mut wire)?;
            let target = head.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            let ask = Ask::of(target).unwrap_or_else(|| panic!("a check does not ask {head:?}"));
            let turn = ear.hear(ask, &head);
            let turns = &self.answers[&ask];
            match turns.get(turn).or(turns.last()).unwrap() {
                Then::Say(reply) => reply.clone().header("Connection", "keep-alive").write_to(&mut wire)?,
                Then::Hang => return wire.read_to_end(&mut Vec::new()).map(drop),
                Then::Write(write) => return write(&head, wire),
            }
        }
    }
}

/// What an agent heard.
#[derive(Default)]
struct Ear {
    heads: Mutex<Vec<(Ask, String)>>,
    names: Mutex<Vec<String>>,
}

impl Ear {
    /// How often the question was asked before.
    fn hear(&self, ask: Ask, head: &str) -> usize {
        let mut heads = self.heads.lock().unwrap();
        let before = heads.iter().filter(|(asked, _)| *asked == ask).count();
        heads.push((ask, head.to_owned()));
        before
    }
}

/// A running agent.
pub(crate) struct Consul<S = Tcp> {
    server: S,
    ear: Arc<Ear>,
}

impl Consul {
    pub(crate) fn healthy() -> Self {
        Script::healthy().start()
    }

    /// An agent that says this of the service, whoever asks.
    pub(crate) fn saying(health: HttpReply) -> Self {
        Script::healthy().health(health).start()
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// As `-H` takes it.
    pub(crate) fn address(&self) -> String {
        self.addr().to_string()
    }

    /// How many connections were accepted.
    pub(crate) fn accepted(&self) -> usize {
        self.server.accepted()
    }
}

impl<S> Consul<S> {
    /// How often it was asked this.
    pub(crate) fn asked(&self, ask: Ask) -> usize {
        self.ear.heads.lock().unwrap().iter().filter(|(asked, _)| *asked == ask).count()
    }

    /// The heads of all requests.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.ear.heads.lock().unwrap().iter().map(|(_, head)| head.clone()).collect()
    }

    /// What followed `GET` when this was asked last.
    pub(crate) fn target(&self, ask: Ask) -> String {
        let heads = self.ear.heads.lock().unwrap();
        let (_, head) = heads.iter().rfind(|(asked, _)| *asked == ask).unwrap();
        head.split(' ').nth(1).unwrap().to_owned()
    }

    /// The names that clients asked for when they began to speak TLS.
    pub(crate) fn into_names(self) -> Vec<String> {
        let Self { server, ear } = self;
        // Each connection has its end then.
        drop(server);
        ear.names.lock().unwrap().clone()
    }
}

/// The addresses of these, as one option takes them.
pub(crate) fn addresses<'c>(agents: impl IntoIterator<Item = &'c Consul>) -> String {
    agents.into_iter().map(Consul::address).collect::<Vec<_>>().join(",")
}

/// A value of a header field; none when the request has it not.
pub(crate) fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    fields.find_map(|(field, value)| field.eq_ignore_ascii_case(name).then_some(value))
}

pub(crate) fn reply(body: &Value) -> HttpReply {
    HttpReply::new(200, body.to_string()).header("Content-Type", "application/json")
}

/// A refusal in the words of the agent.
pub(crate) fn error(status: u16, words: &str) -> HttpReply {
    HttpReply::new(status, words).header("Content-Type", "text/plain; charset=utf-8")
}

/// Instances, from a server with this knowledge of the leader.
pub(crate) fn health_of(known_leader: &str, last_contact: &str, instances: &[Value]) -> HttpReply {
    reply(&json!(instances))
        .header("X-Consul-Index", "21")
        .header("X-Consul-Knownleader", known_leader)
        .header("X-Consul-Lastcontact", last_contact)
}

/// Instances, from a server that follows a leader.
pub(crate) fn health(instances: &[Value]) -> HttpReply {
    health_of("true", "0", instances)
}

/// Three instances that are well.
pub(crate) fn healthy() -> HttpReply {
    health(&["a", "b", "c"].map(instance))
}

/// An instance on a node, with the agent's gossip check and one of its own.
pub(crate) fn instance(node: &str) -> Value {
    let last = node.bytes().fold(0_u8, u8::wrapping_add);
    let address = format!("192.0.2.{last}");
    json!({
        "Node": {
            "ID": "b83f9e88-a498-f00a-6e20-9d5b4eafb43a", "Node": node, "Address": address, "Datacenter": "dc1",
            "TaggedAddresses": {"lan": address, "lan_ipv4": address, "wan": address, "wan_ipv4": address},
            "Meta": {"consul-network-segment": ""}, "CreateIndex": 5, "ModifyIndex": 13,
        },
        "Service": {
            "ID": "web", "Service": "web", "Tags": ["v1", node], "Address": "",
            "TaggedAddresses": {"lan_ipv4": {"Address": address, "Port": 80}}, "Meta": null, "Port": 80,
            "Weights": {"Passing": 1, "Warning": 1}, "EnableTagOverride": false,
            "Proxy": {"MeshGateway": {}, "Expose": {}}, "Connect": {}, "CreateIndex": 14, "ModifyIndex": 14,
        },
        "Checks": [check(node, "serfHealth", "Agent alive and reachable"), check(node, "service:web", "HTTP 200 OK")],
    })
}

/// A check that passes: the agent's, the node's or, where its id says so, the service's.
pub(crate) fn check(node: &str, id: &str, output: &str) -> Value {
    let service = if id.starts_with("service:") || id.starts_with("_service") { "web" } else { "" };
    let (name, kind) = if id == "serfHealth" { ("Serf Health Status", "") } else { (id, "http") };
    json!({
        "Node": node, "CheckID": id, "Name": name, "Status": "passing", "Notes": "", "Output": output,
        "ServiceID": service, "ServiceName": service, "ServiceTags": [], "Type": kind, "Definition": {},
        "CreateIndex": 14, "ModifyIndex": 20,
    })
}

/// An instance whose own check has this status and output.
pub(crate) fn failing(node: &str, status: &str, output: &str) -> Value {
    instance(node).with("/Checks/1/Status", status).with("/Checks/1/Output", output)
}

/// An instance that is in maintenance for this reason.
pub(crate) fn maintained(node: &str, reason: &str) -> Value {
    let check = check(node, "_service_maintenance:web", "").with("/Status", "critical").with("/Notes", reason);
    instance(node).with("/Checks/2", check)
}

/// `/v1/agent/health/service/name/web` of the agent on this node.
pub(crate) fn local(node: &str, status: &str) -> HttpReply {
    let code = match status {
        "passing" => 200,
        "warning" => 429,
        _ => 503,
    };
    let Value::Object(mut entry) = failing(node, status, "") else { unreachable!("an instance is an object") };
    entry.remove("Node");
    entry.insert("AggregatedStatus".to_owned(), json!(status));
    let entry = Value::Object(entry).with("/Checks", json!([check(node, "service:web", "").with("/Status", status)]));
    HttpReply { status: code, ..reply(&json!([entry])) }
}

/// `/v1/operator/autopilot/health`, where these servers are healthy or not.
pub(crate) fn autopilot(tolerance: u32, servers: &[(&str, bool)]) -> Value {
    let server = |(name, healthy): &(&str, bool)| {
        let status = if *healthy { "alive" } else { "failed" };
        json!({
            "ID": "a60ee563-54bb-5edc-2bb1-08d4a2e1a708", "Name": name, "Address": "192.0.2.12:8300",
            "SerfStatus": status, "Version": "1.8.7", "Leader": false, "LastContact": "36.249724ms", "LastTerm": 2,
            "LastIndex": 131, "Healthy": healthy, "Voter": true, "StableSince": "2026-11-26T01:32:59Z",
        })
    };
    let healthy = servers.iter().all(|(_, healthy)| *healthy);
    let servers: Vec<_> = servers.iter().map(server).collect();
    json!({"Healthy": healthy, "FailureTolerance": tolerance, "Servers": servers})
}

/// A server in `/v1/agent/members`, at 192.0.2.`last`, with a status of Serf's.
pub(crate) fn member(name: &str, last: u8, status: u8) -> Value {
    json!({
        "Name": name, "Addr": format!("192.0.2.{last}"), "Port": 8301,
        "Tags": {"acls": "0", "build": "1.8.7:", "dc": "dc1", "expect": "3", "port": "8300", "role": "consul"},
        "Status": status, "ProtocolMin": 1, "ProtocolMax": 5, "ProtocolCur": 2,
    })
}

/// `/v1/agent/self` of an agent in this datacenter.
pub(crate) fn itself(datacenter: &str) -> Value {
    json!({
        "Config": {"Datacenter": datacenter, "NodeName": "mon1", "Revision": "", "Server": false, "Version": "1.8.7"},
        "DebugConfig": {"DNSOnlyPassing": false}, "Member": {"Name": "mon1"}, "Meta": {"consul-network-segment": ""},
    })
}

/// A value with a part of it changed or added.
pub(crate) trait With {
    fn with(self, pointer: &str, part: impl Into<Value>) -> Value;
}

impl With for Value {
    fn with(mut self, pointer: &str, part: impl Into<Value>) -> Value {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let part = part.into();
        match self.pointer_mut(parent).unwrap() {
            Value::Object(map) => drop(map.insert(name.to_owned(), part)),
            Value::Array(list) if list.get(name.parse::<usize>().unwrap()).is_none() => list.push(part),
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = part,
            other => panic!("{pointer}: nothing is in {other}"),
        }
        self
    }
}
