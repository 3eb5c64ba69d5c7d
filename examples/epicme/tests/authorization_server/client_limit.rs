//! Registrations of strangers do not cost a client its grant, nor slow bodies a connection.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Client, REDIRECT_URI, Server, TestClock};

#[tokio::test]
async fn registrations_of_strangers_evict_no_client_in_use() {
    let server = Server::start().await;
    let with_code = Client::register(&server).await;
    let code = with_code.code(&[]).await;
    let with_token = Client::register(&server).await;
    let tokens = with_token.redeem(&with_token.code(&[]).await, &[]).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let metadata = json!({ "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none" });
    for _ in 0..510 {
        let request = http.post(server.url("/register")).json(&metadata);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::CREATED);
    }
    let refreshed = with_token.refresh(tokens.text("refresh_token"), None).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{refreshed:?}");
    let redeemed = with_code.redeem(&code, &[]).await;
    assert_eq!(redeemed.status, StatusCode::OK, "{redeemed:?}");
}

async fn register(server: &Server) -> reqwest::Response {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let metadata = json!({ "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none" });
    let request = http.post(server.url("/register")).json(&metadata);
    request.send().await.unwrap()
}

async fn is_unavailable(server: &Server, retry_after: &str) {
    let response = register(server).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], retry_after);
    let body: serde_json::Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(body["error"], "temporarily_unavailable");
}

/// A client is in use for the minute in which its code can be redeemed, and then for as long as its
/// tokens are valid.
#[tokio::test]
async fn registration_is_unavailable_while_every_client_is_in_use() {
    let clock = TestClock::new();
    let server = Server::start_with_clock(&clock).await;
    let mut clients = Vec::new();
    for _ in 0..500 {
        let client = Client::register(&server).await;
        let code = client.code(&[]).await;
        clients.push((client, code));
    }
    is_unavailable(&server, "61").await;
    clock.advance(59);
    is_unavailable(&server, "2").await;
    // All but the first turn their codes into tokens.
    for (client, code) in &clients[1..] {
        let tokens = client.redeem(code, &[]).await;
        assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
    }
    clock.advance(1);
    let client = Client::register(&server).await;
    let tokens = client.redeem(&client.code(&[]).await, &[]).await;
    is_unavailable(&server, "86400").await;
    clock.advance(24 * 60 * 60 - 2);
    is_unavailable(&server, "2").await;
    clock.advance(1);
    assert_eq!(register(&server).await.status(), StatusCode::CREATED);
    let refreshed = client.refresh(tokens.text("refresh_token"), None).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{refreshed:?}");
}

#[tokio::test]
async fn a_slow_body_is_answered_with_408() {
    let server = Server::start().await;
    let address = server.issuer.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST /register HTTP/1.1\r\nhost: {address}\r\ncontent-length: 9\r\n\r\n{{");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(40), read).await;
    assert!(read.unwrap().is_ok());
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}
