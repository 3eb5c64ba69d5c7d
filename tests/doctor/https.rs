//! A server by https, whose certificate is of an authority that `SSL_CERT_FILE` names.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::{PROGRAM, outcome};

/// Returns the certificate of the authority, and an acceptor for `localhost`.
fn tls() -> (String, TlsAcceptor) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .expect("a name")
        .signed_by(&key, &authority)
        .expect("a certificate");
    let private = PrivateKeyDer::try_from(key.serialize_der()).expect("a private key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a TLS server");
    (authority.pem(), TlsAcceptor::from(Arc::new(config)))
}

/// Behind many proxies the server sees no foreign `Host`, and answers 401.
#[tokio::test(flavor = "multi_thread")]
async fn dns_rebinding_ends_at_the_certificate() {
    let (authority, acceptor) = tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.expect("a connection");
            let Ok(mut socket) = acceptor.accept(socket).await else {
                continue;
            };
            let _ = socket.read(&mut [0; 4096]).await;
            let answer = b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 2\r\n\
                           WWW-Authenticate: Bearer error=\"invalid_token\"\r\n\r\n{}";
            let _ = socket.write_all(answer).await;
            let _ = socket.shutdown().await;
        }
    });
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("doctor-authority.pem");
    fs::write(&file, authority).expect("written");
    let examining = tokio::task::spawn_blocking(move || {
        let url = format!("https://localhost:{port}/mcp");
        let mut command = Command::new(PROGRAM);
        let command = command.args(["scopes", "doctor", &url]);
        outcome(command.env("SSL_CERT_FILE", file))
    });
    let (code, text, errors) = examining.await.expect("no panic");
    assert_eq!((code, errors.as_str()), (1, ""), "{text}");
    let row = |check: &str| text.lines().find(|line| line.contains(check));
    let transport = row("transport").expect("a row");
    assert!(transport.trim_start().starts_with("ok "), "{text}");
    let host = row("foreign Host").expect("a row");
    assert!(host.trim_start().starts_with("ok "), "{text}");
    assert!(
        host.ends_with("not reachable by DNS rebinding: https"),
        "{text}"
    );
}
