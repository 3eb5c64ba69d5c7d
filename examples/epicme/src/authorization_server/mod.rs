//! An authorization server for development: it runs on this machine only.
//!
//! Whoever types a name is signed in as that name, and everything is in memory: a restart forgets
//! clients, sessions and refresh tokens (access tokens stay good as long as the key is the same).
//! That is why the issuer has to be a loopback origin. Use a real authorization server for anything
//! else.
//!
//! The protocol is that of the `oauth-as` crate: authorization code with PKCE (RFC 6749, RFC 7636),
//! resource indicators (RFC 8707), `iss` in answers (RFC 9207), rotated refresh tokens, RFC 9068
//! tokens, introspection (RFC 7662), revocation (RFC 7009), dynamic registration (RFC 7591). Here
//! are the parts that it leaves to its host: who signs in, what is asked of them and may be
//! unticked, which clients are let in, and what shipped MCP clients need on top.
//!
//! Two choices shape how clients fare:
//!
//! - A client is not bound to the scopes it registered with. MCP clients register with the first
//!   scopes they see, and could never step up.
//! - Who registers the grant `refresh_token` gets refresh tokens, and nobody else does.

mod authorize;
mod body_deadline;
mod client_document;
mod clients;
mod clock;
mod consent;
mod credentials;
mod earlier;
mod endpoints;
mod error;
mod metadata;
mod mint;
mod offer;
mod origin;
mod pages;
mod redirect_uri;
mod registration;
mod session;
mod sign_in;
mod signing_key;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use oauth_as::http::{AuthorizationService, ServiceBuilder};
use oauth_as::jwt::{AccessTokenFormat, JwtConfig};
use oauth_as::registration::{
    RegistrationAttempt, RegistrationConfig, RegistrationDecision, RegistrationPolicy,
};
use oauth_as::server::{ResourceServerRegistration, ServerConfig};
use oauth_as::store::{MemoryStorage, RevocationWindow, Storage as _};
use oauth_as::{Client, ClientAuth, ClientId, GrantType, SecretHash};

use clock::Clock;
pub use error::AuthorizationServerError;
pub use signing_key::SigningKey;

/// The lifetime of an access token.
const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The time after a user's consent during which tokens can be refreshed.
const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// The maximum time between two removals of expired state, while requests arrive.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

const RESOURCE_SERVER_ID: &str = "epicme-resource-server";

type Protocol = oauth_as::server::AuthorizationServer<MemoryStorage, Clock>;

/// An authorization server for development, in this process. Clones are the same server.
#[derive(Clone)]
pub struct AuthorizationServer(Arc<State>);

struct State {
    issuer: String,
    resource: String,
    key: SigningKey,
    protocol: Arc<Protocol>,
    endpoints: AuthorizationService<MemoryStorage, Clock>,
    metadata: String,
    clients: clients::Clients,
    documents: client_document::ClientDocuments,
    earlier: earlier::EarlierGrants,
    seal: session::Seal,
    introspection_secret: String,
    clock: Clock,
    swept: Mutex<SystemTime>,
}

impl AuthorizationServer {
    /// A server that calls itself `issuer`, an origin without a path such as
    /// `http://127.0.0.1:8788`, and issues tokens for `resource`.
    ///
    /// # Errors
    ///
    /// If the issuer is not a loopback origin, or the resource not an absolute URL.
    pub fn new(
        issuer: &str,
        resource: &str,
        key: SigningKey,
    ) -> Result<Self, AuthorizationServerError> {
        Self::build(issuer, resource, key, None, Clock::new(SystemTime::now))
    }

    /// The same server with this clock, for tests that move it.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_clock(
        issuer: &str,
        resource: &str,
        key: SigningKey,
        now: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, AuthorizationServerError> {
        Self::build(issuer, resource, key, None, Clock::new(now))
    }

