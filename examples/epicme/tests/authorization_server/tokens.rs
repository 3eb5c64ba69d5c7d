//! The exchange of codes for tokens.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Answer, Client, REDIRECT_URI, Server, VERIFIER, set};

#[tokio::test]
async fn a_code_is_for_its_verifier_redirect_uri_resource_and_client_only() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let other = Client::register(&server).await;
    let another_verifier = "a".repeat(43);
    for (changes, error) in [
        (
            ("code_verifier", another_verifier.as_str()),
            "invalid_grant",
        ),
        (("code_verifier", ""), "invalid_grant"),
        (
            ("redirect_uri", "http://127.0.0.1:7778/callback"),
            "invalid_grant",
        ),
        (("client_id", other.id.as_str()), "invalid_grant"),
        (
            ("resource", "http://127.0.0.1:8788/other"),
            "invalid_target",
        ),
    ] {
        let code = client.code(&[]).await;
        let answer = client.redeem(&code, &[changes]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{changes:?}");
        assert_eq!(answer.text("error"), error, "{changes:?}");
        assert!(answer.body.get("access_token").is_none());
    }
}

#[tokio::test]
async fn a_code_that_is_used_twice_takes_its_tokens_back() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let code = client.code(&[]).await;
    let first = client.redeem(&code, &[]).await;
    let token = first.text("access_token");
    assert_eq!(client.introspect(token).await.body["active"], true);

    let second = client.redeem(&code, &[]).await;
    assert_eq!(second.text("error"), "invalid_grant");
    assert_eq!(
        client.introspect(token).await.body,
        json!({ "active": false })
    );
    let refreshed = client.refresh(first.text("refresh_token"), None).await;
    assert_eq!(refreshed.text("error"), "invalid_grant");
}

#[tokio::test]
async fn a_token_can_be_revoked() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let code = client.code(&[]).await;
    let answer = client.redeem(&code, &[]).await;
    let token = answer.text("access_token");
    let form = [("token", token), ("client_id", client.id.as_str())];
    assert_eq!(client.post("/revoke", &form).await.status, StatusCode::OK);
    assert_eq!(
        client.introspect(token).await.body,
        json!({ "active": false })
    );
}

#[tokio::test]
async fn other_grants_are_not_there() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    for grant in [
        "client_credentials",
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
    ] {
        let form = [
            ("grant_type", grant),
            ("client_id", client.id.as_str()),
            ("device_code", "x"),
        ];
        let answer = client.post("/token", &form).await;
        assert!(answer.status.is_client_error(), "{grant}: {answer:?}");
        assert!(answer.body.get("access_token").is_none());
    }
    let form = [("client_id", client.id.as_str())];
    assert_eq!(
        client.post("/device_authorization", &form).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_client_with_a_secret_has_to_know_it() {
    let server = Server::start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    // What RFC 7591 makes of a registration that says nothing of how it authenticates.
    let metadata = json!({ "redirect_uris": [REDIRECT_URI] });
    let request = http.post(server.url("/register")).json(&metadata);
    let registered: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let (id, secret) = (
        registered["client_id"].as_str(),
        registered["client_secret"].as_str(),
    );
    let client = Client::known_as(&server, id.unwrap());

    let code = client.code(&[]).await;
    assert_eq!(
        client.redeem(&code, &[]).await.text("error"),
        "invalid_client"
    );
    let wrong = client.redeem(&code, &[("client_secret", "wrong")]).await;
    assert_eq!(wrong.text("error"), "invalid_client");
    let right = client
        .redeem(&code, &[("client_secret", secret.unwrap())])
        .await;
    assert_eq!(right.scopes(), set("user:read entries:read"));

    // By the header, with and without the id in the form, and with that of somebody else.
    let other = Client::register(&server).await;
    let code = client.code(&[]).await;
    for (form_id, error) in [
        (other.id.as_str(), Some("invalid_request")),
        (client.id.as_str(), None),
    ] {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("client_id", form_id),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        let request = http.post(server.url("/token")).form(&form);
        let answer = Answer::of(request.basic_auth(&client.id, secret)).await;
        assert_eq!(answer.body["error"].as_str(), error, "{answer:?}");
    }
}
