//! A journal that tells which instance has answered.

use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::{ScopeCatalog, requires_scopes, scoped_handler};

#[derive(ScopeCatalog)]
pub(crate) enum Scope {
    /// Read your journal entries.
    #[scope("entries:read")]
    EntriesRead,
}

#[derive(ScopeCatalog)]
pub(crate) enum BinderScope {
    /// Read this binder.
    #[scope("binders:{binder}:read")]
    Read,
    /// Change this binder.
    #[scope("binders:{binder}:write", implies(Read))]
    Write,
}

#[derive(Clone)]
pub(crate) struct Journal(pub(crate) &'static str);

#[tool_router]
impl Journal {
    /// Counts the entries.
    #[requires_scopes("entries:read", catalog = Scope)]
    #[tool]
    async fn count_entries(&self) -> Result<String, ErrorData> {
        Ok(format!("answered by {}", self.0))
    }

    /// Asks the client for its roots, which clients before 2026-07-28 have: a request of the server, whose response is a request of its own.
    #[requires_scopes("entries:read", catalog = Scope)]
    #[tool]
    #[expect(
        deprecated,
        reason = "there is no other request of a server without a feature of rmcp"
    )]
    async fn count_roots(&self, context: RequestContext<RoleServer>) -> Result<String, ErrorData> {
        let roots = context.peer.list_roots().await;
        let roots = roots.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        Ok(format!("{} roots", roots.roots.len()))
    }
}

#[scoped_handler]
#[tool_handler]
impl ServerHandler for Journal {}

// Tools that start tasks, of a server that is not made with rmcp.

#[requires_scopes("entries:read", catalog = Scope, server = "tasks", tool = "export")]
fn _export() -> Result<(), ErrorData> {
    Ok(())
}

#[requires_scopes(authenticated, server = "tasks", tool = "backup")]
fn _backup() -> Result<(), ErrorData> {
    Ok(())
}

#[requires_scopes("binders:{binder}:read", catalog = BinderScope, server = "tasks", tool = "export_binder")]
fn _export_binder(binder: &str) -> Result<(), ErrorData> {
    Ok(())
}
