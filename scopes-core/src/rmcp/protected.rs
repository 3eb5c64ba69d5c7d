//! A whole MCP server over HTTP: the handler behind the gate, behind the layer.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{SessionManager, StreamableHttpServerConfig};
use tower_layer::Layer as _;

use super::sessions::{SharedSessions, StoredSessions};
use super::validation::{ValidateHandlerError, validated};
use crate::mcp::{Gate, GateLayer};
use crate::observe;
use crate::registry::{OperationKind, Registry};
use crate::resource::ResourceServer;
#[cfg(feature = "revocation")]
use crate::revocation::Revocations;
use crate::secret_keys::SecretKeys;
#[cfg(feature = "store")]
use crate::store::SharedStore;
use crate::token::TokenVerifier;
use crate::tower::{ConfigureProtectLayerError, MetadataService, Protect, ProtectLayer, Readiness};

/// Serves the handlers that `factory` makes over HTTP as the protected resource `server`, with tokens
/// that `verifier` accepts.
///
/// The call [validates](super::validate) the handler against its annotations, and puts the gate in front of
/// rmcp's service and the layer in front of the gate. `Host` and `Origin` are checked by the layer, which
/// allows those of the resource's URL; rmcp's own check, which would allow loopback hosts only, is off.
///
/// Every request needs a token, also for operations that are `public`, unless the handler has
/// `#[scoped_handler(anonymous = ..)]`: see [`Protect::anonymous_access`]. A program in which that is an
/// option of the operator calls [`require_token`](ProtectServer::require_token).
///
/// Set options on the return value, and await it. With the feature `axum`, an axum router takes the
/// result by `merge`. The MCP server is then at the path of the resource's URL, and the metadata at
/// its well-known paths:
///
/// ```
/// # use axum::{Router, routing::get};
/// # use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
/// # use scopes_core::{ResourceServer, ScopeCatalog, TokenVerifier, requires_scopes, scoped_handler};
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     /// Read your journal entries.
/// #     #[scope("entries:read")]
/// #     EntriesRead,
/// # }
/// # #[derive(Clone)]
/// # struct Journal;
/// # #[tool_router]
/// # impl Journal {
/// #     /// Counts the entries.
/// #     #[requires_scopes("entries:read", catalog = Scope)]
/// #     #[tool]
/// #     async fn count_entries(&self) -> Result<String, ErrorData> { Ok("42".to_owned()) }
/// # }
/// # #[scoped_handler]
/// # #[tool_handler]
/// # impl ServerHandler for Journal {}
/// # #[cfg(feature = "axum")]
/// async fn app(
///     server: ResourceServer,
///     verifier: impl TokenVerifier,
/// ) -> Result<Router, Box<dyn std::error::Error>> {
///     let journal = scopes_core::rmcp::protect(|| Ok(Journal), server, verifier)
///         .allow_host("mcp.internal")?
///         .await?;
///     Ok(Router::new().route("/health", get(async || "ok")).merge(journal))
/// }
/// ```
///
/// With another router, or at another path, mount [`ProtectedServer::service`] and
/// [`ProtectedServer::metadata`].
pub fn protect<H, V>(
    factory: impl Fn() -> io::Result<H> + Send + Sync + 'static,
    server: ResourceServer,
    verifier: V,
) -> ProtectServer<H, V>
where
    H: ServerHandler,
    V: TokenVerifier,
{
    ProtectServer {
        factory: Arc::new(factory),
        registry: server.registry().clone(),
        layer: ProtectLayer::new(server.clone(), verifier),
        server,
        gate: Box::new(|gate| gate),
        max_body_bytes: None,
        requires_token: false,
        sessions: Arc::default(),
        stored: None,
        config: StreamableHttpServerConfig::default(),
    }
}

type Factory<H> = Arc<dyn Fn() -> io::Result<H> + Send + Sync>;

