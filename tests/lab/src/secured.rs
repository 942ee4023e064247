//! A Consul of its own with access control and TLS, only on request: it lists the same three databases.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::consul::{SERVICE, launch};
use crate::daemon::Daemon;
use crate::http;
use crate::node::{Node, SECURED};
use crate::sandbox::Sandbox;
use crate::tls;
use crate::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(120);

/// Its directory.
const NAME: &str = "consul-secured";

/// The token that may do everything.
const MANAGEMENT: &str = "1ab00000-0000-0000-0000-000000000000";

const SERVICE_READ: &str = r#"service "galeradb" { policy = "read" } "#;
const NODE_READ: &str = r#"node_prefix "" { policy = "read" } "#;
const OPERATOR_READ: &str = r#"operator = "read" agent_prefix "" { policy = "read" } "#;

/// Every token's file without `.token`, its secret, which a restart does not change, and its rules.
const TOKENS: [(&str, &str, &[&str]); 4] = [
    ("good", "1ab00000-0000-0000-0000-000000000001", &[SERVICE_READ, NODE_READ]),
    ("no-node", "1ab00000-0000-0000-0000-000000000002", &[SERVICE_READ]),
    ("no-service", "1ab00000-0000-0000-0000-000000000003", &[NODE_READ]),
    ("operator", "1ab00000-0000-0000-0000-000000000004", &[SERVICE_READ, NODE_READ, OPERATOR_READ]),
];

/// Starts it with empty data, and waits until it lists the databases as passing.
pub(crate) fn start(sandbox: &Sandbox) -> Result<()> {
    end(sandbox)?;
    let agent = daemon(sandbox);
    agent.write("config.json", &format!("{:#}", settings(&agent)))?;
    launch(&agent)?;
    prepare(sandbox, &agent).map_err(|error| agent.explain(&error))
}

/// Ends it, if it runs, and removes what it has left.
pub(crate) fn end(sandbox: &Sandbox) -> Result<()> {
    daemon(sandbox).kill()?;
    let directory = sandbox.path(NAME);
    if directory.exists() {
        fs::remove_dir_all(directory).context("cannot remove the secured Consul's files")?;
    }
    Ok(())
}

fn daemon(sandbox: &Sandbox) -> Daemon<'_> {
    Daemon::new(sandbox, "consul", NAME.to_owned())
}

fn prepare(sandbox: &Sandbox, agent: &Daemon) -> Result<()> {
    wait_until("the secured Consul to lead itself", LIMIT, || {
        http::get_as(sandbox, SECURED, "/v1/acl/token/self", MANAGEMENT)
    })?;
    for (name, secret, rules) in TOKENS {
        let policy = json!({ "Name": name, "Rules": rules.concat() });
        http::put_json(sandbox, SECURED, "/v1/acl/policy", MANAGEMENT, &policy)?;
        let token = json!({ "Description": name, "SecretID": secret, "Policies": [{ "Name": name }] });
        http::put_json(sandbox, SECURED, "/v1/acl/token", MANAGEMENT, &token)?;
        agent.write(&format!("{name}.token"), &format!("{secret}\n"))?;
    }
    wait_until("the secured Consul to list the databases", LIMIT, || {
        let path = format!("/v1/health/service/{SERVICE}?passing");
        let passing = http::get_as(sandbox, SECURED, &path, MANAGEMENT)?;
        ensure!(passing.as_array().map(Vec::len) == Some(Node::ALL.len()), "it lists {passing}");
        Ok(())
    })
}

fn settings(agent: &Daemon) -> Value {
    json!({
        "node_name": "vault1",
        "bind_addr": SECURED,
        "client_addr": SECURED,
        "addresses": { "http": format!("{SECURED} unix://{}", agent.inside("http.sock")) },
        "ports": { "https": 8501, "serf_wan": -1 },
        "data_dir": agent.inside("data"),
        "pid_file": agent.inside("pid"),
        "server": true,
        "bootstrap_expect": 1,
        "performance": { "raft_multiplier": 1 },
        "disable_update_check": true,
        "acl": {
            "enabled": true,
            "default_policy": "deny",
            "tokens": { "master": MANAGEMENT, "agent": MANAGEMENT },
        },
        "ca_file": tls::path("ca.pem"),
        "cert_file": tls::path("secured.pem"),
        "key_file": tls::path("secured-key.pem"),
        "verify_incoming_https": true,
        "services": Node::ALL.map(instance),
    })
}

fn instance(node: Node) -> Value {
    json!({
        "id": format!("{SERVICE}-{}", node.number()),
        "name": SERVICE,
        "address": node.address(),
        "port": 3306,
        "token": MANAGEMENT,
        "check": { "name": "MariaDB", "tcp": format!("{}:3306", node.address()), "interval": "1s", "timeout": "1s" },
    })
}
