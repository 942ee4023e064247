//! Consul's HTTP API, asked from inside the sandbox.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::sandbox::Sandbox;

/// `Connection: close` is HTTP/1.0's default, so the answer ends with the stream and is never chunked.
const REQUEST: &str = r#"exec 3<>"/dev/tcp/$1/8500"
printf '%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: 0\r\n\r\n' "$2" "$3" "$1" >&3
cat <&3"#;

const LIMIT: Duration = Duration::from_secs(5);

/// The JSON document at a path of the agent's API.
pub(crate) fn get(sandbox: &Sandbox, address: &str, path: &str) -> Result<Value> {
    let body = request(sandbox, address, "GET", path)?;
    serde_json::from_str(&body).with_context(|| format!("{path} of {address} is no JSON: {body}"))
}

/// Asks the agent to do something.
pub(crate) fn put(sandbox: &Sandbox, address: &str, path: &str) -> Result<()> {
    request(sandbox, address, "PUT", path).map(drop)
}

fn request(sandbox: &Sandbox, address: &str, method: &str, path: &str) -> Result<String> {
    let answer = sandbox.run_within(LIMIT, "bash", ["-c", REQUEST, "http", address, method, path])?;
    let (head, body) = answer.split_once("\r\n\r\n").with_context(|| format!("{address} closed without an answer"))?;
    let status = head.lines().next().unwrap_or_default();
    ensure!(status.contains(" 200 "), "{method} {path} of {address}: {status}: {}", body.trim());
    Ok(body.to_owned())
}
