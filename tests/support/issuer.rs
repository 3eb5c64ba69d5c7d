//! An authorization server without a network: keys, tokens of any content, and the documents that
//! a verifier fetches.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test may panic"
)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::testing::{self, SigningAlgorithm};
use serde_json::{Value, json};

/// The issuer's URL.
pub const ISSUER: &str = "https://auth.example.com";
/// The resource that its tokens are for.
pub const RESOURCE: &str = "https://mcp.example.com/mcp";

/// A key pair that is always there.
#[derive(Debug)]
pub struct SigningKey(testing::SigningKey);

/// Base64url without padding.
#[must_use]
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl SigningKey {
    fn generate(algorithm: SigningAlgorithm, kid: &str) -> Self {
        Self(testing::SigningKey::generate(algorithm, kid).expect("a key"))
    }

    /// A new RSA key, for RS256.
    #[must_use]
    pub fn rsa(kid: &str) -> Self {
        Self::generate(SigningAlgorithm::Rs256, kid)
    }

    /// A new P-256 key, for ES256.
    #[must_use]
    pub fn p256(kid: &str) -> Self {
        Self::generate(SigningAlgorithm::Es256, kid)
    }

    /// A new P-384 key, for ES384.
    #[must_use]
    pub fn p384(kid: &str) -> Self {
        Self::generate(SigningAlgorithm::Es384, kid)
    }

    /// A new Ed25519 key, for `EdDSA`.
    #[must_use]
    pub fn ed25519(kid: &str) -> Self {
        Self::generate(SigningAlgorithm::EdDsa, kid)
    }

    /// The algorithm that the key is made for.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.0.algorithm().name()
    }

    /// The public key as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        self.0.jwk()
    }

    /// The public key in DER, as an attacker gets it.
    #[must_use]
    pub fn public_der(&self) -> Vec<u8> {
        self.0.public_der().expect("DER")
    }

    /// The header that a good token of this key has.
    #[must_use]
    pub fn header(&self) -> Value {
        self.0.header()
    }

    /// A token with this header and payload, signed with this key whatever the header says.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// A token with this text for its header and payload.
    #[must_use]
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        self.0.sign(header, claims).expect("signed")
    }

    /// A good token.
    #[must_use]
    pub fn token(&self) -> String {
        self.sign(&self.header(), &claims())
    }
}

/// Seconds since 1970, shifted.
#[must_use]
pub fn now_plus(seconds: i64) -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    i64::try_from(now).expect("before the end of time") + seconds
}

/// The claims of a good token (RFC 9068 section 2.2).
#[must_use]
pub fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "ada",
        "aud": RESOURCE,
        "client_id": "client-1",
        "exp": now_plus(600),
        "iat": now_plus(-1),
        "jti": "1",
        "scope": "entries:read tags:write",
        "email": "ada@example.com",
    })
}

/// The documents that the issuer publishes, and the number of requests. Clones are the same issuer.
#[derive(Clone, Debug, Default)]
pub struct Site(Arc<SiteState>);

#[derive(Debug, Default)]
struct SiteState {
    documents: Mutex<HashMap<String, Result<FetchResponse, FetchError>>>,
    asked: AtomicUsize,
}

impl Site {
    /// An issuer that publishes its metadata and these keys.
    #[must_use]
    pub fn with_keys(keys: &[&SigningKey]) -> Self {
        let site = Self::default();
        let metadata = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks") });
        site.publish(
            &format!("{ISSUER}/.well-known/oauth-authorization-server"),
            &metadata,
        );
        site.publish_keys(keys);
        site
    }

    /// Publishes other keys.
    pub fn publish_keys(&self, keys: &[&SigningKey]) {
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        self.publish(&format!("{ISSUER}/jwks"), &json!({ "keys": keys }));
    }

    /// Publishes a document.
    pub fn publish(&self, url: &str, document: &Value) {
        self.answer(
            url,
            Ok(FetchResponse::new(200, document.to_string().into_bytes())),
        );
    }

    /// Answers requests for `url` like this.
    pub fn answer(&self, url: &str, answer: Result<FetchResponse, FetchError>) {
        self.0
            .documents
            .lock()
            .expect("not poisoned")
            .insert(url.to_owned(), answer);
    }

    /// Answers no request any more.
    pub fn shut_down(&self) {
        for answer in self.0.documents.lock().expect("not poisoned").values_mut() {
            *answer = Err(FetchError::new("connection refused"));
        }
    }

    /// Returns the number of requests.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }
}

impl Fetch for Site {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        // Gives the others a turn, as a network does.
        let mut waited = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut waited, true) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        let documents = self.0.documents.lock().expect("not poisoned");
        let not_found = || Ok(FetchResponse::new(404, Vec::new()));
        documents
            .get(&request.url)
            .cloned()
            .unwrap_or_else(not_found)
    }

    /// Without a runtime: a thread wakes the task.
    async fn sleep(&self, duration: Duration) {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut is_asleep = false;
        std::future::poll_fn(|context| {
            if is_over.load(Ordering::SeqCst) {
                return std::task::Poll::Ready(());
            }
            if !std::mem::replace(&mut is_asleep, true) {
                let (is_over, waker) = (Arc::clone(&is_over), context.waker().clone());
                std::thread::spawn(move || {
                    std::thread::sleep(duration);
                    is_over.store(true, Ordering::SeqCst);
                    waker.wake();
                });
            }
            std::task::Poll::Pending
        })
        .await;
    }
}
