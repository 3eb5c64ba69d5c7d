//! A web site with TLS, where clients keep their documents.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Certificate, redirect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

pub(crate) const HOST: &str = "client.example";

/// A site that answers everything in one way.
pub(crate) struct WebSite {
    address: SocketAddr,
    certificate: Vec<u8>,
    asked: Arc<AtomicUsize>,
}

impl WebSite {
    /// A site that answers `response`, the whole of it, where `{port}` is the site's.
    pub(crate) async fn start(response: &str) -> Self {
        let certified = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let response = response.replace("{port}", &address.port().to_string());
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                counter.fetch_add(1, Ordering::Relaxed);
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(response.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Self {
            address,
            certificate: certified.cert.der().to_vec(),
            asked,
        }
    }

    /// A site that answers with a document.
    pub(crate) async fn with_document(document: &str) -> Self {
        Self::start(&ok(document)).await
    }

    pub(crate) fn client_id(&self) -> String {
        format!("https://{HOST}:{}/client.json", self.address.port())
    }

    /// Returns the number of requests that it received.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// A client that knows where the site is and trusts it.
    pub(crate) fn reader(&self) -> reqwest::Client {
        reqwest::Client::builder()
            .https_only(true)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .tls_certs_only([Certificate::from_der(&self.certificate).unwrap()])
            .resolve(HOST, self.address)
            .build()
            .unwrap()
    }
}

/// A response with a document in JSON. `{port}` has to be as long as any port is.
fn ok(document: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{document}"
    )
}