/// The settings of a server, returned by [`protect`]. Await them to create the server.
///
/// ```
/// # use rmcp::ServerHandler;
/// # use scopes_core::{ResourceServer, TokenVerifier};
/// use scopes_core::rmcp::{ProtectedServer, protect};
///
/// # async fn example<H: ServerHandler + Clone, V: TokenVerifier>(handler: H, server: ResourceServer, verifier: V) -> Result<ProtectedServer<H, V>, Box<dyn std::error::Error>> {
/// let journal = protect(move || Ok(handler.clone()), server, verifier)
///     .allow_host("mcp.internal")?
///     .max_body_bytes(64 * 1024)
///     .await?;
/// # Ok(journal)
/// # }
/// ```
#[must_use = "nothing is served until it is awaited"]
pub struct ProtectServer<H, V, M = LocalSessionManager> {
    factory: Factory<H>,
    server: ResourceServer,
    layer: ProtectLayer<V>,
    registry: Registry,
    gate: Box<dyn FnOnce(GateLayer) -> GateLayer + Send>,
    max_body_bytes: Option<usize>,
    requires_token: bool,
    sessions: Arc<M>,
    stored: Option<StoredSessions>,
    config: StreamableHttpServerConfig,
}

impl<H, V: TokenVerifier, M> ProtectServer<H, V, M> {
    /// Allows requests from pages of `origin`: see [`ProtectLayer::allow_origin`].
    ///
    /// # Errors
    ///
    /// If `origin` is not a scheme, a host and an optional port.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, ConfigureProtectLayerError> {
        self.layer = self.layer.allow_origin(origin)?;
        Ok(self)
    }

    /// Allows requests that are addressed to `host`, such as the name that a reverse proxy sends: see
    /// [`ProtectLayer::allow_host`].
    ///
    /// # Errors
    ///
    /// If `host` is not a name or an address with an optional port.
    pub fn allow_host(mut self, host: &str) -> Result<Self, ConfigureProtectLayerError> {
        self.layer = self.layer.allow_host(host)?;
        Ok(self)
    }

    /// Rejects tokens that are revoked, and ends their open response streams: see
    /// [`ProtectLayer::revocations`].
    #[cfg(feature = "revocation")]
    pub fn revocations(mut self, revocations: &Revocations) -> Self {
        self.layer = self.layer.revocations(revocations);
        self
    }

    /// Sets further options of the layer.
    pub fn layer(mut self, set: impl FnOnce(ProtectLayer<V>) -> ProtectLayer<V>) -> Self {
        self.layer = set(self.layer);
        self
    }

    /// Sets further options of the gate. Set the limit of a request body with
    /// [`max_body_bytes`](Self::max_body_bytes), which sets that of rmcp as well.
    pub fn gate(mut self, set: impl FnOnce(GateLayer) -> GateLayer + Send + 'static) -> Self {
        let previous = self.gate;
        self.gate = Box::new(|gate| set(previous(gate)));
        self
    }

    /// Sets the maximum length of a request body in bytes: 4 MiB by default. A request with a
    /// longer body is answered with 413.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = Some(bytes);
        self
    }

    /// Requires a token for every request, although the handler has `#[scoped_handler(anonymous = ..)]`.
    pub fn require_token(mut self) -> Self {
        self.requires_token = true;
        self
    }

    /// Takes the operations from `registry`, to which operations can be added at run time, instead of
    /// from the [`ResourceServer`].
    pub fn registry(mut self, registry: &Registry) -> Self {
        self.registry = registry.clone();
        self
    }

    /// Seals session ids with keys that the other instances have, too: see [`GateLayer::session_keys`]. A server
    /// with a store takes those of the store.
    pub fn session_keys(self, keys: &SecretKeys) -> Self {
        let (keys, server) = (keys.clone(), self.server.clone());
        self.gate(move |gate| gate.session_keys(&keys, &server))
    }

    /// Shares sessions and tasks with the other instances of the server: see [`GateLayer::store`].
    ///
    /// A session that one instance has opened is restored by another one at the first request there: rmcp
    /// makes a new handler, and initializes it with the parameters of the client. Streams and the server's
    /// own requests to the client stay on one instance. Sessions are in the store for 24 hours after they
    /// were opened. While the store is unavailable, requests in sessions of other instances are
    /// answered with 503.
    #[cfg(feature = "store")]
    pub fn store(mut self, store: &SharedStore) -> Self {
        let (shared, server) = (store.clone(), self.server.clone());
        let resource = server.metadata().resource.as_str();
        self.stored = Some(StoredSessions::new(shared.clone(), resource));
        self.gate(move |gate| gate.store(&shared, &server))
    }

    /// Sets the options of rmcp's service, such as answers without streams.
    ///
    /// `allowed_hosts` and `allowed_origins` are ignored; use [`allow_host`](Self::allow_host) and
    /// [`allow_origin`](Self::allow_origin).
    pub fn config(mut self, config: StreamableHttpServerConfig) -> Self {
        self.config = config;
        self
    }

    /// Keeps sessions in `sessions` instead of in a [`LocalSessionManager`].
    pub fn session_manager<N: SessionManager>(self, sessions: Arc<N>) -> ProtectServer<H, V, N> {
        ProtectServer {
            factory: self.factory,
            server: self.server,
            layer: self.layer,
            registry: self.registry,
            gate: self.gate,
            max_body_bytes: self.max_body_bytes,
            requires_token: self.requires_token,
            sessions,
            stored: self.stored,
            config: self.config,
        }
    }
}

