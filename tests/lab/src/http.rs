//! Consul's HTTP API, asked from inside the sandbox.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::sandbox::Sandbox;

const SEND: &str = r#"exec 3<>"/dev/tcp/$1/8500"
printf %s "$2" >&3
cat <&3"#;

const LIMIT: Duration = Duration::from_secs(10);

/// The JSON document at a path of the agent's API.
pub(crate) fn get(sandbox: &Sandbox, address: &str, path: &str) -> Result<Value> {
    get_as(sandbox, address, path, "")
}

/// As [`get`], with an ACL token.
pub(crate) fn get_as(sandbox: &Sandbox, address: &str, path: &str, token: &str) -> Result<Value> {
    let body = ask(sandbox, address, &format!("GET {path}"), token, "")?;
    serde_json::from_str(&body).with_context(|| format!("{path} of {address} is no JSON: {body}"))
}

/// Asks the agent to do something.
pub(crate) fn put(sandbox: &Sandbox, address: &str, path: &str) -> Result<()> {
    ask(sandbox, address, &format!("PUT {path}"), "", "").map(drop)
}

/// Hands the agent a document, with an ACL token unless it is empty.
pub(crate) fn put_json(sandbox: &Sandbox, address: &str, path: &str, token: &str, document: &Value) -> Result<()> {
    ask(sandbox, address, &format!("PUT {path}"), token, &document.to_string()).map(drop)
}

/// A text as one segment of a path.
pub(crate) fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn ask(sandbox: &Sandbox, address: &str, question: &str, token: &str, body: &str) -> Result<String> {
    let request = request(address, question, token, body);
    let answer = sandbox.run_within(LIMIT, "bash", ["-c", SEND, "http", address, &request])?;
    let (head, body) = answer.split_once("\r\n\r\n").with_context(|| format!("{address} closed without an answer"))?;
    let status = head.lines().next().unwrap_or_default();
    ensure!(status.contains(" 200 "), "{question} of {address}: {status}: {}", body.trim());
    Ok(body.to_owned())
}

/// `Connection: close` is HTTP/1.0's default, so the answer ends with the stream and is never chunked.
fn request(address: &str, question: &str, token: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{question} HTTP/1.0\r\nHost: {address}\r\nX-Consul-Token: {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_path_is_escaped() {
        assert_eq!(escaped("galeradb-4"), "galeradb-4");
        assert_eq!(escaped("a b/c?d#e%"), "a%20b%2Fc%3Fd%23e%25");
    }

    #[test]
    fn a_body_is_counted_in_bytes() {
        let request = request("127.0.0.17", "PUT /v1/x", "secret", "\"\u{e4}\"");
        assert!(request.contains("\r\nX-Consul-Token: secret\r\nContent-Length: 4\r\n\r\n"));
    }
}
