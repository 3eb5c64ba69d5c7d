//! Tokens of every verifier, with and without a cache.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use scopes_core::api_keys::{ApiKey, ApiKeyVerifier};
use scopes_core::cache::CachedVerifier;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::testing::Clock;
use scopes_tests::issuer::{ISSUER, RESOURCE, claims};
use serde_json::json;

use crate::site::{Issuers, protect, revoke, status};

/// Calls the token `opaque` active and every other one inactive. Clones are the same server.
#[derive(Clone, Default)]
struct AuthorizationServer(Arc<AtomicUsize>);

impl AuthorizationServer {
    fn asked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn verifier(&self) -> IntrospectionVerifier<Self> {
        let client = ClientAuthentication::secret_basic("resource", "secret");
        let builder = IntrospectionVerifier::builder(RESOURCE, client).issuer(ISSUER);
        let builder = builder.endpoint(format!("{ISSUER}/introspect"));
        builder.build(self.clone()).expect("valid settings")
    }
}

impl Fetch for AuthorizationServer {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let form = request.form.unwrap_or_default();
        let mut answer = json!({ "active": false });
        if form.contains(&("token".to_owned(), "opaque".to_owned())) {
            answer = claims();
            answer["active"] = json!(true);
        }
        Ok(FetchResponse::new(200, answer.to_string().into_bytes()))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[tokio::test]
async fn an_introspected_token_is_rejected_while_its_answer_is_cached() {
    for revocation in [
        Revocation::token("opaque"),
        Revocation::subject(ISSUER, "ada"),
    ] {
        let site = AuthorizationServer::default();
        let revocations = Revocations::new();
        let protect = protect(CachedVerifier::new(site.verifier()), &revocations);
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
    let verifier = Arc::new(issuers.verifier().await);
    let (one, other) = (Revocations::new(), Revocations::new());
    let of_one = protect(Arc::clone(&verifier), &one);
    let of_other = protect(verifier, &other);
    let token = issuers.token(json!({}));
    revoke(&one, Revocation::token(&token)).await;
    for _ in 0..2 {
        assert_eq!(status(&of_one, &token).await, 401);
        assert_eq!(status(&of_other, &token).await, 200);
    }
}
