//! The tool that says what this server is. It needs no token.

use rmcp::handler::server::wrapper::Json;
use rmcp::schemars::{self, JsonSchema};
use rmcp::{tool, tool_router};
use scopes_core::{ScopeCatalog as _, ScopeDeclaration, requires_scopes};
use serde::Serialize;

use crate::Scope;
use crate::server::{CallToolError, EpicMe};

/// This server, and the scopes that a client can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct About {
    /// The name of the server.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its purpose.
    pub description: &'static str,
    /// The scopes, each with the access that it allows.
    pub scopes: Vec<AboutScope>,
}

/// A scope. `{notebook}` in its name is the number of a notebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AboutScope {
    /// Its name.
    pub name: &'static str,
    /// The access that it allows.
    pub allows: &'static str,
}

#[tool_router(router = about_tools, vis = "pub(in crate::server)")]
impl EpicMe {
    /// Says what EpicMe is, and what each of its scopes allows.
    #[requires_scopes(public)]
    #[tool(
        title = "About EpicMe",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn about(&self) -> Result<Json<About>, CallToolError> {
        let scope = |declared: &'static ScopeDeclaration| AboutScope {
            name: declared.name(),
            allows: declared.description(),
        };
        Ok(Json(About {
            name: "EpicMe",
            version: env!("CARGO_PKG_VERSION"),
            description: "Your journal: entries with tags, in notebooks. Only you, and the clients that you \
                          let in, can read it.",
            scopes: Scope::CATALOG.declarations().iter().map(scope).collect(),
        }))
    }
}
