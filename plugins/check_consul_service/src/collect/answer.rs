//! The head of an HTTP answer, and refusals.

use common::text;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};

use crate::snapshot::{DenialKind, Failure};

/// An HTTP answer without its body.
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

/// Parts of the errors of an agent that reaches no leader: "No cluster leader", "leadership lost", "node is not the
/// leader" and so on. `X-Consul-Knownleader` does not tell, since it is false with every error.
const LEADERLESS: [&str; 4] =
    ["leader", "No known Consul servers", "Not ready to serve consistent reads", "failed to get conn"];

/// Parts of the errors of limits: of a server's RPCs (1.15), of an agent's (1.5), of connections.
const LIMITED: [&str; 3] = ["rate limit", "resource exhausted", "too many requests"];

/// Part of the error of an agent that is not joined to the datacenter that is asked about.
const NO_DATACENTER: &str = "No path to datacenter";

/// The words of an agent without ACLs about a token, with the status of a proxy that wants a login.
const NO_ACLS: &str = "ACL support disabled";

/// Consul's words about a token that it does not know, or no longer knows.
const NO_TOKEN: &str = "ACL not found";

/// Part of the error about an expression that is none (`go-bexpr`, `CreateFilter`), whatever its status.
const NO_EXPRESSION: &str = "boolean expression evaluator";

impl Head {
    /// A header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether this is JSON that can be read as it comes.
    pub(super) fn json(&self) -> Result<(), Failure> {
        if let Some(encoding) = self.header(CONTENT_ENCODING.as_str()) {
            let encoding = text::quote(encoding);
            return Err(Failure::NotUnderstood(format!("answer is compressed ({encoding}), for which nobody asked")));
        }
        match self.header(CONTENT_TYPE.as_str()).unwrap_or("missing") {
            kind if kind.starts_with("application/json") => Ok(()),
            // The autopilot calls it plain text when a server is unhealthy (measured: 1.8.7).
            kind if self.status == StatusCode::TOO_MANY_REQUESTS && kind.starts_with("text/plain") => Ok(()),
            kind => Err(Failure::NotUnderstood(format!("content type is {}, not JSON", text::quote(kind)))),
        }
    }

    /// Why an answer with another status than 200 gives nothing.
    pub(super) fn refusal(&self, body: &[u8]) -> Failure {
        let said = String::from_utf8_lossy(body);
        let said = said.trim();
        let words = format!("\"{}\"", text::quote(said));
        let limited = LIMITED.iter().any(|error| said.to_lowercase().contains(error));
        match self.status {
            StatusCode::FORBIDDEN if said.contains(NO_TOKEN) => Failure::denied(DenialKind::UnknownToken, words),
            StatusCode::FORBIDDEN => Failure::denied(DenialKind::Permission, words),
            StatusCode::UNAUTHORIZED if said.contains(NO_ACLS) => Failure::NoAcls,
            StatusCode::UNAUTHORIZED => Failure::denied(DenialKind::Login, format!("401 {words}")),
            StatusCode::NOT_FOUND => Failure::NotFound(words),
            StatusCode::BAD_REQUEST => Failure::Rejected(words),
            _ if said.contains(NO_DATACENTER) => Failure::Rejected(words),
            // A wrong expression is the operator's, even if the server fails on it.
            _ if said.contains(NO_EXPRESSION) => Failure::Rejected(words),
            // One of them names the leader, for which it is limited.
            _ if limited => Failure::RateLimited(words),
            StatusCode::INTERNAL_SERVER_ERROR if LEADERLESS.iter().any(|error| said.contains(error)) => {
                Failure::Leaderless(words)
            }
            StatusCode::TOO_MANY_REQUESTS => Failure::RateLimited(words),
            status if status.is_redirection() => {
                let location = text::quote(self.header(LOCATION.as_str()).unwrap_or("nowhere"));
                Failure::NotUnderstood(format!("{} redirects to {location}", status.as_u16()))
            }
            status => Failure::NotUnderstood(format!("{} {words}", status.as_u16())),
        }
    }
}