    /// The same server, that fetches client-id metadata documents by `client`, from wherever that
    /// goes. For tests: the check that a document is on no private network is up to `client` then.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn dangerously_fetch_client_documents_with(
        issuer: &str,
        resource: &str,
        key: SigningKey,
        client: reqwest::Client,
    ) -> Result<Self, AuthorizationServerError> {
        let clock = Clock::new(SystemTime::now);
        Self::build(issuer, resource, key, Some(client), clock)
    }

    fn build(
        issuer: &str,
        resource: &str,
        key: SigningKey,
        client: Option<reqwest::Client>,
        clock: Clock,
    ) -> Result<Self, AuthorizationServerError> {
        origin::check_issuer(issuer)?;
        origin::check_resource(resource)?;
        let introspection_secret = random()?;
        let config = configuration(issuer, resource, &key);
        let protocol = Protocol::with_clock(config, MemoryStorage::new(), clock.clone())
            .with_registration_policy(Box::new(Anybody));
        let protocol = Arc::new(protocol);
        // Its own pages refuse everybody, and are not routed: ours know who is signed in.
        let endpoints = ServiceBuilder::new(Arc::clone(&protocol))
            .build()
            .map_err(|_| AuthorizationServerError::Start("the OAuth endpoints"))?;
        let resource_server = Client {
            client_id: ClientId::new(RESOURCE_SERVER_ID),
            auth: ClientAuth::ConfidentialSecretHash {
                hash: SecretHash::sha256(&introspection_secret),
            },
            grant_types: Vec::new(),
            redirect_uris: Vec::new(),
            allowed_scopes: oauth_as::ScopeSet::empty(),
            default_scopes: oauth_as::ScopeSet::empty(),
            name: None,
            registration: None,
        };
        // In memory, nothing waits.
        let registered = protocol.register_client(resource_server).now_or_never();
        if !matches!(registered, Some(Ok(()))) {
            return Err(AuthorizationServerError::Start(
                "the resource server's own client",
            ));
        }
        Ok(Self(Arc::new(State {
            issuer: issuer.to_owned(),
            resource: resource.to_owned(),
            metadata: metadata::document(&protocol)?,
            documents: client_document::ClientDocuments::new(client)?,
            clients: clients::Clients::default(),
            earlier: earlier::EarlierGrants::default(),
            seal: session::Seal::new()?,
            swept: Mutex::new(clock.now()),
            clock,
            key,
            protocol,
            endpoints,
            introspection_secret,
        })))
    }

    /// Returns the endpoints and the pages, to be merged into the listener of the issuer's origin.
    ///
    /// Pages may register clients and get tokens from the issuer's origin, from loopback origins and
    /// from `origins`, each such as `https://app.example.com`.
    pub fn router(&self, origins: &[String]) -> axum::Router {
        endpoints::router(self, origins)
    }

    /// An access token for `subject` that grants `scopes`, a space-separated list of declared
    /// scopes; the empty list grants nothing. Good for twelve hours.
    ///
    /// # Errors
    ///
    /// If a scope is not declared, the list is not written as RFC 6749 section 3.3 has it, or the
    /// subject cannot be a name.
    pub fn mint(&self, subject: &str, scopes: &str) -> Result<String, AuthorizationServerError> {
        mint::mint(&self.0, subject, scopes)
    }

    /// The id and the secret with which the resource server asks about tokens (RFC 7662). The
    /// secret is new in each process.
    #[must_use]
    pub fn introspection_client(&self) -> (&str, &str) {
        (RESOURCE_SERVER_ID, &self.0.introspection_secret)
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthorizationServer")
            .field("issuer", &self.0.issuer)
            .field("resource", &self.0.resource)
            .finish_non_exhaustive()
    }
}

impl State {
    /// Makes a client known to the protocol, and forgets an unused one if there are too many.
    async fn admit(&self, mut client: Client) -> Result<(), AdmitClientError> {
        // A document that is fetched again takes nothing from what users granted before.
        let granted = self.clients.concrete_scopes(client.client_id.as_str());
        client.allowed_scopes = offer::all_and(granted);
        let evicted = self
            .clients
            .remember(
                client.client_id.as_str(),
                &client.redirect_uris,
                self.clock.now(),
            )
            .map_err(|_| AdmitClientError::Full)?;
        let store = self.protocol.store();
        store.put_client(client).await?;
        self.evict(evicted).await?;
        Ok(())
    }

    async fn evict(
        &self,
        clients: impl IntoIterator<Item = String>,
    ) -> Result<(), oauth_as::StorageError> {
        for client_id in clients {
            self.forget(client_id).await?;
        }
        Ok(())
    }

