//! Clients for the agents, each by its own way.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use common::{CheckError, Deadline, Secret, Unresolved, io_error, text};
use reqwest::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Identity, Url, redirect};

use super::failure;
use super::http::Http;
use crate::agent::Agent;
use crate::policy::{Login, Target, Trust};
use crate::snapshot::{Failure, UnreachableKind};

/// A host that does not even accept a connection within this is down; less when the whole run is shorter.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// The settings that all clients share.
pub(super) struct Clients {
    headers: HeaderMap,
    authorities: Option<Vec<Certificate>>,
    identity: Option<Identity>,
    server_name: Option<String>,
    verifies: bool,
    auth: Option<Login>,
    deadline: Deadline,
}

impl Clients {
    /// Reads what the target names.
    ///
    /// # Errors
    /// When a file of ours or the token cannot be used: our side's fault.
    pub(super) fn new(target: &Target, deadline: Deadline) -> Result<Self, CheckError> {
        // reqwest builds no client without a provider, not even one for http://. Only a second call fails.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Trust { authorities, certificate, server_name, verifies } = &target.trust;
        let tls = target.agents.iter().any(|agent| agent.base.scheme() == "https");
        Ok(Self {
            headers: headers(target)?,
            authorities: authorities.as_deref().filter(|_| tls).map(certificates).transpose()?,
            identity: certificate.as_ref().filter(|_| tls).map(|(cert, key)| identity(cert, key)).transpose()?,
            server_name: server_name.clone(),
            verifies: *verifies,
            auth: target.auth.clone(),
            deadline,
        })
    }

    /// A client for one agent, and the URL to which its paths are appended.
    ///
    /// A name is looked up once, so that all requests go the same way.
    ///
    /// # Errors
    /// The name has no address, or TLS cannot be used.
    pub(super) async fn of(&self, agent: &Agent) -> Result<(Http, Url), Failure> {
        let mut headers = self.headers.clone();
        let mut base = agent.base.clone();
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT.min(self.deadline.remaining() / 2));
        let addresses = match &agent.socket {
            Some(path) => {
                builder = builder.unix_socket(path.clone());
                Vec::new()
            }
            None => self.addresses(&base).await?,
        };
        self.rename(&mut base, &mut headers)?;
        if let (Some(host), false) = (base.domain(), addresses.is_empty()) {
            builder = builder.resolve_to_addrs(host, &addresses);
        }
        builder = self.trusting(builder.default_headers(headers), agent.base.scheme() == "https");
        let client = builder.build().map_err(|error| {
            let cause = text::quote(&failure::root_cause(&error).to_string());
            Failure::OwnSide(CheckError::local(format!("cannot use TLS: {cause}"), "look at --ca-file, --client-cert"))
        })?;
        let auth = self.auth.as_ref().and_then(|login| authorization(&client, &base, login));
        Ok((Http { client, addresses, auth, beginning: self.deadline, deadline: self.deadline }, base))
    }

    /// The addresses of the host.
    async fn addresses(&self, base: &Url) -> Result<Vec<SocketAddr>, Failure> {
        let (host, port) = (base.host_str().unwrap_or_default(), base.port_or_known_default().unwrap_or(0));
        let address = host.trim_start_matches('[').trim_end_matches(']');
        lookup(address, port, self.deadline).await
    }

    /// Puts the name that the certificate is for in the place of the host, which a proxy in front of the agent still gets
    /// to see.
    fn rename(&self, base: &mut Url, headers: &mut HeaderMap) -> Result<(), Failure> {
        let Some(name) = self.server_name.as_deref().filter(|_| base.scheme() == "https") else { return Ok(()) };
        let host = base.host_str().unwrap_or_default();
        let authority = base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if let Ok(authority) = HeaderValue::from_str(&authority) {
            headers.insert(HOST, authority);
        }
        let renamed = base.set_host(Some(name)).is_ok();
        // An address in whatever spelling would be connected to, instead of the agent.
        if renamed && base.domain().is_some_and(|host| host.eq_ignore_ascii_case(name)) {
            return Ok(());
        }
        let remedy = "give the name that the agent's certificate is for, such as server.dc1.consul";
        Err(Failure::OwnSide(CheckError::local("--tls-server-name is no name of a host", remedy)))
    }

    fn trusting(&self, builder: ClientBuilder, tls: bool) -> ClientBuilder {
        let builder = match (&self.authorities, tls) {
            // Else every run would load the system's store.
            (_, false) => return builder.tls_certs_only([]),
            (Some(certificates), true) => builder.tls_certs_only(certificates.clone()),
            (None, true) => builder,
        };
        let builder = match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        };
        if self.verifies { builder } else { builder.tls_danger_accept_invalid_certs(true) }
    }
}

async fn lookup(host: &str, port: u16, deadline: Deadline) -> Result<Vec<SocketAddr>, Failure> {
    common::resolve(host, port, deadline.within(CONNECT_LIMIT)).await.map_err(|unresolved| match unresolved {
        Unresolved::NoSuchName(words) => {
            Failure::unreachable(UnreachableKind::Unresolved, format!("cannot be resolved ({words})"))
        }
        Unresolved::OwnSide(fault) => Failure::OwnSide(fault),
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

/// The header field of a login. A server may repeat it, and it is as good as the password.
fn authorization(client: &Client, base: &Url, login: &Login) -> Option<HeaderValue> {
    let password = login.password.as_ref().map(Secret::expose);
    let request = client.get(base.clone()).basic_auth(&login.user, password).build().ok()?;
    let mut value = request.headers().get(AUTHORIZATION)?.clone();
    if let Some(encoded) = value.to_str().ok()?.strip_prefix("Basic ") {
        drop(Secret::new(encoded));
    }
    value.set_sensitive(true);
    Some(value)
}

/// Of a file, or of all files of a directory.
fn certificates(path: &Path) -> Result<Vec<Certificate>, CheckError> {
    if !path.is_dir() {
        return bundle(path);
    }
    let unreadable = |error| {
        let problem = format!("cannot read {}: {}", path.display(), io_error::reason(&error));
        CheckError::local(problem, "let the monitoring user read it")
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    let bundles: Result<Vec<_>, _> = files.iter().map(|file| bundle(file)).collect();
    match bundles?.concat() {
        none if none.is_empty() => Err(no_certificate(path)),
        certificates => Ok(certificates),
    }
}

fn bundle(file: &Path) -> Result<Vec<Certificate>, CheckError> {
    let pem = common::file::read(file, "let the monitoring user read it")?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(no_certificate(file)),
    }
}

fn no_certificate(path: &Path) -> CheckError {
    CheckError::local(format!("{} holds no certificate", path.display()), "give the CA's certificate in PEM")
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity, CheckError> {
    let read = |file| common::file::read(file, "let the monitoring user read it");
    let pem = [read(certificate)?, b"\n".to_vec(), read(key)?].concat();
    Identity::from_pem(&pem).map_err(|_| {
        let problem = format!("{} and {} are no certificate with its key", certificate.display(), key.display());
        CheckError::local(problem, "give both in PEM, the key without a passphrase")
    })
}
