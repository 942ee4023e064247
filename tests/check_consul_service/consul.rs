//! An agent that says what a test wants it to say.

use std::io::{self, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use test_support::server::{self, HttpReply, Tcp, read_http_request};

/// An instance on a node, with the agent's gossip check and one of its own.
pub(crate) fn instance(node: &str, status: &str, output: &str) -> Value {
    json!({
        "Node": {"Node": node, "Address": "192.0.2.1"},
        "Service": {"ID": "web", "Service": "web", "Address": "", "Port": 80},
        "Checks": [
            {"CheckID": "serfHealth", "Name": "Serf Health Status", "Status": "passing", "ServiceID": ""},
            {"CheckID": "http", "Name": "http", "Status": status, "Output": output, "ServiceID": "web"},
        ],
    })
}

/// What all agents say of three instances that are well.
pub(crate) fn healthy() -> HttpReply {
    let instances: Vec<_> = ["a", "b", "c"].iter().map(|node| instance(node, "passing", "200 OK")).collect();
    health(true, &json!(instances))
}

/// An answer about a service from a server that knows a leader or not.
pub(crate) fn health(known_leader: bool, instances: &Value) -> HttpReply {
    HttpReply::new(200, instances.to_string())
        .header("Content-Type", "application/json")
        .header("X-Consul-Index", "82")
        .header("X-Consul-Knownleader", if known_leader { "true" } else { "false" })
        .header("X-Consul-Lastcontact", "0")
}

/// An agent that answers consistent reads, stale reads and the question for the leader.
pub(crate) fn agent(consistent: HttpReply, stale: HttpReply, leader: &'static str) -> Tcp {
    server::http_by_path(move |target| match target {
        "/v1/health/service/web?consistent" => consistent.clone(),
        "/v1/health/service/web?stale" => stale.clone(),
        "/v1/status/leader" => HttpReply::new(200, format!("\"{leader}\"")).header("Content-Type", "application/json"),
        _ => HttpReply::new(404, target),
    })
}

/// An agent with a leader that says this of the service.
pub(crate) fn leader_says(health: &HttpReply) -> Tcp {
    agent(health.clone(), health.clone(), "192.0.2.12:8300")
}

/// Answers every request with this head and then as much of this body as the client takes.
pub(crate) fn pours(
    head: &'static str,
    body: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> Tcp {
    server::replies(move |mut stream: TcpStream| {
        read_http_request(&mut stream)?;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n\r\n")?;
        body(&mut stream)
    })
}
