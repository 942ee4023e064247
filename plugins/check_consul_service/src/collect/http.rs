//! HTTP as a check needs it: no proxy, no redirects, bounded in time and size.

use std::net::SocketAddr;
use std::time::Instant;

use common::Deadline;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use reqwest::{Response, StatusCode, Url};
use serde::de::DeserializeOwned;

use super::answer::{Head, bad_json};
use super::elements::{Elements, Keep};
use super::failure;
use crate::snapshot::{Answer, Failure, UnreachableKind};

/// The largest answer that is read to its end, in bytes; a list is not held as a whole.
const LIST_LIMIT: usize = 64 << 20;

/// The largest answer that is held as a whole, in bytes.
const DOCUMENT_LIMIT: usize = 1 << 20;

/// The part of an error that is read, in bytes.
const ERROR_LIMIT: usize = 16 << 10;

/// An agent that can be asked until a deadline.
#[derive(Clone)]
pub(super) struct Http {
    pub(super) client: reqwest::Client,
    /// The addresses of its host; none for a socket.
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) auth: Option<HeaderValue>,
    /// When an answer must have begun.
    pub(super) beginning: Deadline,
    /// When it must have ended.
    pub(super) deadline: Deadline,
}

impl Http {
    /// The same agent, whose answers must begin and end by then.
    pub(super) fn until(&self, beginning: Deadline, deadline: Deadline) -> Self {
        Self { beginning, deadline, ..self.clone() }
    }

    /// A document, if its status is one of these.
    pub(super) async fn document<T: DeserializeOwned>(&self, url: Url, statuses: &[StatusCode]) -> Answer<T> {
        self.answer(url, async |response| {
            let (head, response) = opened(response, statuses).await?;
            head.json()?;
            let body = body(response, DOCUMENT_LIMIT).await?;
            serde_json::from_slice(&body).map_err(|error| bad_json(&error))
        })
        .await
    }

    /// A list, of which `keep` keeps a part; `finish` adds what the head says.
    pub(super) async fn list<K: Keep, T>(
        &self,
        url: Url,
        statuses: &[StatusCode],
        keep: K,
        finish: impl FnOnce(&Head, Vec<K::Item>) -> Result<T, Failure>,
    ) -> Answer<T> {
        self.answer(url, async |response| {
            let (head, mut response) = opened(response, statuses).await?;
            head.json()?;
            let mut elements = Elements::new(keep);
            let mut read = 0;
            while let Some(chunk) = response.chunk().await.map_err(|error| failure::of(&error, &[]))? {
                read += chunk.len();
                if read > LIST_LIMIT {
                    return Err(too_large(LIST_LIMIT));
                }
                elements.push(&chunk)?;
            }
            finish(&head, elements.finish()?)
        })
        .await
    }

    /// Sends one request and reads its answer.
    async fn answer<T>(&self, url: Url, read: impl AsyncFnOnce(Response) -> Result<T, Failure>) -> Answer<T> {
        let start = Instant::now();
        let silent = || {
            let words = format!("no complete answer within {:.1} s", start.elapsed().as_secs_f32());
            Failure::unreachable(UnreachableKind::Silent, words)
        };
        let fetched = async {
            let request = self.client.get(url);
            let request = match &self.auth {
                Some(login) => request.header(AUTHORIZATION, login),
                None => request,
            };
            let begun = self.beginning.bound(request.send()).await.map_err(|_| silent())?;
            read(begun.map_err(|error| failure::of(&error, &self.addresses))?).await
        };
        let result = self.deadline.bound(fetched).await.unwrap_or_else(|_| Err(silent()));
        Answer { result, time: start.elapsed() }
    }
}

/// The head of an answer with one of these statuses; its body is still to be read.
async fn opened(response: Response, statuses: &[StatusCode]) -> Result<(Head, Response), Failure> {
    let head = Head { status: response.status(), headers: response.headers().clone() };
    if !statuses.contains(&head.status) {
        return Err(head.refusal(&beginning(response).await));
    }
    let announced = head.header(CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok()).unwrap_or(0_u64);
    if announced > LIST_LIMIT as u64 {
        return Err(too_large(LIST_LIMIT));
    }
    Ok((head, response))
}

async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure::of(&error, &[]))? {
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// As much of an error as is of use, though it may break off.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= ERROR_LIMIT {
            break;
        }
    }
    body.truncate(ERROR_LIMIT);
    body
}

fn too_large(limit: usize) -> Failure {
    Failure::NotUnderstood(format!("answer is larger than {} MiB", limit >> 20))
}
