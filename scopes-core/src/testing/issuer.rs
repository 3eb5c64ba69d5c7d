//! An authorization server in the test's own process.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::{BodyExt as _, Collected};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use super::endpoints;
use super::signing_key::{SigningAlgorithm, SigningKey};
use super::state::{Endpoint, Keys, State, generate, locked};
use super::token_builder::TokenBuilder;
use crate::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};

/// An authorization server in the process of the test, with keys for RS256, ES256 and `EdDSA`. It
/// publishes its metadata (RFC 8414 and OpenID Connect Discovery) and its keys, and answers
/// introspection requests (RFC 7662). Clones share one issuer, which stops when the last is
/// dropped.
///
/// It issues no tokens over HTTP: a test signs those that it needs. [`start`](Self::start) uses a
/// URL on this machine, and [`start_as`](Self::start_as) any URL, such as that of production.
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
        Self::new(url, Some(listener))
    }

    /// Starts an issuer with this identifier, so that a test can use the settings of production.
    ///
    /// It answers the requests of [`fetch`](Self::fetch), in the process. An `http` URL with a loopback
    /// address and a port is served there too, in the current tokio runtime.
    ///
    /// ```
    /// use scopes_core::ResourceServer;
    /// use scopes_core::jwt::JwtVerifier;
    /// use scopes_core::testing::Issuer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = ResourceServer::builder("https://mcp.example.com/mcp")
    ///     .authorization_server("https://auth.example.com")
    ///     .build()?;
    /// let issuer = Issuer::start_as("https://auth.example.com").await?;
    /// let verifier = JwtVerifier::discover(&server, issuer.fetch()).await?;
    /// let token = issuer.token("https://mcp.example.com/mcp").scope("entries:read").sign()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the address is not free, or the system gives no random bytes for the keys.
    pub async fn start_as(url: impl Into<String>) -> io::Result<Self> {
        let url = url.into();
        let host = url.strip_prefix("http://").unwrap_or_default();
        let host = host.split('/').next().unwrap_or_default();
        let address = host.parse::<SocketAddr>().ok();
        let listener = match address.filter(|address| address.ip().is_loopback()) {
            Some(address) => Some(TcpListener::bind(address).await?),
            None => None,
        };
        Self::new(url, listener)
    }

    fn new(url: String, listener: Option<TcpListener>) -> io::Result<Self> {
        let signing = generate(0)?;
        let published = signing.iter().map(SigningKey::jwk).collect();
        let keys = Keys {
            generation: 0,
            signing,
            published,
        };
        let serve = |listener, state: &Weak<State>| {
            tokio::spawn(endpoints::serve(listener, state.clone())).abort_handle()
        };
        Ok(Self(Arc::new_cyclic(|state| State {
            url,
            keys: Mutex::new(keys),
            tokens: Mutex::default(),
            clients: Mutex::default(),
            asked: Default::default(),
            server: listener.map(|listener| serve(listener, state)),
        })))
    }

    /// Returns an implementation of `Fetch` that sends requests to this issuer alone, in the
    /// process: for verifiers of a test, in place of `HyperFetch` or `ReqwestFetch`.
    #[must_use]
    pub fn fetch(&self) -> IssuerFetch {
        IssuerFetch(self.clone())
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

    /// Returns the number of requests that an endpoint received.
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

/// Sends requests to an [`Issuer`], in the process. Requests to others fail.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use scopes_core::testing::Issuer;
///
/// let issuer = Issuer::start().await?;
/// use scopes_core::fetch::{Fetch, FetchRequest};
///
/// let elsewhere = FetchRequest::get("https://auth.example.com/keys")?;
/// assert!(issuer.fetch().fetch(elsewhere).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct IssuerFetch(Issuer);

impl Fetch for IssuerFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        request.check_url()?;
        let state = &self.0.0;
        let (origin, _) = state.origin_and_path();
        let path = request.url.strip_prefix(origin);
        let path = path.filter(|path| path.starts_with('/')).ok_or_else(|| {
            FetchError::new(format!(
                "the issuer of this test is {}, and no other",
                state.url
            ))
        })?;
        let mut headers = HeaderMap::new();
        if let Some(authorization) = &request.authorization {
            let value = HeaderValue::try_from(authorization);
            let value = value.map_err(|_| FetchError::new("the credentials are not a header"))?;
            headers.insert(AUTHORIZATION, value);
        }
        let (method, form) = match request.form {
            Some(form) => (Method::POST, form),
            None => (Method::GET, Vec::new()),
        };
        let response = endpoints::respond(state, &method, path, &headers, &form);
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map(Collected::to_bytes);
        let body = body.unwrap_or_else(|never| match never {});
        Ok(FetchResponse::new(parts.status.as_u16(), body))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
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
