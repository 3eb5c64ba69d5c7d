//! A certified authorization server (`oidc-provider`), and a resource that takes its tokens: by
//! signature, and by introspection.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod doctor;
mod notebooks;
mod server;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::Router;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::{Algorithm, EncodingKey, Issuer, JwtVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    AuthorizeError, Registry, ResourceServer, TokenVerifier, VerifiedToken, requires_scopes,
};
use scopes_tests::vocabulary::Scope;
use serde_json::{Value, json};
use server::{Server, client};
use tower::ServiceExt;

const RESOURCE: &str = "http://127.0.0.1:8788/mcp";
const METADATA: &str = "http://127.0.0.1:8788/.well-known/oauth-protected-resource/mcp";
const OTHER: &str = "http://127.0.0.1:9999/mcp";
const ALL: &str = "entries:read entries:write";

#[requires_scopes(any("entries:read", "entries:write"), catalog = Scope)]
async fn list_entries(token: VerifiedToken) -> Result<String, AuthorizeError> {
    std::future::ready(Ok(token.client_id().unwrap_or_default().to_owned())).await
}

#[requires_scopes("entries:write", catalog = Scope)]
async fn create_entry() -> Result<&'static str, AuthorizeError> {
    std::future::ready(Ok("created")).await
}

fn resource(issuer: &str) -> ResourceServer {
    ResourceServer::builder(RESOURCE)
        .authorization_server(issuer)
        .registry(Registry::default())
        .catalog::<Scope>()
        .build()
        .expect("valid settings")
}

fn application(issuer: &str, verifier: impl TokenVerifier) -> Router {
    let protect = ProtectLayer::new(resource(issuer), verifier);
    let metadata = protect.metadata();
    let routes = Router::new()
        .route("/entries", get(list_entries))
        .route("/create", post(create_entry));
    routes.layer(protect).merge(metadata)
}

fn fetch() -> ReqwestFetch {
    ReqwestFetch::new().expect("TLS")
}

/// The status, and the challenge if there is one.
async fn ask(application: &Router, request: (&str, &str), token: &str) -> (u16, Option<String>) {
    let (method, path) = request;
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", format!("Bearer {token}"));
    let request = request.body(axum::body::Body::empty()).expect("a request");
    let answer = application
        .clone()
        .oneshot(request)
        .await
        .expect("an answer");
    let challenge = answer.headers().get("www-authenticate");
    let challenge = challenge.map(|value| value.to_str().expect("ASCII").to_owned());
    (answer.status().as_u16(), challenge)
}

const LIST: (&str, &str) = ("GET", "/entries");
const CREATE: (&str, &str) = ("POST", "/create");

fn insufficient(scope: &str, description: &str) -> (u16, Option<String>) {
    let challenge = format!(
        r#"Bearer error="insufficient_scope", scope="{scope}", resource_metadata="{METADATA}", error_description="{description}""#
    );
    (403, Some(challenge))
}

fn invalid() -> (u16, Option<String>) {
    let challenge = format!(
        r#"Bearer error="invalid_token", scope="user:read", resource_metadata="{METADATA}", error_description="The access token is not valid.""#
    );
    (401, Some(challenge))
}

/// Every answer that a token's scopes can lead to.
async fn scopes_decide(application: &Router, server: &Server) {
    let any = insufficient(
        "entries:read",
        "At least one of: entries:read entries:write is required.",
    );
    let write = insufficient("entries:read entries:write", "entries:write is required.");
    let only_write = insufficient("entries:write", "entries:write is required.");
    for (scope, list, create) in [
        (ALL, (200, None), (200, None)),
        ("entries:write", (200, None), (200, None)),
        ("entries:read", (200, None), write),
        ("", any, only_write),
    ] {
        let token = server.token(RESOURCE, scope).await;
        assert_eq!(ask(application, LIST, &token).await, list, "{scope}");
        assert_eq!(ask(application, CREATE, &token).await, create, "{scope}");
    }
    let elsewhere = server.token(OTHER, ALL).await;
    assert_eq!(ask(application, LIST, &elsewhere).await, invalid());
    assert_eq!(ask(application, LIST, "made-up").await, invalid());
}

fn jwts(algorithm: &str) -> Value {
    let kind = json!({ "format": "jwt", "alg": algorithm, "scope": ALL });
    json!({ (RESOURCE): kind, (OTHER): kind })
}

