//! A verifier of key-bound tokens outside of the crate: one implementation, by public items alone.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Empty};
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::resource::ResourceServerBuilder;
use scopes_core::testing::StaticVerifier;
use scopes_core::token::{
    AcceptToken, Presentation, PresentingRequest, Rejection, TokenScheme, VerifyTokenError, verify,
};
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    AuthorizeError, Claims, PresentedToken, Registry, ResourceServer, TokenVerifier, VerifiedToken,
};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, claims};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

/// Takes `DPoP` tokens with a toy proof: method, URL, key and number, separated by spaces, unsigned.
/// Proofs are good once. The token itself is verified by `inner`.
#[derive(Clone)]
struct Toy<V> {
    inner: V,
    presentation: Presentation,
    seen: Arc<Mutex<Vec<String>>>,
}

impl<V: TokenVerifier> Toy<V> {
    fn new(inner: V) -> Self {
        Self {
            inner,
            presentation: Presentation::dpop(["ES256", "EdDSA"]),
            seen: Arc::default(),
        }
    }

    /// Returns the key with which a proof was made for this request.
    fn key(&self, request: &PresentingRequest<'_>) -> Option<String> {
        let mut proofs = request.header("dpop");
        let proof = String::from_utf8(proofs.next()?.to_vec()).ok()?;
        let words: Vec<_> = proof.split(' ').collect();
        let [method, url, key, number] = words.as_slice() else {
            return None;
        };
        let fits = *method == request.method() && *url == request.url();
        let mut seen = self.seen.lock().expect("no panic");
        let is_fresh = request.is_repeated() || !seen.iter().any(|other| other == number);
        seen.push((*number).to_owned());
        (fits && is_fresh && proofs.next().is_none()).then(|| (*key).to_owned())
    }
}

impl<V: TokenVerifier> TokenVerifier for Toy<V> {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        if token.scheme() == TokenScheme::Bearer {
            return verify(&self.inner, token).await;
        }
        let key = token.request().and_then(|request| self.key(request));
        let Some(key) = key else {
            let problem = "`DPoP` is not a proof for this request. Send one.".into();
            return Err(Rejection::Other {
                label: "invalid_proof",
                problem,
            }
            .into());
        };
        verify(&self.inner, token.with_confirmation("jkt", &key)).await
    }

    fn presentation(&self) -> Presentation {
        self.presentation.clone()
    }
}

fn key() -> SigningKey {
    SigningKey::p256("1")
}

fn jwt(key: &SigningKey) -> JwtVerifier {
    let keys = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("a key set");
    let issuer = Issuer::new(ISSUER).jwks(keys);
    let verifier = JwtVerifier::builder(RESOURCE).issuer(issuer).build();
    verifier.expect("valid settings")
}

fn bound(key: &SigningKey, confirmation: &Value) -> String {
    let mut claims = claims();
    claims["cnf"] = confirmation.clone();
    key.sign(&key.header(), &claims)
}

fn server() -> ResourceServerBuilder {
    ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
}

/// The status and challenge of a request to the MCP endpoint with these headers.
fn ask<V: TokenVerifier>(
    protect: &ProtectLayer<V>,
    authorization: &str,
    proofs: &[&str],
) -> (u16, String) {
    let service = protect.layer(service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
    }));
    let mut request = Request::post("/mcp?page=1").header(header::AUTHORIZATION, authorization);
    for proof in proofs {
        request = request.header("DPoP", *proof);
    }
    let answer = block_on(service.oneshot(request.body(()).expect("a request")));
    let answer = answer.expect("infallible");
    let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
    let challenge = challenge
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    (answer.status().as_u16(), challenge.to_owned())
}

