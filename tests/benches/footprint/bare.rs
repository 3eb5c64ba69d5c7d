//! A server made with rmcp and axum, without any protection.

use std::sync::Arc;

use axum::{Router, routing::any_service};
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
    let config = StreamableHttpServerConfig::default();
    let mcp = StreamableHttpService::new(
        || Ok(Journal),
        Arc::<LocalSessionManager>::default(),
        config,
    );
    let app = Router::new().route("/mcp", any_service(mcp));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
