//! The tools for notebooks. A client can be given the scope of one notebook alone.

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::schemars::{self, JsonSchema};
use rmcp::{tool, tool_router};
use scopes_core::requires_scopes;
use serde::{Deserialize, Serialize};

use crate::journal::{
    Entry, EntryDraft, EntryPage, EntryQuery, Notebook, NotebookDraft, UseJournalError,
};
use crate::server::{CallToolError, EpicMe};

/// An entry, and the notebook to write it in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EntryForNotebook {
    /// The number of the notebook.
    notebook: i64,
    /// The title, up to 200 characters.
    title: String,
    /// The content, up to 100000 characters.
    content: String,
}

/// A notebook, and what to do with it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UseNotebook {
    /// The number of the notebook.
    notebook: i64,
    /// The action.
    action: NotebookAction,
    /// The new title, for `rename`.
    title: Option<String>,
    /// Where to go on, for `list_entries`: the `next_cursor` of the page before.
    cursor: Option<i64>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum NotebookAction {
    /// Lists the entries, newest first.
    ListEntries,
    /// Changes the title.
    Rename,
}

/// The notebook, and its entries if they were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UsedNotebook {
    /// The notebook.
    pub notebook: Notebook,
    /// One page of its entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<EntryPage>,
}

/// All notebooks, by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotebookList {
    /// The notebooks.
    pub notebooks: Vec<Notebook>,
}

#[tool_router(router = notebook_tools, vis = "pub(in crate::server)")]
impl EpicMe {
    /// Lists all notebooks, by number.
    #[requires_scopes(any("entries:read", "entries:write"))]
    #[tool(
        title = "List notebooks",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn list_notebooks(&self) -> Result<Json<NotebookList>, CallToolError> {
        Ok(Json(self.all_notebooks().await?))
    }

    /// Makes a notebook.
    #[requires_scopes("entries:write")]
    #[tool(
        title = "Make a notebook",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn create_notebook(
        &self,
        Parameters(draft): Parameters<NotebookDraft>,
    ) -> Result<Json<Notebook>, CallToolError> {
        let notebook = self.own_journal(move |own| own.create_notebook(&draft));
        Ok(Json(notebook.await?))
    }

    /// Writes an entry in a notebook.
    #[requires_scopes("notebooks:{notebook}:write")]
    #[tool(
        title = "Write in a notebook",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn write_in_notebook(
        &self,
        Parameters(EntryForNotebook {
            notebook,
            title,
            content,
        }): Parameters<EntryForNotebook>,
    ) -> Result<Json<Entry>, CallToolError> {
        let draft = EntryDraft {
            title,
            content,
            ..EntryDraft::default()
        };
        let entry = self.own_journal(move |own| own.create_entry(notebook, &draft));
        Ok(Json(entry.await?))
    }

    /// Lists the entries of a notebook, or renames it.
    #[requires_scopes(match(
        action,
        "list_entries" => "notebooks:{notebook}:read",
        "rename" => "notebooks:{notebook}:write",
    ))]
    #[tool(
        title = "Use a notebook",
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn use_notebook(
        &self,
        Parameters(UseNotebook {
            notebook,
            action,
            title,
            cursor,
        }): Parameters<UseNotebook>,
    ) -> Result<Json<UsedNotebook>, CallToolError> {
        let used = self.own_journal(move |own| match action {
            NotebookAction::ListEntries => {
                let query = EntryQuery {
                    notebook_id: Some(notebook),
                    cursor,
                    ..EntryQuery::default()
                };
                Ok(UsedNotebook {
                    notebook: own.notebook(notebook)?,
                    page: Some(own.entries(&query)?),
                })
            }
            NotebookAction::Rename => Ok(UsedNotebook {
                notebook: own.rename_notebook(notebook, &title.unwrap_or_default())?,
                page: None,
            }),
        });
        Ok(Json(used.await?))
    }
}

impl EpicMe {
    pub(in crate::server) async fn all_notebooks(&self) -> Result<NotebookList, UseJournalError> {
        let notebooks = self.own_journal(|own| {
            Ok(NotebookList {
                notebooks: own.notebooks()?,
            })
        });
        notebooks.await
    }
}
