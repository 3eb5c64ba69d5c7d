//! The layer and its configuration.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use tower_layer::Layer;

use super::error::ConfigureProtectLayerError;
use super::metadata_service::MetadataService;
use super::readiness::Readiness;
#[cfg(feature = "revocation")]
use super::revoked::CheckedRevocations;
use super::service::Protect;
use super::settings::Settings;
use crate::error::AuthorizeError;
#[cfg(feature = "audit")]
use crate::observe::{Audit, AuditSettings};
use crate::resource::{Challenge, ResourceServer};
#[cfg(feature = "revocation")]
use crate::revocation::Revocations;
use crate::token::TokenVerifier;

/// Makes a service a protected resource: see [the module](super).
///
/// Every request needs a valid token, except those for the metadata and to
/// [public paths](Self::public_path), and those that the gate of an MCP server opens by
/// `Protect::anonymous_access`. Guards in the service decide what the token allows.
///
/// ```
/// # use scopes_core::{ResourceServer, testing::StaticVerifier};
/// use scopes_core::tower::ProtectLayer;
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// # let verifier = StaticVerifier::new();
/// let protect = ProtectLayer::new(server, verifier)
///     .public_path("/health")
///     .allow_origin("https://app.example.com")?;
/// # let _ = protect;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a layer does nothing until it is put around a service"]
pub struct ProtectLayer<V> {
    settings: Arc<Settings>,
    verifier: Arc<V>,
}

impl<V: TokenVerifier> ProtectLayer<V> {
    /// Protects a service as `server`, with tokens that `verifier` accepts.
    pub fn new(server: ResourceServer, verifier: V) -> Self {
        let presentation = verifier.presentation();
        let verifier = Arc::new(verifier);
        let settings = Settings::new(server, &presentation, Arc::clone(&verifier) as _);
        Self {
            settings: Arc::new(settings),
            verifier,
        }
    }

