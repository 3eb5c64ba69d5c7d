//! Introspected tokens that are bound to a key, behind a verifier that checks proofs of possession.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, Response};
use scopes_core::token::{AcceptToken, Presentation, Rejection, VerifyTokenError, verify};
use scopes_core::tower::ProtectLayer;
use scopes_core::{PresentedToken, Registry, ResourceServer, TokenVerifier, VerifiedToken};
use scopes_tests::faulty::Reply;
use scopes_tests::issuer::RESOURCE;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::{Site, fetch};

/// Takes `DPoP` tokens with a toy proof, which is the name of a key. Counts how often it is asked what
/// it can answer at once.
#[derive(Clone)]
struct Proven<V>(V, Arc<AtomicUsize>);

impl<V: TokenVerifier> TokenVerifier for Proven<V> {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let proof = token
            .request()
            .and_then(|request| request.header("dpop").next());
        let key = proof.and_then(|proof| std::str::from_utf8(proof).ok());
        let key = key.ok_or(VerifyTokenError::from(Rejection::Inactive))?;
        verify(&self.0, token.with_confirmation("jkt", key)).await
    }

    fn verify_at_once(
        &self,
        _: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        None
    }

    fn presentation(&self) -> Presentation {
        Presentation::dpop(["ES256"])
    }
}

/// The layer, and how often its verifier was asked what it can answer at once.
fn counted<V: TokenVerifier>(verifier: V) -> (ProtectLayer<Proven<V>>, Arc<AtomicUsize>) {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build();
    let asked = Arc::default();
    let verifier = Proven(verifier, Arc::clone(&asked));
    (
        ProtectLayer::new(server.expect("valid settings"), verifier),
        asked,
    )
}

fn protect<V: TokenVerifier>(verifier: V) -> ProtectLayer<Proven<V>> {
    counted(verifier).0
}

/// The status of a request that presents `token` with a proof by `key`.
async fn status<V: TokenVerifier>(protect: &ProtectLayer<V>, token: &str, key: &str) -> u16 {
    let service = protect.layer(service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
    }));
    let request = Request::post("/mcp")
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", key)
        .body(());
    let answer = service.oneshot(request.expect("a request")).await;
    answer.expect("infallible").status().as_u16()
}

#[test]
fn a_bound_token_may_be_of_the_type_dpop() {
    let site = Site::start();
    let bound = |cnf: Value, token_type: Value| {
        let mut answer = site.with("token_type", token_type);
        answer["cnf"] = cnf;
        answer
    };
    let jkt = || json!({ "jkt": "ada-key" });
    for (answer, expected) in [
        (bound(jkt(), json!("DPoP")), 200),
        (bound(jkt(), json!("dpop")), 200),
        (bound(jkt(), json!("Bearer")), 200),
        (bound(jkt(), json!("remove")), 200),
        (bound(jkt(), json!("refresh_token")), 401),
        (bound(jkt(), json!(["DPoP"])), 401),
        (bound(json!({ "jkt": "eve-key" }), json!("DPoP")), 401),
        (bound(json!({ "x5t#S256": "ada-key" }), json!("DPoP")), 401),
        (bound(Value::Null, json!("DPoP")), 401),
    ] {
        site.answer(Reply::json(&answer));
        let protect = protect(site.verifier());
        let status = site.runtime.block_on(status(&protect, "opaque", "ada-key"));
        assert_eq!(status, expected, "{answer}");
    }
}

#[test]
fn the_budget_of_accepted_tokens_is_for_those_who_prove_their_key() {
    let site = Site::start();
    let mut good = site.with("token_type", json!("DPoP"));
    good["cnf"] = json!({ "jkt": "ada-key" });
    site.answer(Reply::by(move |request| {
        match request.field("token").as_deref() {
            Some("good") => Reply::json(&good),
            _ => Reply::Never,
        }
    }));
    // One question for tokens that were accepted before, and one for all others.
    let verifier = site
        .builder()
        .endpoint(site.server.url("/introspect"))
        .max_questions(2)
        .max_age(Duration::ZERO);
    let protect = protect(verifier.build(fetch()).expect("valid settings"));
    site.runtime.block_on(async {
        assert_eq!(status(&protect, "good", "ada-key").await, 200);
        assert_eq!(status(&protect, "good", "eve-key").await, 401);
        let stranger = protect.clone();
        tokio::spawn(async move { status(&stranger, "made-up", "eve-key").await });
        while site.server.asked() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let thief = status(&protect, "good", "mallory-key");
        let owner = status(&protect, "good", "ada-key");
        assert_eq!(tokio::join!(thief, owner), (503, 200));
    });
}

#[test]
fn a_verifier_that_checks_proofs_is_asked_once_for_each_request() {
    let site = Site::start();
    let mut good = site.with("token_type", json!("DPoP"));
    good["cnf"] = json!({ "jkt": "ada-key" });
    site.answer(Reply::json(&good));
    let (protect, asked) = counted(site.verifier());
    for number in 1..=3 {
        let status = site.runtime.block_on(status(&protect, "opaque", "ada-key"));
        assert_eq!((status, asked.load(Ordering::SeqCst)), (200, number));
    }
}
