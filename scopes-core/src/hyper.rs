//! Requests to authorization servers with hyper and rustls, on which servers made with axum or rmcp
//! usually depend already.
//!
//! ```no_run
//! use scopes_core::hyper::HyperFetch;
//!
//! // Of a private network.
//! let authority = std::fs::read("/etc/ssl/private-network.pem")?;
//! let fetch = HyperFetch::with_certificate_authorities(&authority)?;
//! # let _ = fetch;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::fetch::exchange::{read, to_http, with_causes};
use crate::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};

/// Sends requests with hyper over HTTP/1.1 and, for https, rustls with TLS 1.2 or 1.3.
///
/// Follows no redirect and uses no proxy; for a proxy, take `reqwest::ReqwestFetch`. Runs in a
/// tokio runtime; clones share their connections.
///
/// TLS uses the default `rustls::crypto::CryptoProvider` of the process if there is one, else
/// aws-lc (feature `aws-lc`).
///
/// ```
/// use scopes_core::hyper::HyperFetch;
///
/// let fetch = HyperFetch::new()?;
/// # Ok::<(), scopes_core::fetch::FetchError>(())
/// ```
#[derive(Clone)]
pub struct HyperFetch {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    has_authorities: bool,
}

impl HyperFetch {
    /// Trusts the certificate authorities of the operating system.
    ///
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` in the environment replace them. If there are none,
    /// requests to https URLs fail with an error that says so.
    ///
    /// # Errors
    ///
    /// If no cryptography for TLS is available.
    pub fn new() -> Result<Self, FetchError> {
        Self::trusting(RootCertStore::empty())
    }

    /// Trusts the certificate authorities in `pem`, such as one of a private network, beside those
    /// of the operating system.
    ///
    /// # Errors
    ///
    /// If `pem` has no certificate, or one that cannot be read, and if no cryptography for TLS is
    /// available.
    pub fn with_certificate_authorities(pem: &[u8]) -> Result<Self, FetchError> {
        let mut authorities = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let read = certificate.map_err(|error| error.to_string());
            read.and_then(|certificate| {
                authorities
                    .add(certificate)
                    .map_err(|error| error.to_string())
            })
            .map_err(|error| {
                FetchError::new(format!("invalid certificate of an authority: {error}"))
            })?;
        }
        if authorities.is_empty() {
            return Err(FetchError::new(
                "no certificate: `with_certificate_authorities` takes PEM text, \
                 `-----BEGIN CERTIFICATE-----` and what follows",
            ));
        }
        Self::trusting(authorities)
    }

    fn trusting(mut authorities: RootCertStore) -> Result<Self, FetchError> {
        let provider = provider().ok_or_else(|| {
            FetchError::new(
                "no cryptography for TLS: turn on the feature `aws-lc` of `scopes-core`, or call \
                 `rustls::crypto::CryptoProvider::install_default` first",
            )
        })?;
        // Certificates of the system that cannot be read are skipped: others may suffice.
        authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let has_authorities = !authorities.is_empty();
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| FetchError::new(format!("TLS cannot be set up: {error}")))?
            .with_root_certificates(authorities)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            // Plain http is checked for each request.
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self {
            client,
            has_authorities,
        })
    }

    async fn exchange(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let outgoing = to_http(&request)?.map(|body| Full::new(Bytes::from(body)));
        let response = self.send(outgoing).await?;
        read(response, request.max_bytes, describe).await
    }

    /// Sends a request to its URL, unchecked and without limits.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, FetchError> {
        if !self.has_authorities && request.uri().scheme_str() == Some("https") {
            return Err(FetchError::new(
                "no certificate authorities: install those of the operating system (Debian's \
                 `ca-certificates`), name a file in `SSL_CERT_FILE`, or use \
                 `HyperFetch::with_certificate_authorities`",
            ));
        }
        self.client.request(request).await.map_err(describe)
    }
}

fn provider() -> Option<Arc<CryptoProvider>> {
    let installed = CryptoProvider::get_default().cloned();
    #[cfg(feature = "aws-lc")]
    let installed =
        installed.or_else(|| Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider())));
    installed
}

fn describe(error: impl Error + Send + Sync + 'static) -> FetchError {
    FetchError::new(with_causes(&error)).with_source(error)
}

impl Fetch for HyperFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let timeout = request.timeout;
        match tokio::time::timeout(timeout, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::new(format!(
                "no complete response within {timeout:?}"
            ))),
        }
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(duration)
    }
}

impl fmt::Debug for HyperFetch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HyperFetch").finish_non_exhaustive()
    }
}