/// The failure of a body that is not JSON, or not of the expected form.
pub(super) fn bad_json(error: &serde_json::Error) -> Failure {
    Failure::NotUnderstood(format!("bad JSON ({})", text::quote(&error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, kind: Option<&'static str>) -> Head {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        }
        Head { status: StatusCode::from_u16(status).unwrap(), headers }
    }

    /// Bodies of Consul 1.8.7 as measured, and others from the source of it and of newer versions (`agent/consul/rate/handler.go`,
    /// `agent/structs/errors.go`, `agent/http.go`, `agent/consul/acl.go`).
    #[test]
    fn an_error_is_known_by_its_status_and_words() {
        let quoted = |words: &str| format!("\"{words}\"");
        for words in [
            "No cluster leader",
            "rpc error making call: No cluster leader",
            "No known Consul servers",
            "rpc error getting client: failed to get conn: dial tcp 127.0.0.21:0->127.0.0.12:8300: connect: connection refused",
            "rpc error making call: leadership lost while committing log",
            "rpc error making call: node is not the leader",
            "Not ready to serve consistent reads",
        ] {
            assert_eq!(head(500, None).refusal(words.as_bytes()), Failure::Leaderless(quoted(words)));
        }
        for (words, kind) in [
            ("ACL not found", DenialKind::UnknownToken),
            ("rpc error making call: ACL not found", DenialKind::UnknownToken),
            ("Permission denied", DenialKind::Permission),
            ("rpc error making call: Permission denied", DenialKind::Permission),
        ] {
            assert_eq!(head(403, None).refusal(words.as_bytes()), Failure::denied(kind, quoted(words)));
        }
        for (status, words) in [
            (429, "rate limit exceeded, try again later or against a different server"),
            (503, "rate limit exceeded for operation that can only be performed by the leader, try again later"),
            (
                500,
                "rpc error making call: rate limit exceeded for operation that can only be performed by the leader, try again later",
            ),
            (429, "RPC rate limit exceeded"),
            (500, "RPC rate limit exceeded"),
            (429, "Your IP is issuing too many concurrent connections, please rate limit your calls"),
            (429, ""),
        ] {
            assert_eq!(head(status, None).refusal(words.as_bytes()), Failure::RateLimited(quoted(words)), "{status}");
        }
        for (status, words) in [
            (400, "Failed to create boolean expression evaluator: 1:4 (3): no match found, expected: [ \\t\\r\\n]"),
            (
                500,
                "rpc error making call: Failed to create boolean expression evaluator: Selector \"Node.X\" is not valid",
            ),
        ] {
            let Failure::Rejected(said) = head(status, None).refusal(words.as_bytes()) else { panic!("{words}") };
            assert!(said.starts_with('"') && said.contains("boolean expression evaluator"), "{said}");
        }
        for words in ["Bad request", "Client sent an HTTP request to an HTTPS server.\n"] {
            assert_eq!(head(400, None).refusal(words.as_bytes()), Failure::Rejected(quoted(words.trim())));
        }
        assert_eq!(head(401, None).refusal(b"ACL support disabled"), Failure::NoAcls);
        let login = Failure::denied(DenialKind::Login, "401 \"Unauthorized\"");
        assert_eq!(head(401, None).refusal(b"Unauthorized"), login);
        assert_eq!(head(404, None).refusal(b"404 page not found"), Failure::NotFound(quoted("404 page not found")));
        for (status, words) in
            [(502, "<html>Bad Gateway, the leader of all proxies</html>"), (500, "open /etc/consul.d: no such file")]
        {
            let Failure::NotUnderstood(said) = head(status, None).refusal(words.as_bytes()) else { panic!("{words}") };
            assert!(said.starts_with(&format!("{status} \"")), "{said}");
        }
    }

    #[test]
    fn a_redirect_is_not_followed_and_says_where_to() {
        let mut moved = head(301, None);
        assert_eq!(moved.refusal(b""), Failure::NotUnderstood("301 redirects to nowhere".to_owned()));
        moved.headers.insert(LOCATION, "https://db1:8501/ui/".parse().unwrap());
        assert_eq!(moved.refusal(b"Moved"), Failure::NotUnderstood("301 redirects to https://db1:8501/ui/".to_owned()));
    }

    #[test]
    fn a_body_is_json_when_it_is_said_to_be() {
        for kind in ["application/json", "application/json; charset=utf-8"] {
            assert_eq!(head(200, Some(kind)).json(), Ok(()));
        }
        for (kind, said) in
            [(Some("text/html"), "content type is text/html, not JSON"), (None, "content type is missing, not JSON")]
        {
            assert_eq!(head(200, kind).json(), Err(Failure::NotUnderstood(said.to_owned())));
        }
        // Consul 1.8.7 says so of the JSON of an autopilot that is not healthy.
        assert_eq!(head(429, Some("text/plain; charset=utf-8")).json(), Ok(()));
        assert!(head(200, Some("text/plain; charset=utf-8")).json().is_err());
        let mut compressed = head(200, Some("application/json"));
        compressed.headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert!(matches!(compressed.json(), Err(Failure::NotUnderstood(words)) if words.contains("compressed (gzip)")));
    }
}
