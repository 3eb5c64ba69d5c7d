//! Invalid issuers, resources and key files.

use std::fs;

use axum::Router;
use axum::routing::get;
use epicme::authorization_server::{AuthorizationServer, AuthorizationServerError, SigningKey};

use crate::support::{Client, RESOURCE, Server, key};

#[test]
fn the_issuer_is_a_loopback_origin() {
    for good in [
        "http://127.0.0.1:8788",
        "http://127.3.2.1:8788",
        "http://[::1]:8788",
        "http://localhost:8788",
        "http://localhost",
    ] {
        AuthorizationServer::new(good, RESOURCE, key()).unwrap();
    }
    for bad in [
        "http://192.168.0.7:8788",
        "http://0.0.0.0:8788",
        "http://10.0.0.1",
        "https://auth.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[::2]:8788",
        "http://127.0.0.1:8788/",
        "http://127.0.0.1:8788/path",
        "http://127.0.0.1:80",
        "http://127.1:8788",
        "http://user@127.0.0.1:8788",
        "ftp://127.0.0.1",
        "127.0.0.1:8788",
        "",
    ] {
        let error = AuthorizationServer::new(bad, RESOURCE, key()).unwrap_err();
        assert!(
            matches!(error, AuthorizationServerError::Issuer { .. }),
            "{bad}"
        );
        assert!(error.to_string().contains(&format!("{bad:?}")), "{error}");
    }
}

#[tokio::test]
async fn the_endpoints_share_a_listener_with_an_application() {
    let server = Server::start_with_router(|router| {
        let application = Router::new().route("/mcp", get(|| async { "tools" }));
        application.fallback(|| async { "elsewhere" }).merge(router)
    })
    .await;
    let client = Client::register(&server).await;
    client.code(&[]).await;
    for (path, answer) in [("/mcp", "tools"), ("/authorize/x", "elsewhere")] {
        let response = reqwest::get(server.url(path)).await.unwrap();
        assert_eq!(response.text().await.unwrap(), answer);
    }
}

#[test]
fn the_resource_is_an_absolute_url() {
    for bad in [
        "",
        "mcp",
        "/mcp",
        "http://127.0.0.1:8788/mcp#x",
        "urn:example:mcp",
    ] {
        let error = AuthorizationServer::new("http://127.0.0.1:8788", bad, key()).unwrap_err();
        assert!(
            matches!(error, AuthorizationServerError::Resource { .. }),
            "{bad}"
        );
    }
}

#[test]
fn a_key_file_is_made_once_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    let first = SigningKey::load_or_create(&path).unwrap();
    let second = SigningKey::load_or_create(&path).unwrap();
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    assert_ne!(format!("{first:?}"), format!("{:?}", key()));
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    SigningKey::load_or_create(&path).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    for mode in [0o640, 0o604, 0o660, 0o622] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = SigningKey::load_or_create(&path).unwrap_err();
        assert!(error.to_string().contains("others may read"), "{error}");
    }
}

#[test]
fn a_file_that_is_no_key_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    SigningKey::load_or_create(&path).unwrap();
    fs::write(&path, "no key").unwrap();
    let error = SigningKey::load_or_create(&path).unwrap_err();
    assert!(error.to_string().contains("is no P-256 key"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"no key");
    assert!(SigningKey::load_or_create(directory.path()).is_err());
    assert!(SigningKey::load_or_create(&directory.path().join("missing/key")).is_err());
}
