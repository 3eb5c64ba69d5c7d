//! The server, protected by `oauth-resource-server`.

use std::sync::Arc;

use axum::{Router, routing::any_service};
use oauth_resource_server::http_layer::HttpAuthLayer;
use oauth_resource_server::mcp::McpToolScopes;
use oauth_resource_server::{KeyNaming, OAuthConfig, OAuthValidator};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};

#[derive(Clone)]
struct Journal;

#[tool_router]
impl Journal {
    /// Counts the entries.
    #[tool]
    async fn count_entries(&self) -> String {
        "42".to_owned()
    }
}

#[tool_handler]
impl ServerHandler for Journal {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = OAuthConfig {
        enabled: true,
        issuer: "https://auth.example.com".to_owned(),
        audience: "https://mcp.example.com/mcp".to_owned(),
        resource: "https://mcp.example.com/mcp".to_owned(),
        allow_unscoped_tokens: true,
        ..OAuthConfig::default()
    };
    let config = config
        .resolve(KeyNaming::Dotted("oauth"))?
        .ok_or("not enabled")?;
    let validator = Arc::new(OAuthValidator::builder(&config).build()?);
    let protect = HttpAuthLayer::builder().oauth(validator).build()?;
    let scopes = McpToolScopes::new().tool("count_entries", ["entries:read"]);
    let config = StreamableHttpServerConfig::default().disable_allowed_hosts();
    let mcp = StreamableHttpService::new(
        || Ok(Journal),
        Arc::<LocalSessionManager>::default(),
        config,
    );
    let app = Router::new()
        .route("/mcp", any_service(mcp))
        .layer(scopes)
        .layer(protect);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
