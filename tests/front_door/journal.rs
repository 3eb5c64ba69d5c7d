//! The server of the README, and two more for the tests of several.

use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::resource::ResourceServerBuilder;
use scopes_core::testing::StaticVerifier;
use scopes_core::{Registry, ResourceServer, ScopeCatalog, requires_scopes, scoped_handler};

#[derive(ScopeCatalog)]
pub(crate) enum Scope {
    /// Read your journal entries.
    #[scope("entries:read")]
    EntriesRead,
}

#[derive(Clone)]
pub(crate) struct Journal;

#[tool_router]
impl Journal {
    /// Counts the entries.
    #[requires_scopes("entries:read", catalog = Scope)]
    #[tool]
    async fn count_entries(&self) -> Result<String, ErrorData> {
        Ok("42".to_owned())
    }
}

#[scoped_handler]
#[tool_handler]
impl ServerHandler for Journal {}

#[derive(Clone)]
pub(crate) struct Photos;

#[tool_router]
impl Photos {
    /// Counts the photos.
    #[requires_scopes(authenticated, server = "photos")]
    #[tool]
    async fn count_photos(&self) -> Result<String, ErrorData> {
        Ok("7".to_owned())
    }
}

#[scoped_handler(server = "photos")]
#[tool_handler]
impl ServerHandler for Photos {}

/// Has a tool that is not annotated; what it requires is listed at run time.
#[derive(Clone)]
pub(crate) struct Plugins {
    pub(crate) registry: Registry,
}

#[tool_router]
impl Plugins {
    /// Searches.
    #[tool]
    async fn search(&self) -> Result<String, ErrorData> {
        Ok("three results".to_owned())
    }
}

#[scoped_handler(registry = self.registry)]
#[tool_handler]
impl ServerHandler for Plugins {}

pub(crate) fn resource(url: &str) -> ResourceServer {
    builder(url).build().expect("valid settings")
}

pub(crate) fn builder(url: &str) -> ResourceServerBuilder {
    ResourceServer::builder(url).authorization_server("https://auth.journal.example")
}

/// Knows a token that may read, and one that may nothing.
pub(crate) fn verifier() -> StaticVerifier {
    StaticVerifier::new()
        .token("reader", "ada", "entries:read")
        .and_then(|verifier| verifier.token("nothing", "ada", ""))
        .expect("valid scopes")
}
