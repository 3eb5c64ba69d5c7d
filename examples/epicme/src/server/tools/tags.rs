//! The tools for tags.

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::schemars::{self, JsonSchema};
use rmcp::{tool, tool_router};
use scopes_core::requires_scopes;
use serde::{Deserialize, Serialize};

use crate::journal::{Tag, TagChange, TagDraft, UseJournalError};
use crate::server::{CallToolError, EpicMe};

/// The tag to use.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TagId {
    /// The tag's number.
    id: i64,
}

/// All tags, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TagList {
    /// The tags.
    pub tags: Vec<Tag>,
}

/// The tag is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeletedTag {
    /// The number it had.
    pub deleted_tag_id: i64,
}

#[tool_router(router = tag_tools, vis = "pub(in crate::server)")]
impl EpicMe {
    /// Makes a tag, of which no other has the name.
    #[requires_scopes("tags:write")]
    #[tool(
        title = "Make a tag",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn create_tag(
        &self,
        Parameters(draft): Parameters<TagDraft>,
    ) -> Result<Json<Tag>, CallToolError> {
        let tag = self.own_journal(move |own| own.create_tag(&draft));
        Ok(Json(tag.await?))
    }

    /// Reads a tag.
    #[requires_scopes(any("tags:read", "tags:write"))]
    #[tool(
        title = "Read a tag",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn get_tag(
        &self,
        Parameters(TagId { id }): Parameters<TagId>,
    ) -> Result<Json<Tag>, CallToolError> {
        let tag = self.own_journal(move |own| own.tag(id));
        Ok(Json(tag.await?))
    }

    /// Lists all tags, by name.
    #[requires_scopes(any("tags:read", "tags:write"))]
    #[tool(
        title = "List tags",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn list_tags(&self) -> Result<Json<TagList>, CallToolError> {
        Ok(Json(self.all_tags().await?))
    }

    /// Changes a tag, on every entry that has it. What is left out stays as it is.
    #[requires_scopes("tags:write")]
    #[tool(
        title = "Change a tag",
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn update_tag(
        &self,
        Parameters(change): Parameters<TagChange>,
    ) -> Result<Json<Tag>, CallToolError> {
        let tag = self.own_journal(move |own| own.update_tag(&change));
        Ok(Json(tag.await?))
    }

    /// Deletes a tag for good, and takes it off every entry.
    #[requires_scopes("tags:write")]
    #[tool(
        title = "Delete a tag",
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn delete_tag(
        &self,
        Parameters(TagId { id }): Parameters<TagId>,
    ) -> Result<Json<DeletedTag>, CallToolError> {
        self.own_journal(move |own| own.delete_tag(id)).await?;
        Ok(Json(DeletedTag { deleted_tag_id: id }))
    }
}

impl EpicMe {
    pub(in crate::server) async fn all_tags(&self) -> Result<TagList, UseJournalError> {
        let tags = self.own_journal(|own| Ok(TagList { tags: own.tags()? }));
        tags.await
    }
}
