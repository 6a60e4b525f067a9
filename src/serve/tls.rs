//! TLS of the service: its certificate, and the authority whose devices may come with one of theirs.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

/// How the service proves who it is, in PEM. The key is not printed.
#[derive(Clone)]
pub struct Tls {
    certificates: Vec<u8>,
    key: Vec<u8>,
    clients: Option<Vec<u8>>,
}

impl Tls {
    /// A chain of certificates, the service's own first, and its key.
    pub const fn new(certificates: Vec<u8>, key: Vec<u8>) -> Self {
        Self { certificates, key, clients: None }
    }

    /// Asks devices for a certificate of this authority; those that have none may still come with a token.
    #[must_use]
    pub fn clients(mut self, authority: Vec<u8>) -> Self {
        self.clients = Some(authority);
        self
    }

    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let provider = Arc::new(crypto::ring::default_provider());
        let chain = certificates(&self.certificates)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| format!("its key: {error}"))?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match &self.clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(authority)? {
                    roots.add(certificate).map_err(|error| format!("the authority of devices: {error}"))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .allow_unauthenticated()
                    .build()
                    .map_err(|error| format!("the authority of devices: {error}"))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(chain, key).map_err(|error| error.to_string())?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|error| format!("a certificate: {error}"))?;
    if all.is_empty() { Err("there is no certificate".to_owned()) } else { Ok(all) }
}

impl core::fmt::Debug for Tls {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tls").field("clients", &self.clients.is_some()).finish_non_exhaustive()
    }
}
