//! Tokens of another authorization server, verified by their signature or by asking about them.

use std::io::Write as _;

use epicme::Verification;
use scopes_core::api_keys::ApiKey;
use scopes_core::testing::Issuer;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::client::{ALL, Answer, Client, Server, http, start_with};

async fn reads(client: &Client) -> bool {
    matches!(client.tool("whoami", json!({})).await, Answer::Done(_))
}

async fn server_for(issuer: &Issuer, verify: Verification) -> (Server, NamedTempFile) {
    let mut secret = NamedTempFile::new().expect("a file");
    writeln!(secret, "sesame").expect("a secret");
    issuer.register_client("epicme", "sesame");
    let server = start_with(|options| {
        options.authorization_server = Some(issuer.url().to_owned());
        options.verify = Some(verify);
        if verify == Verification::Introspection {
            options.client_id = Some("epicme".to_owned());
            options.client_secret_file = Some(secret.path().to_owned());
        }
    })
    .await;
    (server, secret)
}

#[tokio::test]
async fn a_real_authorization_server_takes_the_place_of_the_embedded_one() {
    let issuer = Issuer::start().await.expect("an issuer");
    for verify in [Verification::Jwt, Verification::Introspection] {
        let (server, _secret) = server_for(&issuer, verify).await;
        let token = |resource: &str| issuer.token(resource).subject("ada").scope("user:read");
        let signed = token(server.url()).sign().expect("a token");
        let stranger = token("http://127.0.0.1:1/mcp").sign().expect("a token");
        assert!(reads(&server.client_with(signed)).await, "{verify:?}");
        assert_eq!(server.status_for(&stranger).await, 401, "{verify:?}");
        let opaque = token(server.url()).opaque();
        if verify == Verification::Introspection {
            assert!(reads(&server.client_with(opaque)).await);
        } else {
            assert_eq!(server.status_for(&opaque).await, 401);
        }
        // Without a token, callers are not shown the operations.
        let get = |path: &str| http().get(format!("{}{path}", server.origin())).send();
        let report = get("/scopes").await.expect("a response");
        assert_eq!(report.status(), 404);
        let front = get("/").await.expect("a response");
        let front = front.text().await.expect("a body");
        assert!(front.contains("epicme scopes report"), "{front}");
        assert!(!front.contains("href=\"scopes\""), "{front}");
    }
}

#[tokio::test]
async fn the_embedded_one_can_be_asked_about_tokens() {
    let ask = Verification::Introspection;
    let server = start_with(|options| options.verify = Some(ask)).await;
    assert!(reads(&server.client("ada", ALL)).await);
}

#[tokio::test]
async fn a_token_without_a_subject_opens_no_journal() {
    let issuer = Issuer::start().await.expect("an issuer");
    let (server, _secret) = server_for(&issuer, Verification::Introspection).await;
    let token = issuer
        .token(server.url())
        .scope(ALL)
        .without("sub")
        .opaque();
    let client = server.client_with(token);
    let message = client.tool("list_entries", json!({})).await.failed();
    assert!(message.contains("whose journal"), "{message}");
}

#[tokio::test]
async fn api_keys_are_accepted_beside_tokens() {
    let mut list = NamedTempFile::new().expect("a file");
    let key = ApiKey::generate("epicme_").expect("a key");
    let entry = key.entry("nightly", "never", "user:read");
    writeln!(list, "{}", entry.expect("valid fields")).expect("a list");
    let server = start_with(|options| options.api_keys = Some(list.path().to_owned())).await;
    let client = server.client_with(key.as_str().to_owned());
    let told = client.tool("whoami", json!({})).await.done();
    assert_eq!(told["user"]["subject"], "nightly");
    assert_eq!(told["user"]["issuer"], "api-key:epicme");
    let refused = client.tool("list_entries", json!({})).await;
    assert!(matches!(refused, Answer::Refused(_)), "{refused:?}");
    assert!(reads(&server.client("ada", ALL)).await);
    assert_eq!(server.status_for("epicme_unknown").await, 401);
}