impl<H, V, M> IntoFuture for ProtectServer<H, V, M>
where
    H: ServerHandler,
    V: TokenVerifier,
    M: SessionManager,
{
    type Output = Result<ProtectedServer<H, V, M>, ProtectServerError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// Validates the handler on the current tokio runtime, and puts the parts together.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let handler = (self.factory)().map_err(ProtectServerError::MakeHandler)?;
            let anonymous = validated(handler, &self.registry).await?;
            let mut gate = (self.gate)(GateLayer::new(&self.registry));
            // The layer checks both, for every request that reaches rmcp.
            let mut config = self
                .config
                .disable_allowed_hosts()
                .disable_allowed_origins();
            if let Some(bytes) = self.max_body_bytes {
                gate = gate.max_body_bytes(bytes);
                config = config.with_max_request_body_bytes(bytes);
            }
            let factory = self.factory;
            let mcp = SharedSessions::new(move || factory(), self.sessions, config, self.stored);
            let service = self.layer.layer(gate.layer(mcp)).challenges_in_results();
            let service = match anonymous {
                _ if self.requires_token => service,
                Some(lists) => service.anonymous_access(lists),
                None => {
                    observe::public_operations_take_token(|| public_operations(&self.registry));
                    service
                }
            };
            Ok(ProtectedServer {
                service,
                layer: self.layer,
                server: self.server,
            })
        })
    }
}

/// The kinds and names of the operations of MCP that need no token.
fn public_operations(registry: &Registry) -> Vec<String> {
    let operations = registry.operations().into_iter();
    let public = operations.filter(|operation| {
        operation.requirement.is_public() && operation.kind != OperationKind::Function
    });
    public
        .map(|operation| format!("{} {}", operation.kind, operation.name))
        .collect()
}

impl<H, V, M> fmt::Debug for ProtectServer<H, V, M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProtectServer")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// The service of a [`ProtectedServer`].
///
/// ```
/// # use rmcp::ServerHandler;
/// # use scopes_core::TokenVerifier;
/// use scopes_core::rmcp::{ProtectedServer, ProtectedService};
///
/// fn service<H: ServerHandler, V: TokenVerifier>(journal: &ProtectedServer<H, V>) -> ProtectedService<H, V> {
///     journal.service()
/// }
/// ```
pub type ProtectedService<H, V, M = LocalSessionManager> = Protect<Gate<SharedSessions<H, M>>, V>;

