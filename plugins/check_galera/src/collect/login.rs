//! Logs in: as often as encryption, names and a full server make it necessary.

use std::mem;
use std::net::SocketAddr;
use std::time::Duration;

use common::{Deadline, Panicked, contain};
use mysql_async::{Conn, DriverError, Error, Opts, OptsBuilder, SslOpts};

use super::endpoint::Endpoint;
use super::failure;
use crate::cli::SslMode;
use crate::policy::{Login, Target};
use crate::snapshot::{Denial, DenialKind, FailureKind, Outcome};

/// The largest value that is read, in bytes; names and states are short.
const PACKET_LIMIT: usize = 64 << 10;

/// The account, ready for any node.
#[derive(Clone)]
pub(super) struct Account {
    login: Login,
    extra_port: Option<u16>,
}

impl Account {
    pub(super) fn new(target: &Target) -> Self {
        Self { login: target.login.clone(), extra_port: target.extra_port }
    }

    /// A connection, and whether it is to the extra port; else what became of the node.
    pub(super) async fn log_in(
        &self,
        endpoint: &Endpoint,
        deadline: Deadline,
        limit: Duration,
    ) -> Result<(Conn, bool), Outcome> {
        let silent = || Outcome::failed(FailureKind::Silent, format!("no login within {:.1} s", limit.as_secs_f32()));
        let enter = async |endpoint: &Endpoint| {
            let mut login = Box::pin(contain(self.connect(endpoint)));
            match deadline.bound(login.as_mut()).await {
                Ok(Ok(result)) => result,
                Ok(Err(Panicked)) => Err(failure::of_driver_panic()),
                Err(_) => {
                    // Dropped, it would go on reading behind our back, where nothing contains it.
                    mem::forget(login);
                    Err(silent())
                }
            }
        };
        let first = match enter(endpoint).await {
            Err(Outcome::AccessDenied(denial)) if self.may_be_wrong(&denial) => enter(endpoint).await,
            result => result,
        };
        match (first, self.extra_port_of(endpoint)) {
            (Ok(connection), _) => Ok((connection, false)),
            (Err(Outcome::Failed(full)), Some(beside)) if full.kind == FailureKind::Full => {
                let again = enter(&beside).await.map(|connection| (connection, true));
                again.map_err(|outcome| failure::with_extra_port(&full, outcome))
            }
            (Err(outcome), _) => Err(outcome),
        }
    }

    /// Whether a denial may be the driver's fault. It cuts a 0 off the end of the server's challenge, which is random for
    /// `ed25519`: one login in 256 gets the wrong answer (`mysql_common` 0.37.3, `AuthSwitchRequest::plugin_data`).
    fn may_be_wrong(&self, denial: &Denial) -> bool {
        denial.kind == DenialKind::Account && self.login.password.is_some()
    }

    /// The extra port of the same server, where there is one.
    fn extra_port_of(&self, endpoint: &Endpoint) -> Option<Endpoint> {
        match (endpoint, self.extra_port) {
            (Endpoint::Tcp(address, name), Some(port)) => {
                Some(Endpoint::Tcp(SocketAddr::new(address.ip(), port), name.clone()))
            }
            _ => None,
        }
    }

    async fn connect(&self, endpoint: &Endpoint) -> Result<Conn, Outcome> {
        let Endpoint::Tcp(_, name) = endpoint else { return self.open(endpoint, None).await.map_err(|(_, why)| why) };
        let tls = &self.login.tls;
        let result = match self.open(endpoint, tls.options(name)).await {
            Err((Error::Driver(DriverError::NoClientSslFlagFromServer), _)) if tls.mode == SslMode::Preferred => {
                self.open(endpoint, None).await
            }
            Err((error, why)) if tls.mode == SslMode::VerifyCa => match failure::other_name(&error) {
                // The driver cannot leave the name alone and still verify the rest, so the server is asked for by the
                // name that its certificate gives; that certificate is verified like any other.
                Some(other) => self.open(endpoint, tls.options(&other)).await,
                None => Err((error, why)),
            },
            result => result,
        };
        result.map_err(|(_, why)| why)
    }

    /// Opens one connection; else the driver's error, and the outcome that it means.
    async fn open(&self, endpoint: &Endpoint, tls: Option<SslOpts>) -> Result<Conn, (Error, Outcome)> {
        let encrypted = tls.is_some();
        let result = Conn::new(self.options(endpoint, tls)).await;
        result.map_err(|error| {
            let outcome = match failure::of_error(&error, endpoint.address()) {
                Outcome::AccessDenied(denial) => Outcome::AccessDenied(Denial { encrypted, ..denial }),
                outcome => outcome,
            };
            (error, outcome)
        })
    }

    fn options(&self, endpoint: &Endpoint, tls: Option<SslOpts>) -> Opts {
        let options = OptsBuilder::default()
            .user(Some(&self.login.user))
            // Some plugins of the driver want one, if an empty one.
            .pass(Some(self.login.password.as_ref().map_or("", common::Secret::expose)))
            .ssl_opts(tls)
            // Each of these spares a SELECT during the login, which a node that is partitioned or
            // flow-controlled may block; the first would moreover reconnect to a socket of *this* host.
            .prefer_socket(false)
            .max_allowed_packet(Some(PACKET_LIMIT))
            .wait_timeout(Some(60))
            .stmt_cache_size(0);
        match endpoint {
            Endpoint::Tcp(address, _) => options.ip_or_hostname(host(*address)).tcp_port(address.port()).into(),
            Endpoint::Socket(path) => options.socket(Some(path)).into(),
        }
    }
}

/// The address without its port, but with the scope that a link-local one needs.
fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V6(v6) if v6.scope_id() > 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
        address => address.ip().to_string(),
    }
}
