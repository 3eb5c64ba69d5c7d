//! Whom the clients trust over https.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::Certificate;
use scopes_core::fetch::FetchRequest;
use scopes_core::hyper::HyperFetch;
use scopes_core::reqwest::ReqwestFetch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{Outcome, TIMEOUT, fetch_with};

/// A certificate authority, and a server whose certificate it has issued for some name.
struct Site {
    authority: String,
    url: String,
}

fn serve(name: &str) -> Site {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new([name.to_owned()])
        .expect("a name")
        .signed_by(&key, &authority)
        .expect("a certificate");
    let private = PrivateKeyDer::try_from(key.serialize_der()).expect("a private key");
    // Other crates may turn on another provider too, so that there is no default.
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a TLS server");
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address").port())
                .expect("the test waits");
            let acceptor = TlsAcceptor::from(Arc::new(config));
            loop {
                let (socket, _) = listener.accept().await.expect("a connection");
                // Clients that do not trust the certificate end the handshake.
                let Ok(mut socket) = acceptor.accept(socket).await else {
                    continue;
                };
                let mut request = [0; 2048];
                let _ = socket.read(&mut request).await;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
                let _ = socket.write_all(answer).await;
                let _ = socket.shutdown().await;
            }
        });
    });
    let port = told.recv().expect("a port");
    Site {
        authority: authority.pem(),
        url: format!("https://localhost:{port}/"),
    }
}

/// The outcomes with hyper and with reqwest, trusting `authority` where there is one.
fn outcomes(url: &str, authority: Option<&str>) -> [Outcome; 2] {
    let mut request = FetchRequest::get(url).expect("https");
    request.timeout = 5 * TIMEOUT;
    let by_hyper = match authority {
        Some(pem) => HyperFetch::with_certificate_authorities(pem.as_bytes()),
        None => HyperFetch::new(),
    };
    let mut client = reqwest::Client::builder().no_proxy();
    if let Some(pem) = authority {
        client = client.add_root_certificate(Certificate::from_pem(pem.as_bytes()).expect("PEM"));
    }
    let by_reqwest = ReqwestFetch::with_client(client.build().expect("TLS"));
    [
        fetch_with(&by_hyper.expect("TLS"), request.clone()),
        fetch_with(&by_reqwest, request),
    ]
}

#[test]
fn a_server_of_a_trusted_authority_is_asked() {
    let site = serve("localhost");
    for outcome in outcomes(&site.url, Some(&site.authority)) {
        let response = outcome.expect("a response over TLS");
        assert_eq!((response.status, &*response.body), (200, &b"{}"[..]));
    }
}

#[test]
fn a_server_of_an_unknown_authority_is_not_asked() {
    let (site, other) = (serve("localhost"), serve("localhost"));
    for authority in [None, Some(&*other.authority)] {
        for outcome in outcomes(&site.url, authority) {
            let error = outcome.expect_err("an unknown authority").to_string();
            assert!(error.contains("certificate"), "{error}");
        }
    }
}

#[test]
fn a_certificate_for_another_name_is_not_accepted() {
    let site = serve("auth.example.com");
    for outcome in outcomes(&site.url, Some(&site.authority)) {
        let error = outcome.expect_err("another name").to_string();
        assert!(error.contains("certificate"), "{error}");
    }
}

#[test]
fn certificates_that_cannot_be_read_are_errors() {
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "no certificate", garbage] {
        let error = HyperFetch::with_certificate_authorities(pem.as_bytes());
        let error = error.expect_err(pem).to_string();
        assert!(error.contains("certificate"), "{error}");
    }
}
