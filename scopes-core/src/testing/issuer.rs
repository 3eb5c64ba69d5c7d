//! An authorization server in the test's own process.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::endpoints;
use super::signing_key::{SigningAlgorithm, SigningKey};
use super::token_builder::TokenBuilder;

/// An issuer on a loopback port, with keys for RS256, ES256 and `EdDSA`: it publishes its metadata
/// (RFC 8414, and as OpenID Connect discovery has it), its keys, and answers introspection (RFC
/// 7662). Clones are the same issuer; it ends with the last of them.
///
/// It hands out no tokens over HTTP: a test mints what it needs.
///
/// ```
/// use scopes_core::ResourceServer;
/// use scopes_core::testing::Issuer;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let resource = "http://127.0.0.1:8080/mcp";
/// let issuer = Issuer::start().await?;
/// let server = ResourceServer::builder(resource).authorization_server(issuer.url()).build()?;
/// // `JwtVerifier::discover(&server, ..)` finds the keys; these tokens are good, and this is not.
/// let reader = issuer.token(resource).scope("entries:read").sign()?;
/// let stranger = issuer.token("http://127.0.0.1:9090/mcp").sign()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Issuer(Arc<State>);

/// What an issuer can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// The metadata, in either place.
    Metadata,
    /// The JWK set.
    Keys,
    /// Introspection.
    Introspection,
}

pub(super) struct State {
    url: String,
    keys: Mutex<Keys>,
    tokens: Mutex<HashMap<String, Value>>,
    clients: Mutex<HashMap<String, String>>,
    asked: [AtomicUsize; 3],
    server: AbortHandle,
}

/// The keys that sign, and those that are published.
struct Keys {
    generation: usize,
    signing: Vec<SigningKey>,
    published: Vec<Value>,
}

const ALGORITHMS: [SigningAlgorithm; 3] = [
    SigningAlgorithm::Es256,
    SigningAlgorithm::Rs256,
    SigningAlgorithm::EdDsa,
];

impl Issuer {
    /// Starts an issuer on a free port, in the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If there is no port, or no randomness for keys.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let signing = generate(0)?;
        let published = signing.iter().map(SigningKey::jwk).collect();
        let keys = Keys {
            generation: 0,
            signing,
            published,
        };
        Ok(Self(Arc::new_cyclic(|state| State {
            url,
            keys: Mutex::new(keys),
            tokens: Mutex::default(),
            clients: Mutex::default(),
            asked: Default::default(),
            server: tokio::spawn(endpoints::serve(listener, state.clone())).abort_handle(),
        })))
    }

    /// The issuer identifier, which is its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Where tokens are introspected.
    #[must_use]
    pub fn introspection_endpoint(&self) -> String {
        format!("{}/introspect", self.0.url)
    }

    /// Lets a client with this secret introspect tokens; by default nobody may.
    pub fn register_client(&self, id: &str, secret: &str) {
        let mut clients = locked(&self.0.clients);
        clients.insert(id.to_owned(), secret.to_owned());
    }

    /// A token for `resource`.
    pub fn token(&self, resource: &str) -> TokenBuilder<'_> {
        TokenBuilder::new(self, resource)
    }

    /// Makes a token inactive for introspection.
    pub fn revoke(&self, token: &str) {
        locked(&self.0.tokens).remove(token);
    }

    /// Signs with new keys from now on, and still publishes those from before.
    ///
    /// # Errors
    ///
    /// If there is no randomness for keys.
    pub fn rotate_keys(&self) -> io::Result<()> {
        let mut keys = locked(&self.0.keys);
        keys.generation += 1;
        keys.signing = generate(keys.generation)?;
        let new: Vec<_> = keys.signing.iter().map(SigningKey::jwk).collect();
        keys.published.extend(new);
        Ok(())
    }

    /// Publishes no key any more but those that sign now: tokens of the others are good no longer.
    pub fn forget_old_keys(&self) {
        let mut keys = locked(&self.0.keys);
        keys.published = keys.signing.iter().map(SigningKey::jwk).collect();
    }

    /// How often an endpoint was asked.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> usize {
        self.0.asked[endpoint as usize].load(Ordering::SeqCst)
    }

    /// The metadata that the issuer publishes.
    #[must_use]
    pub fn metadata(&self) -> Value {
        self.0.metadata()
    }

    /// The JWK set that the issuer publishes.
    #[must_use]
    pub fn jwk_set(&self) -> Value {
        self.0.jwk_set()
    }

    pub(super) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        header: Map<String, Value>,
        claims: &Value,
    ) -> io::Result<String> {
        let keys = locked(&self.0.keys);
        let key = keys
            .signing
            .iter()
            .find(|key| key.algorithm() == algorithm)
            .ok_or_else(|| io::Error::other(format!("no key for {}", algorithm.name())))?;
        let mut whole = key.header();
        for (name, value) in header {
            whole[name] = value;
        }
        key.sign(&whole.to_string(), &claims.to_string())
    }

    pub(super) fn remember(&self, token: &str, claims: Value) {
        locked(&self.0.tokens).insert(token.to_owned(), claims);
    }
}

impl State {
    pub(super) fn note(&self, endpoint: Endpoint) {
        self.asked[endpoint as usize].fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn metadata(&self) -> Value {
        let url = &self.url;
        json!({
            "issuer": url,
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

    /// What introspection says of `token`.
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
        self.server.abort();
    }
}

fn generate(generation: usize) -> io::Result<Vec<SigningKey>> {
    ALGORITHMS
        .into_iter()
        .map(|algorithm| {
            let kid = format!("{}-{generation}", algorithm.name().to_ascii_lowercase());
            SigningKey::generate(algorithm, kid)
        })
        .collect()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Issuer")
            .field("url", &self.0.url)
            .finish_non_exhaustive()
    }
}
