//! An authorization server in the test's own process.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use tokio::net::TcpListener;

use super::endpoints;
use super::signing_key::{SigningAlgorithm, SigningKey};
use super::state::{Endpoint, Keys, State, generate, locked};
use super::token_builder::TokenBuilder;

/// An issuer on a loopback port, with keys for RS256, ES256 and `EdDSA`: it publishes its metadata
/// (RFC 8414, and as OpenID Connect discovery has it), its keys, and answers introspection (RFC
/// 7662). Clones are the same issuer; it ends with the last of them.
///
/// It issues no tokens over HTTP: a test signs those that it needs.
///
/// ```
/// use scopes_core::ResourceServer;
/// use scopes_core::testing::Issuer;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let resource = "http://127.0.0.1:8080/mcp";
/// let issuer = Issuer::start().await?;
/// let server = ResourceServer::builder(resource).authorization_server(issuer.url()).build()?;
/// // `JwtVerifier::discover(&server, ..)` finds the keys, accepts the first token and rejects the second.
/// let reader = issuer.token(resource).scope("entries:read").sign()?;
/// let stranger = issuer.token("http://127.0.0.1:9090/mcp").sign()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Issuer(Arc<State>);

impl Issuer {
    /// Starts an issuer on a free port, in the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If no port is free, or the system gives no random bytes for the keys.
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

    /// Returns the issuer identifier, which is its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Returns the URL of the introspection endpoint.
    #[must_use]
    pub fn introspection_endpoint(&self) -> String {
        format!("{}/introspect", self.0.url)
    }

    /// Registers a client that may introspect tokens with this secret. By default there is none.
    pub fn register_client(&self, id: &str, secret: &str) {
        let mut clients = locked(&self.0.clients);
        clients.insert(id.to_owned(), secret.to_owned());
    }

    /// Starts a token for `resource`.
    pub fn token(&self, resource: &str) -> TokenBuilder<'_> {
        TokenBuilder::new(self, resource)
    }

    /// Makes a token inactive for introspection.
    pub fn revoke(&self, token: &str) {
        locked(&self.0.tokens).remove(token);
    }

    /// Signs with new keys from now on, and still publishes the previous ones.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes for the keys.
    pub fn rotate_keys(&self) -> io::Result<()> {
        let mut keys = locked(&self.0.keys);
        keys.generation += 1;
        keys.signing = generate(keys.generation)?;
        let new: Vec<_> = keys.signing.iter().map(SigningKey::jwk).collect();
        keys.published.extend(new);
        Ok(())
    }

    /// Publishes only the keys that sign now. Tokens signed with others are rejected.
    pub fn forget_old_keys(&self) {
        let mut keys = locked(&self.0.keys);
        keys.published = keys.signing.iter().map(SigningKey::jwk).collect();
    }

    /// Returns how many requests an endpoint received.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> usize {
        self.0.asked[endpoint as usize].load(Ordering::SeqCst)
    }

    /// Returns the metadata that the issuer publishes.
    #[must_use]
    pub fn metadata(&self) -> Value {
        self.0.metadata()
    }

    /// Returns the JWK set that the issuer publishes.
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

impl fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Issuer")
            .field("url", &self.0.url)
            .finish_non_exhaustive()
    }
}
