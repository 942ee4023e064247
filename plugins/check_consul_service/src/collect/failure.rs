//! The reason why a request was not answered.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use common::{io_error, text, tls};

use crate::snapshot::{Failure, UnreachableKind};

/// The failure of an agent at these addresses, in the words of an operator.
pub(super) fn of(error: &reqwest::Error, addresses: &[SocketAddr]) -> Failure {
    if error.is_timeout() {
        return Failure::unreachable(UnreachableKind::Silent, "no connection in time");
    }
    let Some(io) = chain(error).find_map(|cause| cause.downcast_ref::<io::Error>()) else {
        return Failure::NotUnderstood(format!("no HTTP answer ({})", text::quote(&root_cause(error).to_string())));
    };
    if let Some(error) = tls_error(io) {
        let nonsense = || Failure::NotUnderstood(format!("TLS fails ({})", text::quote(&error.to_string())));
        return tls::distrust(error).map_or_else(nonsense, Failure::NotTrusted);
    }
    match io_error::own_side_to(io, addresses) {
        Some(fault) => Failure::OwnSide(fault),
        None => Failure::unreachable(kind(io), text::quote(&io_error::reason(io))),
    }
}

fn kind(error: &io::Error) -> UnreachableKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => UnreachableKind::PortClosed,
        _ => UnreachableKind::ConnectionLost,
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

/// The first cause, which says the most.
pub(super) fn root_cause(error: &reqwest::Error) -> &(dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}
