//! Tokens for trying things out, as a resource server sees them.

use epicme::authorization_server::{AuthorizationServer, AuthorizationServerError, SigningKey};
use scopes_core::hyper::HyperFetch;
use scopes_core::jwt::{Issuer, JwtVerifier};

use crate::support::{Client, RESOURCE, Server, claims, set, verify};

async fn verifier(server: &Server) -> JwtVerifier<HyperFetch> {
    JwtVerifier::builder(RESOURCE)
        .issuer(Issuer::new(&server.issuer))
        .discover(HyperFetch::new().unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn tokens_pass_the_strict_profile_with_discovered_keys() {
    let server = Server::start().await;
    let verifier = verifier(&server).await;
    let minted = server
        .authorization
        .mint("ada", "user:read tags:write")
        .unwrap();
    let minted = verify(&verifier, &minted).await.unwrap();
    assert!(minted.scopes().contains("tags:write"));
    assert_eq!(minted.subject(), Some("ada"));

    let client = Client::register(&server).await;
    let code = client.code(&[]).await;
    let issued = client.redeem(&code, &[]).await;
    let issued = verify(&verifier, issued.text("access_token"))
        .await
        .unwrap();
    assert!(issued.scopes().contains("entries:read"));
}

#[tokio::test]
async fn a_token_may_grant_nothing() {
    let server = Server::start().await;
    let token = server.authorization.mint("ada", "").unwrap();
    assert!(claims(&token).get("scope").is_none());
    let verified = verify(&verifier(&server).await, &token).await;
    assert!(!verified.unwrap().scopes().contains("user:read"));
}

#[tokio::test]
async fn a_token_minted_elsewhere_with_the_same_key_is_good() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    let server = Server::start_with(|issuer| {
        AuthorizationServer::new(issuer, RESOURCE, SigningKey::load_or_create(&path)?)
    })
    .await;
    let key = SigningKey::load_or_create(&path).unwrap();
    let elsewhere = AuthorizationServer::new(&server.issuer, RESOURCE, key).unwrap();
    let token = elsewhere.mint("ada", "entries:read").unwrap();
    let client = Client::known_as(&server, "nobody");
    assert_eq!(
        client.introspect(&token).await.scopes(),
        set("entries:read")
    );
    let verified = verify(&verifier(&server).await, &token).await;
    verified.unwrap();
}

#[test]
fn what_cannot_be_a_token_is_refused() {
    let server = AuthorizationServer::new(
        "http://127.0.0.1:8788",
        RESOURCE,
        SigningKey::generate().unwrap(),
    );
    let server = server.unwrap();
    let error = server.mint("ada", "entires:read").unwrap_err();
    assert!(matches!(error, AuthorizationServerError::UnknownScope(_)));
    assert!(
        error.to_string().contains("did you mean `entries:read`?"),
        "{error}"
    );
    let error = server.mint("ada", "user:read  tags:read").unwrap_err();
    assert!(matches!(error, AuthorizationServerError::ParseScope(_)));
    let error = server.mint(" ", "user:read").unwrap_err();
    assert!(matches!(error, AuthorizationServerError::Subject));
}
