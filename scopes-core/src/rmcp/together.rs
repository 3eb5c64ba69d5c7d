//! Several whole MCP servers in one router.

use std::fmt;

use axum::Router;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::SessionManager;

use super::protected::ProtectedServer;
use crate::token::TokenVerifier;
use crate::tower::MetadataService;

/// Several MCP servers that share a host, to become one `Router`.
///
/// A client that knows no path looks for metadata at `/.well-known/oauth-protected-resource`, which the
/// routers of single servers all have, so that axum panics when two of them are merged. Here the path is
/// served only if it belongs to one of the resources.
///
/// ```
/// # use axum::Router;
/// # use rmcp::ServerHandler;
/// # use scopes_core::TokenVerifier;
/// # use scopes_core::rmcp::{ProtectedServer, ProtectedServers, MergeServersError};
/// fn app<J: ServerHandler, P: ServerHandler, V: TokenVerifier>(
///     journal: &ProtectedServer<J, V>,
///     photos: &ProtectedServer<P, V>,
/// ) -> Result<Router, MergeServersError> {
///     let servers = ProtectedServers::new().with(journal)?.with(photos)?;
///     Ok(Router::new().merge(servers))
/// }
/// ```
#[derive(Debug, Default)]
#[must_use = "the servers are served by the router that is made of them"]
pub struct ProtectedServers {
    routes: Router,
    paths: Vec<String>,
    metadata: Option<MetadataService>,
}

impl ProtectedServers {
    /// Creates a set of no servers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `server`, at the path of its resource's URL.
    ///
    /// # Errors
    ///
    /// If the resource or the metadata of another server has this path: no router tells them apart.
    pub fn with<H, V, M>(
        mut self,
        server: &ProtectedServer<H, V, M>,
    ) -> Result<Self, MergeServersError>
    where
        H: ServerHandler,
        V: TokenVerifier,
        M: SessionManager,
    {
        let path = server.resource().path().to_owned();
        if self.paths.contains(&path) {
            return Err(MergeServersError(path));
        }
        let metadata = match self.metadata {
            Some(metadata) => metadata.merge(server.metadata()),
            None => server.metadata(),
        };
        self.routes = self.routes.route_service(&path, server.service());
        self.paths.push(path);
        if let Some(path) = metadata
            .paths()
            .into_iter()
            .find(|path| self.paths.contains(path))
        {
            return Err(MergeServersError(path));
        }
        self.metadata = Some(metadata);
        Ok(self)
    }
}

impl<S: Clone + Send + Sync + 'static> From<ProtectedServers> for Router<S> {
    /// Routes each MCP server at the path of its resource's URL, and the metadata of all at the well-known
    /// paths.
    fn from(servers: ProtectedServers) -> Self {
        let routes = servers.routes.with_state(());
        let metadata = servers.metadata.map(Self::from);
        metadata.into_iter().fold(routes, Self::merge)
    }
}

/// Returned when two servers serve the same path. `Debug` prints what `Display` does.
///
/// ```
/// # use rmcp::ServerHandler;
/// # use scopes_core::TokenVerifier;
/// use scopes_core::rmcp::{MergeServersError, ProtectedServer, ProtectedServers};
///
/// fn both<H: ServerHandler, V: TokenVerifier>(
///     one: &ProtectedServer<H, V>,
///     other: &ProtectedServer<H, V>,
/// ) -> Result<ProtectedServers, MergeServersError> {
///     ProtectedServers::new().with(one)?.with(other)
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MergeServersError(String);

impl MergeServersError {
    /// Returns the path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for MergeServersError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for MergeServersError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "two servers serve the path `{}`; give the resource of one of them another path",
            self.0
        )
    }
}

impl std::error::Error for MergeServersError {}
