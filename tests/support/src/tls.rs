//! Certificates for one test, and servers that present them.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::scratch::Scratch;

/// A certificate authority that is trusted only where a test says so.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// A certificate and its key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
    /// The certificate in PEM.
    pub cert_pem: String,
    /// The key in PEM.
    pub key_pem: String,
}

/// The files of an authority and of clients with its certificates.
pub struct Files {
    /// Their directory.
    pub scratch: Scratch,
    /// The authority itself.
    pub authority: Authority,
    /// The path of the authority's certificate.
    pub ca: String,
}

impl Files {
    /// Creates a new authority and its files.
    #[must_use]
    pub fn new() -> Self {
        let (scratch, authority) = (Scratch::new(), Authority::new());
        let ca = scratch.file("ca.pem", authority.pem());
        Self { scratch, authority, ca }
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        self.scratch.file(name, content)
    }

    /// Writes a certificate and its key, and returns their paths.
    pub fn identity(&self, name: &str, identity: &Identity) -> (String, String) {
        (self.file(&format!("{name}.pem"), &identity.cert_pem), self.file(&format!("{name}.key"), &identity.key_pem))
    }
}

impl Default for Files {
    fn default() -> Self {
        Self::new()
    }
}

/// A connection that is encrypted from now on.
pub type Encrypted = StreamOwned<ServerConnection, TcpStream>;

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names are valid");
    params.distinguished_name.push(DnType::CommonName, "made for a test");
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key can be made")
}

impl Authority {
    /// Creates a new authority.
    pub fn new() -> Self {
        let mut params = params(&[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = key();
        let certificate = params.self_signed(&key).expect("a certificate can be signed");
        let pem = certificate.pem();
        Self { certificate: certificate.der().clone(), pem, issuer: Issuer::new(params, key) }
    }

    /// Its certificate in PEM, for `--ssl-ca`.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for these names and addresses. If there are none, it has no subjectAltName.
    pub fn issue(&self, names: &[&str]) -> Identity {
        self.sign(&params(names))
    }

    /// As [`Authority::issue`], but expired.
    pub fn issue_expired(&self, names: &[&str]) -> Identity {
        let mut params = params(names);
        (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1));
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Identity {
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate can be signed");
        Identity::new(&certificate, &key)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Identity {
    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            certificate: certificate.der().clone(),
            key: key.serialize_der(),
            cert_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// A self-signed certificate.
    pub fn self_signed(names: &[&str]) -> Self {
        let key = key();
        let certificate = params(names).self_signed(&key).expect("a certificate can be signed");
        Self::new(&certificate, &key)
    }

    /// As [`Identity::self_signed`], but marked as an authority, as `openssl req -x509` does by default.
    pub fn self_signed_authority(names: &[&str]) -> Self {
        let (key, mut params) = (key(), params(names));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate can be signed");
        Self::new(&certificate, &key)
    }

    /// A server that presents this certificate, and requires a client certificate of the authority `clients` if it is
    /// set.
    pub fn server(&self, clients: Option<&Authority>) -> Arc<ServerConfig> {
        let provider: Arc<CryptoProvider> = ring::default_provider().into();
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("the provider knows them");
        let builder = match clients {
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate.clone()).expect("an authority is one");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.expect("there is an authority"))
            }
            None => builder.with_no_client_auth(),
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let config = builder.with_single_cert(vec![self.certificate.clone()], key);
        Arc::new(config.expect("certificate and key belong together"))
    }
}

/// Encrypts a connection on which the client has not sent anything yet.
///
/// # Errors
/// Only those of the setup. Errors of the handshake come with the first byte.
pub fn encrypt(stream: TcpStream, config: &Arc<ServerConfig>) -> io::Result<Encrypted> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}