fn opaque() -> Value {
    let kind = json!({ "format": "opaque", "scope": ALL });
    json!({ (RESOURCE): kind, (OTHER): kind })
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_node), ignore = "node and npm are not installed")]
async fn jwts_of_every_algorithm() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let server = Server::start(&jwts(algorithm), &[]);
        let issuer = server.issuer();
        let verifier = JwtVerifier::discover(&resource(issuer), fetch()).await;
        let application = application(issuer, verifier.expect("keys"));
        scopes_decide(&application, &server).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_node), ignore = "node and npm are not installed")]
async fn keys_rotate_while_requests_run() {
    let server = Arc::new(Server::start(&jwts("ES256"), &[]));
    let issuer = server.issuer();
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(issuer));
    let verifier = verifier
        .unknown_key_interval(Duration::ZERO)
        .keys_lifetime(Duration::ZERO);
    let application = application(issuer, verifier.discover(fetch()).await.expect("keys"));

    let first = server.token(RESOURCE, ALL).await;
    let others = tokio::spawn(list_often(application.clone(), Arc::clone(&server)));
    for number in 0..40 {
        if number == 20 {
            tokio::task::block_in_place(|| server.rotate_keys());
        }
        let token = server.token(RESOURCE, ALL).await;
        for token in [&token, &first] {
            assert_eq!(ask(&application, CREATE, token).await, (200, None));
        }
    }
    others.await.expect("every answer was good");

    assert_eq!(ask(&application, CREATE, &first).await, (200, None));
    server.forget_old_keys();
    let last = server.token(RESOURCE, ALL).await;
    assert_eq!(ask(&application, CREATE, &last).await, (200, None));
    assert_eq!(ask(&application, CREATE, &first).await, invalid());
}

async fn list_often(application: Router, server: Arc<Server>) {
    for _ in 0..40 {
        let token = server.token(RESOURCE, "entries:read").await;
        assert_eq!(ask(&application, LIST, &token).await, (200, None));
    }
}

/// The clients that may ask about tokens, as they are registered and as they authenticate.
fn resource_clients() -> Vec<(Value, ClientAuthentication)> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let point = &pair.public_key().as_ref()[1..];
    let (x, y) = point.split_at(point.len() / 2);
    let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "key-1", "use": "sig" });
    let private = pair.to_pkcs8v1().expect("PKCS #8");
    let key = EncodingKey::from_ec_der(private.as_ref());
    let secret = "a secret: %2B & +";
    vec![
        (
            json!({ "client_id": "basic", "client_secret": secret }),
            ClientAuthentication::secret_basic("basic", secret),
        ),
        (
            json!({
                "client_id": "post",
                "client_secret": secret,
                "token_endpoint_auth_method": "client_secret_post",
            }),
            ClientAuthentication::secret_post("post", secret),
        ),
        (
            json!({
                "client_id": "signing",
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": "ES256",
                "jwks": { "keys": [jwk] },
            }),
            ClientAuthentication::private_key_jwt("signing", key, Algorithm::ES256).key_id("key-1"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_node), ignore = "node and npm are not installed")]
async fn opaque_tokens_are_asked_about_by_any_client() {
    let clients = resource_clients();
    let registered: Vec<_> = clients
        .iter()
        .map(|(metadata, _)| client(metadata.clone()))
        .collect();
    let server = Server::start(&opaque(), &registered);
    let issuer = server.issuer();
    for (_, authentication) in clients {
        let verifier = IntrospectionVerifier::builder(RESOURCE, authentication).issuer(issuer);
        let verifier = verifier.max_age(Duration::ZERO).discover(fetch()).await;
        let application = application(issuer, verifier.expect("an endpoint"));
        scopes_decide(&application, &server).await;

        let token = server.token(RESOURCE, ALL).await;
        assert_eq!(ask(&application, LIST, &token).await, (200, None));
        server.revoke(&token).await;
        assert_eq!(ask(&application, LIST, &token).await, invalid());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_node), ignore = "node and npm are not installed")]
async fn a_client_that_is_not_known_gets_no_answer_and_lets_nobody_in() {
    let server = Server::start(&opaque(), &[]);
    let stranger = ClientAuthentication::secret_basic("stranger", "secret");
    let settings = IntrospectionVerifier::builder(RESOURCE, stranger).issuer(server.issuer());
    let error = settings
        .clone()
        .discover(fetch())
        .await
        .expect_err("the client");
    assert!(
        error.to_string().contains("refuses the client with 401"),
        "{error}"
    );
    let verifier = settings.discover_lazily(fetch()).expect("valid settings");
    let application = application(server.issuer(), verifier);
    let token = server.token(RESOURCE, ALL).await;
    assert_eq!(ask(&application, LIST, &token).await, (503, None));
}
