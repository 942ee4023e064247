//! What an HTTP answer of the API says.

use common::text;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};

use crate::snapshot::Failure;

/// The largest answer that is read, in bytes: some 650 instances with two checks each. Parsed, an answer made for the
/// purpose takes four times as much, and several agents are asked twice at once.
pub(crate) const ANSWER_LIMIT: usize = 1 << 20;

/// An HTTP answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// None when it is larger than [`ANSWER_LIMIT`].
    pub(crate) body: Option<Vec<u8>>,
}

/// Parts of the errors of an agent that reaches no leader: "No cluster leader", "leadership lost", "node is not the
/// leader" and so on. `X-Consul-Knownleader` does not tell, since it is false with every error.
const LEADERLESS: [&str; 4] =
    ["leader", "No known Consul servers", "Not ready to serve consistent reads", "failed to get conn"];

impl Answer {
    /// A header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body of a 200 that is JSON.
    pub(super) fn json(&self) -> Result<&[u8], Failure> {
        let Some(body) = &self.body else {
            return Err(Failure::Wrong(format!("answer is larger than {} MiB", ANSWER_LIMIT >> 20)));
        };
        if self.status != StatusCode::OK {
            return Err(self.refusal(String::from_utf8_lossy(body).trim()));
        }
        match self.header(CONTENT_TYPE.as_str()).unwrap_or("missing") {
            kind if kind.starts_with("application/json") => Ok(body),
            kind => Err(Failure::Wrong(format!("content type is {}, not JSON", text::quote(kind)))),
        }
    }

    fn refusal(&self, said: &str) -> Failure {
        let words = format!("\"{}\"", text::quote(said));
        match self.status {
            StatusCode::FORBIDDEN => Failure::Denied(words),
            StatusCode::INTERNAL_SERVER_ERROR if LEADERLESS.iter().any(|error| said.contains(error)) => {
                Failure::Leaderless(words)
            }
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

/// `/v1/status/leader`: the leader's raft address.
pub(crate) fn leader(answer: &Answer) -> Result<Option<String>, Failure> {
    let address: String = serde_json::from_slice(answer.json()?).map_err(|error| bad_json(&error))?;
    Ok(Some(address).filter(|address| !address.is_empty()))
}
