//! The server, protected as the README shows.

use std::error::Error;

use axum::Router;
use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::{ResourceServer, ScopeCatalog, requires_scopes, rmcp::protect, scoped_handler};
use scopes_core::{cache::CachedVerifier, hyper::HyperFetch, jwt::JwtVerifier};

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
async fn main() -> Result<(), Box<dyn Error>> {
    let server = ResourceServer::builder("https://mcp.example.com/mcp")
        .authorization_server("https://auth.example.com")
        .build()?;
    let verifier = CachedVerifier::new(JwtVerifier::discover(&server, HyperFetch::new()?).await?);
    let app = Router::from(protect(|| Ok(Journal), server, verifier).await?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
