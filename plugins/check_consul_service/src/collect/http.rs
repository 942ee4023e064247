//! HTTP as a check needs it: no proxy, no redirects, bounded in time and size.

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{CheckError, Deadline, io_error, text};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Url, redirect};

use super::answer::{self, ANSWER_LIMIT};
use crate::policy::Target;
use crate::snapshot::{Answer, Failure};

/// A host that does not even accept a connection within this is down; less when the whole run is shorter.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// A client for all agents.
///
/// # Errors
/// When the CA file or the token cannot be used: our side's fault.
pub(super) fn client(target: &Target, deadline: Deadline) -> Result<Client, CheckError> {
    // reqwest builds no client without a provider, not even one for http://. Only a second call fails.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT.min(deadline.remaining() / 2))
        .default_headers(headers(target)?);
    builder = match (target.uses_tls(), &target.ca_file) {
        // Else every run would load the system's store.
        (false, _) => builder.tls_certs_only([]),
        (true, Some(file)) => builder.tls_certs_only(certificates(file)?),
        (true, None) => builder,
    };
    builder.build().map_err(|error| {
        CheckError::local(format!("cannot use TLS: {}", text::quote(&root_cause(&error).to_string())), "give --ca-file")
    })
}

fn headers(target: &Target) -> Result<HeaderMap, CheckError> {
    let mut headers = HeaderMap::new();
    if let Some(token) = &target.token {
        let mut value = HeaderValue::from_str(token.expose()).map_err(|_| {
            CheckError::local("the token holds what no HTTP header can", "write it anew, alone in the first line")
        })?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static("x-consul-token"), value);
    }
    Ok(headers)
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, CheckError> {
    let pem = common::file::read(file, "let the monitoring user read it")?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(CheckError::local(
            format!("{} holds no certificate", file.display()),
            "give the CA's certificate in PEM",
        )),
    }
}

/// Sends one request and reads its answer.
pub(super) async fn ask<T>(
    client: Client,
    url: Url,
    deadline: Deadline,
    read: fn(&answer::Answer) -> Result<T, Failure>,
) -> Answer<T> {
    let start = Instant::now();
    let result = match deadline.bound(fetch(&client, url)).await {
        Ok(Ok(answer)) => read(&answer),
        Ok(Err(error)) => Err(failure(&error, start)),
        Err(_) => Err(Failure::Unreachable(format!("no complete answer within {}", seconds(start)))),
    };
    Answer { result, time: start.elapsed() }
}

fn seconds(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f32())
}

async fn fetch(client: &Client, url: Url) -> reqwest::Result<answer::Answer> {
    let mut response = client.get(url).send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let announced = response.content_length().unwrap_or(0);
    if announced > ANSWER_LIMIT as u64 {
        return Ok(answer::Answer { status, headers, body: None });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Ok(answer::Answer { status, headers, body: None });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(answer::Answer { status, headers, body: Some(body) })
}

/// What kept a request from being answered.
fn failure(error: &reqwest::Error, start: Instant) -> Failure {
    if error.is_timeout() {
        return Failure::Unreachable(format!("no connection within {}", seconds(start)));
    }
    let Some(io) = chain(error).find_map(|cause| cause.downcast_ref::<io::Error>()) else {
        let cause = text::quote(&root_cause(error).to_string());
        return Failure::Wrong(format!("no HTTP answer ({cause})"));
    };
    if let Some(tls) = tls_error(io) {
        return Failure::Wrong(format!("TLS fails ({})", text::quote(&tls.to_string())));
    }
    match io_error::own_fault(io) {
        Some(fault) => Failure::NotAsked(fault),
        None => Failure::Unreachable(text::quote(&io_error::reason(io))),
    }
}

/// An error of TLS travels inside one of input and output, sometimes two levels deep.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref().or_else(|| tls_error(inner.downcast_ref()?))
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source())
}

fn root_cause(error: &reqwest::Error) -> &(dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}
