//! What an HTTP answer of the API says.

use common::text;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};

use crate::snapshot::Failure;

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

impl Head {
    /// A header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether this is JSON that can be read as it comes.
    pub(super) fn json(&self) -> Result<(), Failure> {
        if let Some(encoding) = self.header(CONTENT_ENCODING.as_str()) {
            let encoding = text::quote(encoding);
            return Err(Failure::Wrong(format!("answer is compressed ({encoding}), for which nobody asked")));
        }
        match self.header(CONTENT_TYPE.as_str()).unwrap_or("missing") {
            kind if kind.starts_with("application/json") => Ok(()),
            // The autopilot calls it plain text when a server is unhealthy (measured: 1.8.7).
            kind if self.status == StatusCode::TOO_MANY_REQUESTS && kind.starts_with("text/plain") => Ok(()),
            kind => Err(Failure::Wrong(format!("content type is {}, not JSON", text::quote(kind)))),
        }
    }

    /// Why an answer with another status than 200 gives nothing.
    pub(super) fn refusal(&self, body: &[u8]) -> Failure {
        let said = String::from_utf8_lossy(body);
        let said = said.trim();
        let words = format!("\"{}\"", text::quote(said));
        let limited = LIMITED.iter().any(|error| said.to_lowercase().contains(error));
        match self.status {
            StatusCode::FORBIDDEN => Failure::Denied(words),
            StatusCode::BAD_REQUEST => Failure::Rejected(words),
            // One of them names the leader, for which it is limited.
            _ if limited => Failure::RateLimited(words),
            StatusCode::INTERNAL_SERVER_ERROR if LEADERLESS.iter().any(|error| said.contains(error)) => {
                Failure::Leaderless(words)
            }
            StatusCode::TOO_MANY_REQUESTS => Failure::RateLimited(words),
            status if status.is_redirection() => {
                let location = text::quote(self.header(LOCATION.as_str()).unwrap_or("nowhere"));
                Failure::Wrong(format!("{} redirects to {location}", status.as_u16()))
            }
            status => Failure::Wrong(format!("{} {words}", status.as_u16())),
        }
    }
}

/// What is wrong with a body that is no JSON, or not the one expected.
pub(super) fn bad_json(error: &serde_json::Error) -> Failure {
    Failure::Wrong(format!("bad JSON ({})", text::quote(&error.to_string())))
}
