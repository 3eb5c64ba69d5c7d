//! The tools for entries.

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::schemars::{self, JsonSchema};
use rmcp::{tool, tool_router};
use scopes_core::requires_scopes;
use serde::{Deserialize, Serialize};

use crate::journal::{DEFAULT_NOTEBOOK, Entry, EntryChange, EntryDraft, EntryPage, EntryQuery};
use crate::server::{CallToolError, EpicMe};

/// The entry to use.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EntryId {
    /// The entry's number.
    id: i64,
}

/// A tag, and the entry to add it to.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tagging {
    /// The entry's number.
    entry_id: i64,
    /// The tag's number.
    tag_id: i64,
}

/// The entry is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeletedEntry {
    /// The number it had.
    pub deleted_entry_id: i64,
}

#[tool_router(router = entry_tools, vis = "pub(in crate::server)")]
impl EpicMe {
    /// Writes a journal entry, in notebook 1.
    #[requires_scopes("entries:write")]
    #[tool(
        title = "Write an entry",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn create_entry(
        &self,
        Parameters(draft): Parameters<EntryDraft>,
    ) -> Result<Json<Entry>, CallToolError> {
        let entry = self.own_journal(move |own| own.create_entry(DEFAULT_NOTEBOOK, &draft));
        Ok(Json(entry.await?))
    }

    /// Reads a journal entry, with its tags.
    #[requires_scopes(any("entries:read", "entries:write"))]
    #[tool(
        title = "Read an entry",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn get_entry(
        &self,
        Parameters(EntryId { id }): Parameters<EntryId>,
    ) -> Result<Json<Entry>, CallToolError> {
        let entry = self.own_journal(move |own| own.entry(id));
        Ok(Json(entry.await?))
    }

    /// Lists journal entries, newest first and without their contents, all or those with one tag.
    #[requires_scopes(any("entries:read", "entries:write"))]
    #[tool(
        title = "List entries",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn list_entries(
        &self,
        Parameters(query): Parameters<EntryQuery>,
    ) -> Result<Json<EntryPage>, CallToolError> {
        let page = self.own_journal(move |own| own.entries(&query));
        Ok(Json(page.await?))
    }

    /// Changes a journal entry. What is left out stays as it is.
    #[requires_scopes("entries:write")]
    #[tool(
        title = "Change an entry",
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn update_entry(
        &self,
        Parameters(change): Parameters<EntryChange>,
    ) -> Result<Json<Entry>, CallToolError> {
        let entry = self.own_journal(move |own| own.update_entry(&change));
        Ok(Json(entry.await?))
    }

    /// Deletes a journal entry for good. Its tags stay.
    #[requires_scopes("entries:write")]
    #[tool(
        title = "Delete an entry",
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn delete_entry(
        &self,
        Parameters(EntryId { id }): Parameters<EntryId>,
    ) -> Result<Json<DeletedEntry>, CallToolError> {
        self.own_journal(move |own| own.delete_entry(id)).await?;
        Ok(Json(DeletedEntry {
            deleted_entry_id: id,
        }))
    }

    /// Puts a tag on a journal entry, and answers with the entry.
    #[requires_scopes(all("entries:write", any("tags:read", "tags:write")))]
    #[tool(
        title = "Tag an entry",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn add_tag_to_entry(
        &self,
        Parameters(Tagging { entry_id, tag_id }): Parameters<Tagging>,
    ) -> Result<Json<Entry>, CallToolError> {
        let entry = self.own_journal(move |own| own.add_tag_to_entry(entry_id, tag_id));
        Ok(Json(entry.await?))
    }
}
