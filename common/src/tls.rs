//! Why a server is not trusted, in the words of an operator.

use rustls::{CertificateError, Error};

use crate::text;

/// Why we and the server do not trust each other: "its certificate has expired". None for nonsense in the handshake,
/// which is no question of trust: the server is broken, or speaks no TLS.
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
        // Authorities that were made anew, or by MySQL's own setup, have the same name and another key.
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
            // What webpki says of a self-signed certificate that openssl has made by itself.
            words if words.contains("CaUsedAsEndEntity") => {
                "its certificate is that of an authority (CA:TRUE), not of a server".to_owned()
            }
            words => format!("its certificate is not trusted: {}", text::quote(&words)),
        },
    }
}

/// The names of a certificate, of which rustls says `DnsName("db3")`.
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
