//! The server, protected as the README shows.

use std::sync::Arc;

use axum::{Router, routing::any_service};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::{Registry, ResourceServer, ScopeCatalog, requires_scopes, scoped_handler};
use scopes_core::{
    cache::CachedVerifier, hyper::HyperFetch, jwt::JwtVerifier, mcp::GateLayer, rmcp::validate,
    tower::ProtectLayer,
};

#[derive(ScopeCatalog)]
pub enum Scope {
    /// Read your journal entries.
    #[scope("entries:read")]
    EntriesRead,
}

#[derive(Clone)]
struct Journal;

#[tool_router]
impl Journal {
    /// Counts the entries.
    #[requires_scopes("entries:read")]
    #[tool]
    async fn count_entries(&self) -> Result<String, ErrorData> {
        Ok("42".to_owned())
    }
}

#[scoped_handler]
#[tool_handler]
impl ServerHandler for Journal {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = ResourceServer::builder("https://mcp.example.com/mcp")
        .authorization_server("https://auth.example.com")
        .build()?;
    let verifier = CachedVerifier::new(JwtVerifier::discover(&server, HyperFetch::new()?).await?);
    let registry = Registry::of_program();
    validate(Journal, &registry).await?;
    let config = StreamableHttpServerConfig::default().disable_allowed_hosts();
    let mcp = StreamableHttpService::new(
        || Ok(Journal),
        Arc::<LocalSessionManager>::default(),
        config,
    );
    let mcp = any_service(mcp).layer(GateLayer::new(&registry));
    let app = Router::new()
        .route("/mcp", mcp)
        .layer(ProtectLayer::new(server, verifier));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
