//! The tool that says who is calling.

use rmcp::handler::server::wrapper::Json;
use rmcp::schemars::{self, JsonSchema};
use rmcp::{tool, tool_router};
use scopes_core::{Caller, requires_scopes};
use serde::Serialize;

use crate::journal::{UseJournalError, User};
use crate::server::{CallToolError, EpicMe};

/// The user, and what they let the client do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Whoami {
    /// The user.
    pub user: User,
    /// The client that the user let in, if the token names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The scopes that the user granted it.
    pub scopes: Vec<String>,
}

#[tool_router(router = user_tools, vis = "pub(in crate::server)")]
impl EpicMe {
    /// Says who the user is, and which scopes they granted.
    #[requires_scopes("user:read")]
    #[tool(
        title = "Who am I?",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn whoami(&self) -> Result<Json<Whoami>, CallToolError> {
        Ok(Json(self.current_user().await?))
    }
}

impl EpicMe {
    pub(in crate::server) async fn current_user(&self) -> Result<Whoami, UseJournalError> {
        let user = self.own_journal(|own| Ok(own.user().clone())).await?;
        let caller = Caller::current();
        let token = caller.token().ok_or(UseJournalError::UnknownUser)?;
        Ok(Whoami {
            user,
            client_id: token.client_id().map(str::to_owned),
            scopes: token.scopes().names().map(str::to_owned).collect(),
        })
    }
}