#[test]
fn a_verifier_outside_of_the_crate_checks_proofs() {
    let key = key();
    let server = server().build().expect("valid settings");
    let protect = ProtectLayer::new(server, Toy::new(CachedVerifier::new(jwt(&key))));
    let token = bound(&key, &json!({ "jkt": "ada-key" }));
    let authorization = format!("DPoP {token}");
    let metadata = "https://mcp.example.com/mcp?oauth-protected-resource";
    let missing = format!(r#"DPoP algs="ES256 EdDSA", resource_metadata="{metadata}""#);
    let rejected = format!(
        r#"DPoP algs="ES256 EdDSA", error="invalid_token", resource_metadata="{metadata}", error_description="The access token is not valid.""#
    );
    let good = (200, String::new());
    let rejected = (401, rejected);
    let ask = |authorization: &str, proofs: &[&str]| ask(&protect, authorization, proofs);

    assert_eq!(
        ask(
            &authorization,
            &["POST https://mcp.example.com/mcp ada-key 1"]
        ),
        good
    );
    // The cache remembers the token, and no proof stands for another.
    assert_eq!(
        ask(
            &authorization,
            &["POST https://mcp.example.com/mcp ada-key 1"]
        ),
        rejected
    );
    assert_eq!(
        ask(
            &authorization,
            &["POST https://mcp.example.com/mcp eve-key 2"]
        ),
        rejected
    );
    assert_eq!(
        ask(
            &authorization,
            &["POST https://mcp.example.com/mcp ada-key 3"]
        ),
        good
    );
    for proofs in [
        [].as_slice(),
        &["GET https://mcp.example.com/mcp ada-key 4"],
        &["POST https://mcp.example.com/other ada-key 5"],
        &["POST https://evil.example.com/mcp ada-key 6"],
        &[
            "POST https://mcp.example.com/mcp ada-key 7",
            "POST https://mcp.example.com/mcp ada-key 8",
        ],
    ] {
        assert_eq!(ask(&authorization, proofs), rejected, "{proofs:?}");
    }
    let proof = |number: usize| format!("POST https://mcp.example.com/mcp ada-key {number}");
    for (number, confirmation) in [
        json!(null),
        json!({}),
        json!("ada-key"),
        json!({ "x5t#S256": "ada-key" }),
        json!({ "jkt": "ada-key", "x5t#S256": "c" }),
    ]
    .iter()
    .enumerate()
    {
        let token = bound(&key, confirmation);
        let answer = ask(&format!("DPoP {token}"), &[&proof(20 + number)]);
        assert_eq!(answer, rejected, "{confirmation}");
    }
    // Under another scheme there are no credentials for this verifier.
    assert_eq!(
        ask(&format!("Bearer {token}"), &[&proof(9)]),
        (401, missing)
    );
}

#[test]
fn a_bound_token_is_no_bearer_token() {
    let key = key();
    let mut toy = Toy::new(jwt(&key));
    toy.presentation = Presentation::dpop(["ES256"]).or_bearer();
    let protect = ProtectLayer::new(server().build().expect("valid settings"), toy);
    let token = bound(&key, &json!({ "jkt": "ada-key" }));
    assert_eq!(ask(&protect, &format!("Bearer {token}"), &[]).0, 401);
    assert_eq!(
        ask(&protect, &format!("bearer {}", key.token()), &[]).0,
        200
    );
    // A verifier that does not check proofs never sees a token of another scheme.
    let server = server().build().expect("valid settings");
    let protect = ProtectLayer::new(server, jwt(&key));
    let (status, challenge) = ask(&protect, &format!("DPoP {}", key.token()), &[]);
    assert_eq!(status, 401);
    assert!(
        challenge.starts_with("Bearer resource_metadata="),
        "{challenge}"
    );
    let schemes = [TokenScheme::Dpop];
    let value = format!("DPoP {}", key.token());
    let token = PresentedToken::from_authorization_with(&schemes, [&value]);
    let token = token.expect("well-formed").expect("a token");
    let answer = block_on(verify(&jwt(&key), token));
    let actual = TokenScheme::Dpop;
    assert_eq!(answer, Err(Rejection::UnsupportedScheme { actual }.into()));
}

#[test]
fn a_cache_in_front_remembers_nothing_of_a_verifier_that_checks_proofs() {
    let key = key();
    let cached = CachedVerifier::new(Toy::new(jwt(&key)));
    let protect = ProtectLayer::new(server().build().expect("valid settings"), cached);
    let token = bound(&key, &json!({ "jkt": "ada-key" }));
    let proof = "POST https://mcp.example.com/mcp ada-key 1";
    assert_eq!(ask(&protect, &format!("DPoP {token}"), &[proof]).0, 200);
    assert_eq!(ask(&protect, &format!("DPoP {token}"), &[]).0, 401);
    assert_eq!(ask(&protect, &format!("DPoP {token}"), &[proof]).0, 401);
}

/// The proof of an open stream is the one that opened it.
#[tokio::test]
async fn the_token_of_a_stream_is_verified_again_with_its_proof() {
    let key = key();
    let toy = Toy::new(jwt(&key));
    let seen = Arc::clone(&toy.seen);
    let protect = ProtectLayer::new(server().build().expect("valid settings"), toy)
        .stream_check_interval(Duration::from_millis(100));
    let service = protect.layer(service_fn(|_: Request<Empty<Bytes>>| async {
        let stream = futures::stream::pending::<Result<Bytes, Infallible>>();
        Ok::<_, Infallible>(Response::new(axum::body::Body::from_stream(stream)))
    }));
    let token = bound(&key, &json!({ "jkt": "ada-key" }));
    let request = Request::get("/mcp")
        .header(header::AUTHORIZATION, format!("DPoP {token}"))
        .header("dpop", "GET https://mcp.example.com/mcp ada-key 1");
    let request = request.body(Empty::new()).expect("a request");
    let answer = service.oneshot(request).await.expect("infallible");
    assert_eq!(answer.status(), 200);
    let body = answer.into_body().collect();
    let ended = tokio::time::timeout(Duration::from_millis(450), body).await;
    assert!(ended.is_err(), "the stream goes on");
    assert!(
        seen.lock().expect("no panic").len() > 2,
        "it is verified again"
    );
}

#[test]
fn metadata_and_challenges_say_what_the_verifier_enforces() {
    let published = |presentation: Presentation| {
        let server = server().build().expect("valid settings");
        let server = server.presented_as(&presentation);
        let challenge = server.challenge(&AuthorizeError::MissingToken);
        let scheme = challenge.expect("a challenge").scheme();
        let mut document = serde_json::to_value(server.metadata()).expect("JSON");
        let mut take = |name: &str| document[name].take();
        (
            scheme,
            take("dpop_signing_alg_values_supported"),
            take("dpop_bound_access_tokens_required"),
            take("tls_client_certificate_bound_access_tokens"),
        )
    };
    let null = Value::Null;
    let (bearer, dpop) = (TokenScheme::Bearer, TokenScheme::Dpop);
    assert_eq!(
        published(Presentation::bearer()),
        (bearer, null.clone(), null.clone(), null.clone())
    );
    assert_eq!(
        published(Presentation::dpop(["ES256", "a, b"])),
        (dpop, json!(["ES256"]), json!(true), null.clone())
    );
    assert_eq!(
        published(Presentation::dpop(["ES256"]).or_bearer()),
        (dpop, json!(["ES256"]), null.clone(), null.clone())
    );
    let mutual_tls = Presentation::bearer()
        .proof_header("client-cert")
        .certificate_bound();
    assert_eq!(
        published(mutual_tls),
        (bearer, null.clone(), null, json!(true))
    );
}

#[test]
fn the_author_cannot_publish_what_nothing_enforces() {
    let error = server()
        .describe(|metadata| {
            metadata.tls_client_certificate_bound_access_tokens = Some(true);
            metadata.dpop_signing_alg_values_supported = vec!["ES256".to_owned()];
            metadata.dpop_bound_access_tokens_required = Some(true);
            metadata.bearer_methods_supported = vec!["header".to_owned(), "query".to_owned()];
        })
        .build()
        .expect_err("refused");
    assert_eq!(error.problems().len(), 4, "{error}");
    assert!(
        error.to_string().contains("`TokenVerifier::presentation`"),
        "{error}"
    );
}

/// One that knows nothing of `cnf` must not take a token with a proof by somebody else's key.
#[test]
fn a_verifier_that_knows_no_binding_accepts_no_proof() {
    let server = server().build().expect("valid settings");
    let mut bound = Claims::default();
    bound.subject = Some("ada".to_owned());
    bound.further = [("cnf".to_owned(), json!({ "jkt": "her-key" }))]
        .into_iter()
        .collect();
    let inner = StaticVerifier::new()
        .token("unbound", "ada", "entries:read")
        .expect("scopes")
        .token_with("bound", bound);
    let protect = ProtectLayer::new(server, Toy::new(inner));
    let proof = |key: &str, number: u8| format!("POST {RESOURCE} {key} {number}");
    let status = |token: &str, proof: &str| ask(&protect, &format!("DPoP {token}"), &[proof]).0;
    assert_eq!(status("bound", &proof("her-key", 1)), 200);
    assert_eq!(status("bound", &proof("another", 2)), 401);
    assert_eq!(status("unbound", &proof("another", 3)), 401);
}
