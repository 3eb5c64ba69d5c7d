//! Refresh tokens: who gets them, and that they are used once.

use serde_json::json;

use crate::support::{Client, REDIRECT_URI, Server, set};

#[tokio::test]
async fn a_refresh_token_is_used_once_and_used_twice_it_takes_all_back() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let code = client.code(&[]).await;
    let first = client.redeem(&code, &[]).await;
    let second = client.refresh(first.text("refresh_token"), None).await;
    assert_eq!(second.scopes(), set("user:read entries:read"));
    assert_ne!(second.text("refresh_token"), first.text("refresh_token"));

    let stolen = client.refresh(first.text("refresh_token"), None).await;
    assert_eq!(stolen.text("error"), "invalid_grant");
    let third = client.refresh(second.text("refresh_token"), None).await;
    assert_eq!(third.text("error"), "invalid_grant");
    let answer = client.introspect(second.text("access_token")).await;
    assert_eq!(answer.body, json!({ "active": false }));
}

#[tokio::test]
async fn refreshing_narrows_and_never_widens() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let code = client.code(&[]).await;
    let answer = client.redeem(&code, &[]).await;
    let narrowed = client
        .refresh(answer.text("refresh_token"), Some("user:read"))
        .await;
    assert_eq!(narrowed.scopes(), set("user:read"));
    let widened = client
        .refresh(narrowed.text("refresh_token"), Some("entries:write"))
        .await;
    assert_eq!(widened.text("error"), "invalid_scope");
}

#[tokio::test]
async fn a_refresh_token_is_for_its_client_only() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let other = Client::register(&server).await;
    let code = client.code(&[]).await;
    let answer = client.redeem(&code, &[]).await;
    let stolen = other.refresh(answer.text("refresh_token"), None).await;
    assert_eq!(stolen.text("error"), "invalid_grant");
}

#[tokio::test]
async fn who_did_not_register_for_it_gets_none() {
    let server = Server::start().await;
    let metadata = json!({
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "none",
    });
    let client = Client::register_as(&server, &metadata).await;
    let code = client.code(&[("scope", "user:read offline_access")]).await;
    let answer = client.redeem(&code, &[]).await;
    assert_eq!(answer.scopes(), set("user:read"));
    assert!(answer.body.get("refresh_token").is_none());
}
