//! The outcome for a node that a driver's error means.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use common::{io_error, text, tls};
use mysql_async::{DriverError, Error, IoError, TlsError};
use rustls::pki_types::ServerName;
use rustls::{CertificateError, Error as Rustls};

use crate::snapshot::{DenialKind, Distrust, Failure, FailureKind, Outcome};

/// `ER_CON_COUNT_ERROR`: no client gets in.
const FULL: u16 = 1040;

/// The outcome for a node at this address that this error happened to.
pub(super) fn of_error(error: &Error, at: Option<SocketAddr>) -> Outcome {
    if let Some(reason) = untrusted(error) {
        let expired_at = of_rustls(error).and_then(tls::expired_at);
        return Outcome::NotTrusted(Distrust { reason, expired_at });
    }
    match error {
        Error::Io(IoError::Io(error)) if is_of_the_system(error) => of_system(error, at),
        Error::Server(error) => {
            let reason = format!("{} ({})", text::quote(without_state(&error.message)), error.code);
            match DenialKind::of_code(error.code) {
                _ if error.code == FULL => Outcome::failed(FailureKind::Full, reason),
                Some(kind) => Outcome::denied(kind, reason),
                None => Outcome::failed(FailureKind::SqlError, reason),
            }
        }
        Error::Driver(DriverError::ConnectionClosed) => {
            Outcome::failed(FailureKind::ConnectionLost, "connection closed")
        }
        Error::Driver(DriverError::UnknownAuthPlugin { name }) => {
            Outcome::denied(DenialKind::Plugin, format!("authentication plugin {} is not supported", text::quote(name)))
        }
        Error::Driver(DriverError::CleartextPluginDisabled) => {
            Outcome::denied(DenialKind::Plugin, "the server wants the password in the clear".to_owned())
        }
        Error::Driver(DriverError::MysqlOldPasswordDisabled) => {
            Outcome::denied(DenialKind::Plugin, "the account has a password in the format before MySQL 4.1".to_owned())
        }
        error => {
            let reason = format!("does not speak the MariaDB protocol ({})", text::quote(&error.to_string()));
            Outcome::failed(FailureKind::NotUnderstood, reason)
        }
    }
}

/// Percona and MySQL 8 give the SQLSTATE before the greeting too, where the driver does not look for it.
fn without_state(message: &str) -> &str {
    let rest = message.strip_prefix('#').and_then(|rest| rest.split_at_checked(5));
    rest.filter(|(state, _)| state.bytes().all(|byte| byte.is_ascii_alphanumeric())).map_or(message, |(_, rest)| rest)
}

/// The outcome for a node whose reply made the driver panic.
pub(super) fn of_driver_panic() -> Outcome {
    Outcome::failed(FailureKind::NotUnderstood, "does not speak the MariaDB protocol (the driver gave up)")
}

/// A full server whose extra port does not help either.
pub(super) fn with_extra_port(full: &Failure, answer: Outcome) -> Outcome {
    match answer {
        Outcome::Failed(failure) => {
            Outcome::failed(FailureKind::Full, format!("{}, and on the extra port: {}", full.reason, failure.reason))
        }
        answer => answer,
    }
}

fn is_of_the_system(error: &io::Error) -> bool {
    error.raw_os_error().is_some() || error.kind() == ErrorKind::UnexpectedEof
}

fn of_system(error: &io::Error, at: Option<SocketAddr>) -> Outcome {
    if let Some(fault) = io_error::own_side_to(error, at.as_slice()) {
        return Outcome::OwnSide(fault);
    }
    let kind = match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => FailureKind::ConnectionLost,
        ErrorKind::TimedOut => FailureKind::Silent,
        _ => FailureKind::PortClosed,
    };
    Outcome::failed(kind, io_error::reason(error))
}

/// Why we do not encrypt to this server, in the words of an operator; none when it is not about that.
fn untrusted(error: &Error) -> Option<String> {
    if let Error::Driver(DriverError::NoClientSslFlagFromServer) = error {
        return Some("the server offers no TLS".to_owned());
    }
    let error = match (error, of_rustls(error)) {
        (_, Some(error)) => error,
        (Error::Driver(DriverError::NoKeyFound), _) => return Some("--ssl-key holds no private key".to_owned()),
        (Error::Io(IoError::Tls(error)), _) => return Some(format!("TLS: {}", text::quote(&error.to_string()))),
        _ => return None,
    };
    tls::distrust(error)
}

/// The error of rustls, which the driver wraps in two ways.
fn of_rustls(error: &Error) -> Option<&Rustls> {
    match error {
        Error::Io(IoError::Tls(TlsError::Tls(error))) => Some(error),
        Error::Io(IoError::Io(error)) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// The name for which a certificate is valid that is as it should be but for its name; a wildcard stands for any.
pub(super) fn other_name(error: &Error) -> Option<String> {
    match of_rustls(error)? {
        // webpki looks at the name last, when the chain has been found good.
        Rustls::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) => {
            let mut names = tls::names(presented).into_iter().map(|name| name.replace('*', "any"));
            // A certificate may also be for a URI or a mailbox, by which no server can be asked for.
            names.find(|name| ServerName::try_from(name.as_str()).is_ok())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use mysql_async::ServerError;

    use super::*;

    fn server(code: u16) -> Error {
        Error::Server(ServerError { code, message: "no matter".to_owned(), state: "HY000".to_owned() })
    }

    #[test]
    fn the_code_says_whose_fault_it_is() {
        for (code, kind) in [
            (1045, DenialKind::Account),
            (1129, DenialKind::HostBlocked),
            (1130, DenialKind::HostNotAllowed),
            (4151, DenialKind::Locked),
            (1820, DenialKind::Expired),
            (1862, DenialKind::Expired),
            (1698, DenialKind::SystemUser),
            (1524, DenialKind::Plugin),
            (1226, DenialKind::Limit),
        ] {
            let outcome = of_error(&server(code), None);
            assert!(matches!(outcome, Outcome::AccessDenied(denial) if denial.kind == kind), "{code}");
        }
        for (code, kind) in [(1040, FailureKind::Full), (1047, FailureKind::SqlError), (1205, FailureKind::SqlError)] {
            assert!(
                matches!(of_error(&server(code), None), Outcome::Failed(failure) if failure.kind == kind),
                "{code}"
            );
        }
    }

    #[test]
    fn a_message_is_shown_without_its_state() {
        for (message, shown) in [
            ("#08004Too many connections", "Too many connections"),
            ("Too many connections", "Too many connections"),
            ("#tag and more", "#tag and more"),
            ("#äöü", "#äöü"),
            ("#1", "#1"),
        ] {
            assert_eq!(without_state(message), shown);
        }
    }

    #[test]
    fn a_server_is_asked_for_by_the_first_name_that_is_one() {
        let with = |presented: &[&str]| {
            let error = CertificateError::NotValidForNameContext {
                expected: ServerName::try_from("db1").unwrap(),
                presented: presented.iter().map(|name| (*name).to_owned()).collect(),
            };
            other_name(&Error::Io(IoError::Io(io::Error::other(Rustls::InvalidCertificate(error)))))
        };
        for (presented, name) in [
            (&["DnsName(\"*.example.org\")"][..], Some("any.example.org")),
            (&["UniformResourceIdentifier(\"spiffe://a/b\")", "IpAddress(::1)"], Some("::1")),
            (&["Unsupported(0x01)"], None),
            (&[], None),
        ] {
            assert_eq!(with(presented).as_deref(), name, "{presented:?}");
        }
    }
}
