//! Introspection: its authentication, and its answers.

use reqwest::StatusCode;
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use serde_json::json;

use crate::support::{Answer, Client, RESOURCE, Server, set, verify};

#[tokio::test]
async fn only_who_authenticates_is_told() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let token = server.authorization.mint("ada", "user:read").unwrap();
    let (id, secret) = server.authorization.introspection_client();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = |credentials: Option<(&str, &str)>| {
        let request = http
            .post(server.url("/introspect"))
            .form(&[("token", &token)]);
        Answer::of(match credentials {
            Some((id, secret)) => request.basic_auth(id, Some(secret)),
            None => request,
        })
    };
    assert!(ask(None).await.status.is_client_error());
    assert_eq!(
        ask(Some((id, "wrong"))).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        ask(Some(("nobody", secret))).await.status,
        StatusCode::UNAUTHORIZED
    );
    let public = client
        .post(
            "/introspect",
            &[("token", &token), ("client_id", &client.id)],
        )
        .await;
    assert!(public.status.is_client_error(), "{public:?}");
    let answer = ask(Some((id, secret))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["active"], true);
    assert_eq!(answer.body["aud"], json!([RESOURCE]));
    assert_eq!(answer.text("iss"), server.issuer);
    assert_eq!(answer.text("sub"), "ada");
    assert_eq!(answer.scopes(), set("user:read"));
    assert!(answer.body["exp"].is_u64());
}

#[tokio::test]
async fn what_is_no_token_is_not_active() {
    let server = Server::start().await;
    let client = Client::known_as(&server, "nobody");
    let token = server.authorization.mint("ada", "user:read").unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let other = Server::start().await;
    let foreign = other.authorization.mint("ada", "user:read").unwrap();
    let tampered = format!("{signed}.{}", foreign.rsplit_once('.').unwrap().1);
    for token in ["", "opaque", "a.b.c", signed, &tampered, &foreign] {
        let answer = client.introspect(token).await;
        assert_ne!(answer.body["active"], true, "{token}");
    }
}

#[tokio::test]
async fn a_resource_server_verifies_by_introspection() {
    let server = Server::start().await;
    let (id, secret) = server.authorization.introspection_client();
    let authentication = ClientAuthentication::secret_basic(id, secret);
    let verifier = IntrospectionVerifier::builder(RESOURCE, authentication)
        .issuer(&server.issuer)
        .discover_lazily(HyperFetch::new().unwrap())
        .unwrap();
    let client = Client::register(&server).await;
    let code = client.code(&[]).await;
    let issued = client.redeem(&code, &[]).await;
    let minted = server.authorization.mint("ada", "user:read entries:read");
    for token in [issued.text("access_token"), &minted.unwrap()] {
        let token = verify(&verifier, token).await.unwrap();
        assert!(token.scopes().contains("entries:read"));
        assert_eq!(token.subject(), Some("ada"));
    }
}