    async fn forget(&self, client_id: String) -> Result<(), oauth_as::StorageError> {
        let now = self.clock.now();
        // What the client holds goes with it; the window is for what is being issued right now.
        let window = RevocationWindow {
            recorded_at: now,
            until: now + CODE_LIFETIME,
        };
        let store = self.protocol.store();
        store
            .delete_client(&ClientId::new(client_id), window)
            .await?;
        Ok(())
    }

    /// Keeps the client registered for as long as the code that it received can be redeemed.
    fn mark_code(&self, client_id: &str) {
        let until = self.clock.now() + CODE_LIFETIME;
        self.clients.mark_used(client_id, until);
    }

    /// Keeps the client registered for as long as the tokens that it received are valid. The tokens
    /// of a refresh do not prolong the grant (`refresh_token_ttl` counts from the code).
    async fn mark_tokens(&self, client_id: &str, is_refresh: bool) {
        let store = self.protocol.store();
        let client = store.get_client(&ClientId::new(client_id)).await;
        let Ok(Some(client)) = client else {
            return;
        };
        let has_refresh_token = client.grant_types.contains(&GrantType::RefreshToken);
        let lifetime = if has_refresh_token && !is_refresh {
            REFRESH_TOKEN_LIFETIME
        } else {
            ACCESS_TOKEN_LIFETIME
        };
        let until = self.clock.now() + lifetime;
        self.clients.mark_used(client_id, until);
    }

    /// Removes expired codes and tokens, and clients that have been unused for too long.
    async fn sweep(&self) {
        let now = self.clock.now();
        {
            let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            let since = now.duration_since(*swept);
            if since.is_ok_and(|since| since < SWEEP_INTERVAL) {
                return;
            }
            *swept = now;
        }
        // In memory, neither fails.
        let _ = self.evict(self.clients.expire(now)).await;
        let _ = self.protocol.store().sweep_expired(now).await;
    }
}

/// Returns the maximum time from a user's consent to the expiry of the client's last token. A token of the
/// last refresh outlives the refresh token.
fn access_lifetime(client: &Client) -> Duration {
    if client.grant_types.contains(&GrantType::RefreshToken) {
        REFRESH_TOKEN_LIFETIME + ACCESS_TOKEN_LIFETIME
    } else {
        ACCESS_TOKEN_LIFETIME
    }
}

/// Returned when a client cannot be made known.
enum AdmitClientError {
    Full,
    Storage,
}

impl From<oauth_as::StorageError> for AdmitClientError {
    fn from(_: oauth_as::StorageError) -> Self {
        Self::Storage
    }
}

fn configuration(issuer: &str, resource: &str, key: &SigningKey) -> ServerConfig {
    let mut registration = RegistrationConfig::new();
    registration.allowed_scopes = offer::all();
    registration.management_enabled = false;
    let jwt = JwtConfig::new(key.clone(), resource).with_jwks_uri(format!("{issuer}/jwks"));
    let mut config = ServerConfig::new(issuer, format!("{issuer}/device"));
    config.introspection_endpoint = Some(format!("{issuer}/introspect"));
    config.registration = Some(Box::new(registration));
    config.cimd = Some(Box::new(client_document::policy()));
    config.scopes_supported = Some(offer::names());
    config.allowed_resources = Some(Box::new([resource.into()]));
    let resource_server =
        ResourceServerRegistration::new(ClientId::new(RESOURCE_SERVER_ID), [resource]);
    config.resource_servers = Some(Box::new([resource_server]));
    config.access_token_format = AccessTokenFormat::Jwt(Box::new(jwt));
    config.authorization_code_ttl = CODE_LIFETIME;
    config.access_token_ttl = ACCESS_TOKEN_LIFETIME;
    config.refresh_token_ttl = Some(REFRESH_TOKEN_LIFETIME);
    config
}

/// Whoever reaches a development server may register.
struct Anybody;

impl RegistrationPolicy for Anybody {
    fn authorize(&self, _: &RegistrationAttempt<'_>) -> RegistrationDecision {
        RegistrationDecision::Allow
    }
}

/// 256 bits that nobody can guess.
fn random() -> Result<String, AuthorizationServerError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| AuthorizationServerError::Start("randomness"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
