//! The server of the README, with a few tools more.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::schemars::{self, JsonSchema};
use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::{Caller, ScopeCatalog, requires_scopes, scoped_handler};
use serde::Deserialize;

#[derive(ScopeCatalog)]
pub(crate) enum Scope {
    /// Read your journal entries.
    #[scope("entries:read")]
    EntriesRead,
    /// Create, change and delete your journal entries.
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    /// Write in every notebook.
    #[scope("notebooks:write", implies(NotebookWrite))]
    NotebooksWrite,
    /// Write in notebook {notebook}.
    #[scope("notebooks:{notebook}:write")]
    NotebookWrite,
    /// Read notebook {notebook}.
    #[scope("notebooks:{notebook}:read")]
    NotebookRead,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Notebook {
    notebook: u64,
}

#[derive(Clone)]
pub(crate) struct Journal;

#[tool_router]
impl Journal {
    /// Counts the entries of the caller.
    #[requires_scopes("entries:read")]
    #[tool]
    async fn count_entries(&self) -> Result<String, ErrorData> {
        let caller = Caller::current();
        let subject = caller.token().and_then(|token| token.subject());
        Ok(format!("42 of {}", subject.unwrap_or("nobody")))
    }

    /// Creates an entry.
    #[requires_scopes("entries:write")]
    #[tool]
    async fn create_entry(&self) -> Result<String, ErrorData> {
        Ok("created".to_owned())
    }

    /// Writes in a notebook.
    #[requires_scopes("notebooks:{notebook}:write")]
    #[tool]
    async fn write_in_notebook(
        &self,
        Parameters(Notebook { notebook }): Parameters<Notebook>,
    ) -> Result<String, ErrorData> {
        Ok(format!("written in {notebook}"))
    }

    /// Reads a notebook.
    #[requires_scopes("notebooks:{notebook}:read")]
    #[tool]
    async fn read_notebook(
        &self,
        Parameters(Notebook { notebook }): Parameters<Notebook>,
    ) -> Result<String, ErrorData> {
        Ok(format!("notebook {notebook}"))
    }
}

#[scoped_handler]
#[tool_handler]
impl ServerHandler for Journal {}
