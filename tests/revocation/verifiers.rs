//! Tokens of every verifier, with and without a cache.

use std::fs;
use std::path::Path;
use std::time::Duration;

use scopes_core::api_keys::{ApiKey, ApiKeyVerifier};
use scopes_core::cache::CachedVerifier;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::testing::Clock;
use scopes_tests::issuer::{ISSUER, RESOURCE, Site as AuthorizationServer, claims};
use serde_json::json;

use crate::site::{Issuers, protect, revoke, status};

fn introspection(site: &AuthorizationServer) -> IntrospectionVerifier<AuthorizationServer> {
    let url = format!("{ISSUER}/introspect");
    let mut answer = claims();
    answer["active"] = json!(true);
    site.publish(&url, &answer);
    let client = ClientAuthentication::secret_basic("resource", "secret");
    let builder = IntrospectionVerifier::builder(RESOURCE, client).issuer(ISSUER);
    let builder = builder.endpoint(url);
    builder.build(site.clone()).expect("valid settings")
}

#[tokio::test]
async fn an_introspected_token_is_rejected_while_its_answer_is_cached() {
    for revocation in [
        Revocation::token("opaque"),
        Revocation::subject(ISSUER, "ada"),
    ] {
        let site = AuthorizationServer::default();
        let revocations = Revocations::new();
        let protect = protect(CachedVerifier::new(introspection(&site)), &revocations);
        assert_eq!(status(&protect, "opaque").await, 200);
        let asked = site.asked();
        revoke(&revocations, revocation).await;
        assert_eq!(status(&protect, "opaque").await, 401);
        assert_eq!(site.asked(), asked, "the answer was cached");
    }
}

#[tokio::test]
async fn an_api_key_is_rejected_although_it_is_in_its_list() {
    let key = |name: &str| {
        let key = ApiKey::generate("journal_").expect("a key");
        let entry = key.entry(name, "never", "entries:read").expect("valid");
        (key.as_str().to_owned(), entry)
    };
    let ((nightly, of_nightly), (import, of_import)) = (key("nightly"), key("import"));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("revoked-keys");
    fs::write(&file, format!("{of_nightly}\n{of_import}\n")).expect("written");
    let issuer = "api-key:journal";
    for revocation in [
        Revocation::token(&nightly),
        Revocation::subject(issuer, "nightly"),
        Revocation::client(issuer, "nightly"),
    ] {
        let issuers = Issuers::new();
        let keys = ApiKeyVerifier::builder("journal_").file(&file);
        let keys = keys
            .build(issuers.verifier().await)
            .expect("valid settings");
        let revocations = Revocations::new();
        let protect = protect(keys, &revocations);
        let token = issuers.token(json!({}));
        for valid in [&nightly, &import, &token] {
            assert_eq!(status(&protect, valid).await, 200);
        }
        revoke(&revocations, revocation).await;
        assert_eq!(status(&protect, &nightly).await, 401);
        for valid in [&import, &token] {
            assert_eq!(status(&protect, valid).await, 200);
        }
        // The list decides about keys that live for longer than a revocation.
        let clock = Clock::start();
        clock.advance(Duration::from_secs(23 * 60 * 60));
        assert_eq!(status(&protect, &nightly).await, 401);
        assert_eq!(status(&protect, &import).await, 200);
    }
}

/// One cache serves two layers, of which one has revocations.
#[tokio::test]
async fn revocations_belong_to_their_layer() {
    let issuers = Issuers::new();
    let verifier = std::sync::Arc::new(issuers.verifier().await);
    let (one, other) = (Revocations::new(), Revocations::new());
    let of_one = protect(std::sync::Arc::clone(&verifier), &one);
    let of_other = protect(verifier, &other);
    let token = issuers.token(json!({}));
    revoke(&one, Revocation::token(&token)).await;
    for _ in 0..2 {
        assert_eq!(status(&of_one, &token).await, 401);
        assert_eq!(status(&of_other, &token).await, 200);
    }
}