    /// Allows requests from pages of `origin`, such as `https://app.example.com`.
    ///
    /// By default, the `Origin` of a request must be the resource's own, or, if the resource is on
    /// a loopback host, a loopback origin of any port. A request with any other origin is refused
    /// with 403, with or without a token. A request without `Origin` passes: clients outside of
    /// browsers send none.
    ///
    /// ```
    /// # use scopes_core::{ResourceServer, testing::StaticVerifier, tower::ProtectLayer};
    /// # let server = ResourceServer::builder("https://mcp.example.com/mcp");
    /// # let server = server.authorization_server("https://auth.example.com").build()?;
    /// # let verifier = StaticVerifier::new();
    /// let protect = ProtectLayer::new(server, verifier)
    ///     .allow_origin("https://app.example.com")?
    ///     .allow_host("mcp.internal")?;
    /// # drop(protect);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `origin` is not a scheme, a host and an optional port.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, ConfigureProtectLayerError> {
        Arc::make_mut(&mut self.settings).origins.allow(origin)?;
        Ok(self)
    }

    /// Allows requests from pages of every origin, `null` included, and lets them read the answers.
    ///
    /// Every site that a user visits can then send requests to this server from the user's browser,
    /// even if the server is reachable from the user's machine or network only. MCP requires
    /// servers to validate `Origin`.
    pub fn dangerously_allow_any_origin(mut self) -> Self {
        Arc::make_mut(&mut self.settings).origins.any = true;
        self
    }

    /// Allows requests that are addressed to `host`, a name or an address with or without a port.
    /// Without a port, every port is allowed.
    ///
    /// By default, `Host` (in HTTP/2, `:authority`) must be the host of the resource or a loopback
    /// one: `localhost`, `127.0.0.0/8` or `[::1]`. Every other one is refused with 403, which stops
    /// DNS rebinding. A reverse proxy that sends the name of this server on its own network needs
    /// that name allowed. `Forwarded` and `X-Forwarded-Host` are not read. A request without `Host`
    /// passes: browsers always send one.
    ///
    /// # Errors
    ///
    /// If `host` is not a name or an address with an optional port.
    pub fn allow_host(mut self, host: &str) -> Result<Self, ConfigureProtectLayerError> {
        Arc::make_mut(&mut self.settings).hosts.allow(host)?;
        Ok(self)
    }

    /// Returns the metadata as a service, to be mounted at the root of the host: see
    /// [`MetadataService`]. From now on, challenges of this layer and of its clones name the well-known
    /// URL.
    ///
    /// The layer itself answers requests for the metadata that reach it. Those at the well-known path do
    /// not where it is around a route, a nested router or a router that is merged into another.
    #[must_use]
    pub fn metadata(&self) -> MetadataService {
        self.settings.metadata_service()
    }

    /// Returns a service that answers readiness probes: see [`Readiness`].
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        Readiness::of(Arc::clone(&self.settings))
    }

    /// Writes decisions on callers to an audit trail: see [`Audit`].
    #[cfg(feature = "audit")]
    pub fn audit(mut self, audit: Audit) -> Self {
        Arc::make_mut(&mut self.settings).audit = AuditSettings::of(audit);
        self
    }

    /// Lets requests to exactly this path through without a token, and ignores a token there.
    ///
    /// The path is the one that the layer sees: inside `Router::nest` of axum, and behind a proxy that
    /// takes a prefix off, it is the path without the prefix.
    ///
    /// `Origin` is checked there too. `Host` is not checked, because health checks address a server
    /// by its IP address. So a page can read such a path by DNS rebinding, as everyone who can
    /// reach the server can.
    pub fn public_path(mut self, path: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.settings)
            .public_paths
            .add(path.into());
        self
    }

    /// Lets requests to this path and to every path below it through without a token, as
    /// [`public_path`](Self::public_path) does: `/assets` stands for `/assets` and `/assets/app.js`, and
    /// not for `/assets2`. The root is ignored, since it would make everything public.
    ///
    /// A path with dot segments, empty segments, or an encoded dot, slash or backslash needs a token: the
    /// service could read it as a path elsewhere.
    pub fn public_path_prefix(mut self, prefix: &str) -> Self {
        Arc::make_mut(&mut self.settings)
            .public_paths
            .add_prefix(prefix);
        self
    }

    /// Replaces the body of refusals, which is a JSON object with `error`, `error_description` and
    /// `scope`. Status and headers stay.
    pub fn refusal_body(
        mut self,
        body: impl Fn(&AuthorizeError, Option<&Challenge>) -> (HeaderValue, Bytes)
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).body = Arc::new(body);
        self
    }

    /// Sets how often the token of an open response stream is verified again: 60 seconds by default,
    /// 100 milliseconds at least.
    ///
    /// A response body of unknown length ends, without an error, when a new request with its token
    /// would no longer be allowed:
    ///
    /// - when the token expires, leeway included, by the wall clock or the monotonic clock, whichever
    ///   is first; nothing is sent afterwards;
    /// - when the verifier rejects the token, such as after its revocation or the withdrawal of its
    ///   key, or says that it names another caller or lacks a scope that it had. This is noticed after
    ///   at most this interval and the time for which the verifier caches its answer;
    /// - when the verifier has been unavailable for twice this interval.
    ///
    /// If MCP defines a last message for the stream, the gate sends it: a subscription ends with
    /// the result of `subscriptions/listen`, and a call outside of a session with an error.
    pub fn stream_check_interval(mut self, interval: Duration) -> Self {
        let interval = interval.max(Duration::from_millis(100));
        Arc::make_mut(&mut self.settings).stream_check_interval = interval;
        self
    }

    /// Rejects tokens that are revoked, and ends their open response streams: see
    /// [`revocation`](crate::revocation). Also rejects tokens that could outlive their revocation
    /// ([`max_token_lifetime`](crate::revocation::RevocationsBuilder::max_token_lifetime)).
    #[cfg(feature = "revocation")]
    pub fn revocations(mut self, revocations: &Revocations) -> Self {
        let revocations = CheckedRevocations(Some(revocations.clone()));
        Arc::make_mut(&mut self.settings).revocations = revocations;
        self
    }

    /// Leaves CORS to another layer. `Origin` is still checked.
    ///
    /// By default, preflights from allowed origins are answered, and their pages may read responses
    /// and their `WWW-Authenticate`.
    pub fn without_cors(mut self) -> Self {
        Arc::make_mut(&mut self.settings).cors = false;
        self
    }
}

impl<V> Clone for ProtectLayer<V> {
    fn clone(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            verifier: Arc::clone(&self.verifier),
        }
    }
}

impl<S, V> Layer<S> for ProtectLayer<V> {
    type Service = Protect<S, V>;

    fn layer(&self, inner: S) -> Self::Service {
        Protect::new(
            inner,
            Arc::clone(&self.settings),
            Arc::clone(&self.verifier),
        )
    }
}

impl<V> fmt::Debug for ProtectLayer<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProtectLayer")
            .field("server", &self.settings.server)
            .finish_non_exhaustive()
    }
}
