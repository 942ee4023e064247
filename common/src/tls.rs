//! Reasons not to trust a server, in an operator's words.

use rustls::{CertificateError, Error};

use crate::text;

/// The reason why server and client do not trust each other: "its certificate has expired". `None` for a broken
/// handshake, which is not about trust: the server is faulty, or does not speak TLS.
pub fn distrust(error: &Error) -> Option<String> {
    match error {
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_)
        | Error::PeerSentOversizedRecord
        | Error::DecryptError => None,
        Error::InvalidCertificate(error) => Some(certificate(error)),
        Error::AlertReceived(alert) => Some(format!("the server broke off the TLS handshake: {alert:?}")),
        error => Some(format!("TLS: {}", text::quote(&error.to_string()))),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        // An authority that was created again, or by MySQL's own setup, has the same name but another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is from no authority that is trusted here".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        CertificateError::NotValidForName => "its certificate is for another name".to_owned(),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "its certificate has no subjectAltName, so is for no name".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            format!("its certificate is for another name: {}", text::quote(&names(presented).join(", ")))
        }
        error => match error.to_string() {
            // webpki says this about a certificate that `openssl req -x509` made with its defaults.
            words if words.contains("CaUsedAsEndEntity") => {
                "its certificate is that of an authority (CA:TRUE), not of a server".to_owned()
            }
            words => format!("its certificate is not trusted: {}", text::quote(&words)),
        },
    }
}

/// The names of a certificate, without rustls' wrapping: `DnsName("db3")` becomes `db3`.
pub fn names(presented: &[String]) -> Vec<String> {
    presented.iter().map(|name| bare(name).unwrap_or(name).to_owned()).collect()
}

fn bare(presented: &str) -> Option<&str> {
    let (_, name) = presented.trim_end_matches(')').split_once('(')?;
    Some(name.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_a_certificate_has_them() {
        assert_eq!(
            names(&["DnsName(\"db3.example.org\")".to_owned(), "IpAddress(::1)".to_owned()]),
            ["db3.example.org", "::1"]
        );
        assert_eq!(names(&["odd".to_owned()]), ["odd"]);
    }
}
