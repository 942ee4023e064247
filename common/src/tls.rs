//! Reasons not to trust a server, in an operator's words.

use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error};

use crate::{date, text, wording};

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

#[expect(clippy::cast_precision_loss, reason = "an age needs no 53 bits")]
fn certificate(error: &CertificateError) -> String {
    match error {
        // An authority that was created again, or by MySQL's own setup, has the same name but another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is from no authority that is trusted here".to_owned()
        }
        CertificateError::Expired => "its certificate has expired".to_owned(),
        CertificateError::ExpiredContext { time, not_after } => {
            let ago = wording::age(time.as_secs().saturating_sub(not_after.as_secs()) as f64);
            format!("its certificate expired on {}, {ago} ago", date::day(seconds(*not_after)))
        }
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

/// The end of the certificate because of which a server is not trusted, in seconds since 1970.
pub fn expired_at(error: &Error) -> Option<i64> {
    match error {
        Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => Some(seconds(*not_after)),
        _ => None,
    }
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
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