/// An MCP server that is a protected resource; made by [`protect`].
///
/// With the feature `axum`, it becomes a `Router` by `Router::from` and `Router::merge`, and several become
/// one by `ProtectedServers`.
///
/// ```
/// # use rmcp::ServerHandler;
/// # use scopes_core::TokenVerifier;
/// use axum::Router;
/// use scopes_core::rmcp::ProtectedServer;
///
/// fn app<H: ServerHandler, V: TokenVerifier>(journal: &ProtectedServer<H, V>) -> Router {
///     Router::new()
///         .route_service("/mcp", journal.service())
///         .route_service("/ready", journal.readiness())
///         .merge(journal.metadata())
/// }
/// ```
pub struct ProtectedServer<H, V, M = LocalSessionManager> {
    service: ProtectedService<H, V, M>,
    layer: ProtectLayer<V>,
    server: ResourceServer,
}

impl<H, V: TokenVerifier, M> ProtectedServer<H, V, M> {
    /// Returns the MCP server. All of these share sessions and tasks.
    ///
    /// Route every method of one path to it: the path of the resource's URL, as it arrives behind a
    /// proxy. If [`metadata`](Self::metadata) is not mounted, challenges name a copy of the
    /// metadata at the URL of the resource, which the service serves.
    #[must_use]
    pub fn service(&self) -> ProtectedService<H, V, M> {
        self.service.clone()
    }

    /// Returns the metadata, to be mounted at the root of the host. Of several servers on one host,
    /// [merge](MetadataService::merge) the metadata before.
    #[must_use]
    pub fn metadata(&self) -> MetadataService {
        self.layer.metadata()
    }

    /// Returns a service that answers readiness probes, to be mounted at a path of your choice.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.layer.readiness()
    }

    /// Returns the protected resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceServer {
        &self.server
    }
}

impl<H, V, M> fmt::Debug for ProtectedServer<H, V, M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProtectedServer")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "axum")]
impl<H, V, M, S> From<ProtectedServer<H, V, M>> for axum::Router<S>
where
    H: ServerHandler,
    V: TokenVerifier,
    M: SessionManager,
    S: Clone + Send + Sync + 'static,
{
    /// Routes the MCP server at the path of the resource's URL, and the metadata at the well-known paths.
    ///
    /// Of several servers on one host, make [`ProtectedServers`](super::ProtectedServers): each of these
    /// routers has the path `/.well-known/oauth-protected-resource`, so that axum panics when two of them
    /// are merged.
    fn from(server: ProtectedServer<H, V, M>) -> Self {
        let path = server.server.path();
        Self::from(server.metadata()).route_service(path, server.service)
    }
}

/// Returned when a server cannot be protected. `Debug` prints what `Display` does.
///
/// ```
/// # use rmcp::ServerHandler;
/// # use scopes_core::{ResourceServer, TokenVerifier};
/// use scopes_core::rmcp::{ProtectServerError, protect};
///
/// # async fn example<H: ServerHandler + Clone>(handler: H, server: ResourceServer, verifier: impl TokenVerifier) {
/// match protect(move || Ok(handler.clone()), server, verifier).await {
///     Err(ProtectServerError::Validate(error)) => eprintln!("annotate it: {error}"),
///     Err(error) => eprintln!("{error}"),
///     Ok(_) => {}
/// }
/// # }
/// ```
#[non_exhaustive]
pub enum ProtectServerError {
    /// The factory made no handler.
    MakeHandler(io::Error),
    /// The handler and its annotations do not match.
    Validate(ValidateHandlerError),
}

impl From<ValidateHandlerError> for ProtectServerError {
    fn from(error: ValidateHandlerError) -> Self {
        Self::Validate(error)
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for ProtectServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for ProtectServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MakeHandler(error) => write!(formatter, "the factory made no handler: {error}"),
            Self::Validate(error) => write!(formatter, "{error}"),
        }
    }
}

impl std::error::Error for ProtectServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::MakeHandler(error) => Some(error),
            Self::Validate(error) => Some(error),
        }
    }
}
