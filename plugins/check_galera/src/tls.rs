//! How far a connection to a server is encrypted and trusted.

use std::fmt;
use std::path::{Path, PathBuf};

use common::{CheckError, file};
use mysql_async::{ClientIdentity, SslOpts};
use rustls::pki_types::ServerName;

use crate::cli::SslMode;
use crate::option_file::TlsOptions;

/// Everything that a connection needs to know about TLS; the files are read once, for all nodes.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) mode: SslMode,
    ca: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for Tls {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// The arguments about TLS.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsArgs {
    pub(crate) mode: Option<SslMode>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

impl Tls {
    /// The arguments, completed by the option file.
    ///
    /// # Errors
    /// When a file cannot be read, or one of certificate and key is missing.
    pub(crate) fn new(args: TlsArgs, options: &TlsOptions) -> Result<Self, CheckError> {
        let ca = args.ca.or_else(|| options.ca.clone());
        let mode = args.mode.unwrap_or_else(|| mode(options, ca.is_some()));
        let cert = args.cert.or_else(|| options.cert.clone());
        let key = args.key.or_else(|| options.key.clone());
        let identity = match (cert, key) {
            (Some(cert), Some(key)) => Some((read(&cert)?, read(&key)?)),
            (None, None) => None,
            _ => {
                return Err(CheckError::local(
                    "a client certificate needs its key",
                    "give both --ssl-cert and --ssl-key",
                ));
            }
        };
        Ok(Self { mode, ca: ca.as_deref().map(read).transpose()?, identity })
    }

    /// Whether the certificate proves who the server is. Without an authority of one's own, `verify-ca` takes any public one.
    pub(crate) fn verifies(&self) -> bool {
        match self.mode {
            SslMode::VerifyIdentity => true,
            SslMode::VerifyCa => self.ca.is_some(),
            SslMode::Disabled | SslMode::Preferred | SslMode::Required => false,
        }
    }

    /// The driver's options for a host that was asked by this name; none for a connection in the clear.
    pub(crate) fn options(&self, name: &str) -> Option<SslOpts> {
        // A certificate knows no scope of an address.
        let name = name.split_once('%').map_or(name, |(address, _)| address);
        // A name of the resolver's alone, such as `127.1`, matters only where it must be in the certificate.
        let is_name = ServerName::try_from(name).is_ok();
        let name = if is_name || self.mode == SslMode::VerifyIdentity { name } else { "invalid" };
        let verified = matches!(self.mode, SslMode::VerifyCa | SslMode::VerifyIdentity);
        let options = SslOpts::default()
            .with_danger_accept_invalid_certs(!verified)
            .with_danger_tls_hostname_override(Some(name.to_owned()))
            .with_client_identity(
                self.identity.clone().map(|(cert, key)| ClientIdentity::new(cert.into(), key.into())),
            );
        let options = match &self.ca {
            // A given authority is the only one that is trusted.
            Some(ca) => options.with_root_certs(vec![ca.clone().into()]).with_disable_built_in_roots(true),
            None => options,
        };
        (self.mode != SslMode::Disabled).then_some(options)
    }
}

/// The mode that the option file asks for. With an authority or `ssl-verify-server-cert` the certificate is verified, also
/// for its name, as newer clients of MariaDB do.
fn mode(options: &TlsOptions, has_ca: bool) -> SslMode {
    match options {
        TlsOptions { mode: Some(mode), .. } => *mode,
        TlsOptions { enabled: Some(false), .. } => SslMode::Disabled,
        TlsOptions { verify: Some(true), .. } => SslMode::VerifyIdentity,
        TlsOptions { verify: None, .. } if has_ca => SslMode::VerifyIdentity,
        TlsOptions { enabled: Some(true), .. } => SslMode::Required,
        _ => SslMode::Preferred,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CheckError> {
    file::read(path, "let the monitoring user read it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(mode: SslMode, ca: bool) -> Tls {
        Tls { mode, ca: ca.then(Vec::new), identity: None }
    }

    #[test]
    fn who_names_an_authority_trusts_no_other() {
        for ca in [true, false] {
            let options = tls(SslMode::VerifyCa, ca).options("db1").unwrap();
            assert_eq!(options.disable_built_in_roots(), ca);
        }
        assert!(tls(SslMode::Disabled, true).options("db1").is_none());
    }

    #[test]
    fn a_certificate_is_asked_for_what_it_can_have() {
        for (mode, name, asked) in [
            (SslMode::VerifyIdentity, "db1", "db1"),
            (SslMode::VerifyIdentity, "fe80::1%eth0", "fe80::1"),
            (SslMode::VerifyIdentity, "127.1", "127.1"),
            (SslMode::VerifyCa, "127.1", "invalid"),
            (SslMode::Preferred, "fe80::1%3", "fe80::1"),
            (SslMode::Preferred, "-db1", "invalid"),
        ] {
            let options = tls(mode, false).options(name).unwrap();
            assert_eq!(options.tls_hostname_override(), Some(asked), "{mode:?} {name}");
        }
    }
}
