//! The keys, tokens and clients of an issuer.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::task::AbortHandle;

use super::signing_key::{SigningAlgorithm, SigningKey};

/// An endpoint of an issuer.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use scopes_core::testing::{Endpoint, Issuer};
///
/// let issuer = Issuer::start().await?;
/// assert_eq!(issuer.requests(Endpoint::Keys), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// The metadata, at either well-known URL.
    Metadata,
    /// The JWK set.
    Keys,
    /// Token introspection.
    Introspection,
}

pub(super) struct State {
    pub(super) url: String,
    pub(super) keys: Mutex<Keys>,
    pub(super) tokens: Mutex<HashMap<String, Value>>,
    pub(super) clients: Mutex<HashMap<String, String>>,
    pub(super) asked: [AtomicUsize; 3],
    /// The task that serves it, if it is on this machine.
    pub(super) server: Option<AbortHandle>,
}

/// The keys that sign, and those that are published.
pub(super) struct Keys {
    pub(super) generation: usize,
    pub(super) signing: Vec<SigningKey>,
    pub(super) published: Vec<Value>,
}

const ALGORITHMS: [SigningAlgorithm; 3] = [
    SigningAlgorithm::Es256,
    SigningAlgorithm::Rs256,
    SigningAlgorithm::EdDsa,
];

impl State {
    /// The origin of the issuer, and the path of its identifier without a slash at the end.
    pub(super) fn origin_and_path(&self) -> (&str, &str) {
        let start = self.url.find("://").map_or(0, |at| at + "://".len());
        let end = self.url[start..].find('/').map(|end| start + end);
        let (origin, path) = self.url.split_at(end.unwrap_or(self.url.len()));
        (origin, path.trim_end_matches('/'))
    }

    pub(super) fn note(&self, endpoint: Endpoint) {
        self.asked[endpoint as usize].fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn metadata(&self) -> Value {
        let url = self.url.trim_end_matches('/');
        json!({
            "issuer": self.url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/jwks"),
            "introspection_endpoint": format!("{url}/introspect"),
            "response_types_supported": ["code"],
        })
    }

    pub(super) fn jwk_set(&self) -> Value {
        json!({ "keys": locked(&self.keys).published })
    }

    /// The introspection response for `token`.
    pub(super) fn introspect(&self, token: &str) -> Value {
        match locked(&self.tokens).get(token) {
            Some(claims) => {
                let mut answer = claims.clone();
                answer["active"] = true.into();
                answer["token_type"] = "Bearer".into();
                answer
            }
            None => json!({ "active": false }),
        }
    }

    pub(super) fn knows_client(&self, id: &str, secret: &str) -> bool {
        locked(&self.clients)
            .get(id)
            .is_some_and(|known| known == secret)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

pub(super) fn generate(generation: usize) -> io::Result<Vec<SigningKey>> {
    ALGORITHMS
        .into_iter()
        .map(|algorithm| {
            let kid = format!("{}-{generation}", algorithm.name().to_ascii_lowercase());
            SigningKey::generate(algorithm, kid)
        })
        .collect()
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
