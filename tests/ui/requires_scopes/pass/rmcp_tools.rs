use scopes_core::requires_scopes;

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("tags:read")]
    TagsRead,
}

fn reader() -> scopes_core::Caller {
    scopes_core::testing::caller("ada", "entries:read").unwrap()
}

use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, GetPromptResult, PromptMessage};
use rmcp::{ErrorData, Json, prompt, prompt_router, tool, tool_router};
use scopes_core::{AuthorizeError, OperationKind, Registry};

#[derive(Clone)]
struct Journal;

#[tool_router]
impl Journal {
    /// Lists the entries.
    #[requires_scopes("entries:read")]
    #[tool]
    async fn list_entries(&self) -> Result<String, String> {
        Ok("entries".to_owned())
    }

    #[requires_scopes("entries:write")]
    #[tool(name = "create", description = "Creates an entry")]
    fn create_entry(&self) -> Result<String, String> {
        Ok("created".to_owned())
    }

    // A `cfg_attr` is expanded before the attributes above it.
    #[requires_scopes("entries:write")]
    #[cfg_attr(all(), tool(name = "update", description = "Updates an entry"))]
    async fn update_entry(&self) -> Result<String, String> {
        Ok("updated".to_owned())
    }

    #[tool(name = "delete", description = "Deletes an entry")]
    #[requires_scopes("entries:write", tool = "delete")]
    async fn delete_entry(&self) -> Result<String, String> {
        Ok("deleted".to_owned())
    }
}

/// What the compile error advises for a function that returns the type alone.
#[tool_router(router = advised)]
impl Journal {
    /// Tells a text.
    #[requires_scopes("tags:read", server = "advised")]
    #[tool]
    async fn text(&self) -> Result<String, AuthorizeError> {
        Ok("text".to_owned())
    }

    /// Tells a text at once.
    #[requires_scopes("tags:read", server = "advised")]
    #[tool]
    fn text_at_once(&self) -> Result<String, AuthorizeError> {
        Ok("text".to_owned())
    }

    /// Tells nothing.
    #[requires_scopes("tags:read", server = "advised")]
    #[tool]
    async fn nothing(&self) -> Result<(), AuthorizeError> {
        Ok(())
    }

    /// Tells a result.
    #[requires_scopes("tags:read", server = "advised")]
    #[tool]
    async fn result(&self) -> Result<CallToolResult, AuthorizeError> {
        Ok(CallToolResult::success(Vec::<ContentBlock>::new()))
    }

    /// Tells a response.
    #[requires_scopes("tags:read", server = "advised")]
    #[tool]
    async fn response(&self) -> Result<CallToolResponse, AuthorizeError> {
        Ok(CallToolResult::success(Vec::<ContentBlock>::new()).into())
    }

    /// Tells structured content.
    #[requires_scopes("tags:read", server = "advised")]
    #[tool]
    async fn structured(&self) -> Result<Json<Vec<String>>, AuthorizeError> {
        Ok(Json(Vec::new()))
    }

    /// Tells a block.
    #[requires_scopes("tags:read", server = "advised")]
    #[tool]
    async fn block(&self) -> Result<ContentBlock, AuthorizeError> {
        Ok(ContentBlock::text("text"))
    }
}

#[prompt_router]
impl Journal {
    /// Suggests.
    #[requires_scopes("tags:read", server = "advised")]
    #[prompt]
    async fn prompt(&self) -> Result<GetPromptResult, ErrorData> {
        Ok(GetPromptResult::new(Vec::new()))
    }

    /// Suggests messages.
    #[requires_scopes("tags:read", server = "advised")]
    #[prompt]
    async fn messages(&self) -> Result<Vec<PromptMessage>, ErrorData> {
        Ok(Vec::new())
    }
}

fn main() {
    use futures::executor::block_on;
    let served: Vec<_> = Journal::tool_router().list_all().into_iter().map(|tool| tool.name.to_string()).collect();
    assert!(served.contains(&"delete".to_owned()));
    assert_eq!(Journal::advised().list_all().len(), 7);
    assert_eq!(Journal::prompt_router().list_all().len(), 2);
    let registry = Registry::of_program().of_server("");
    let operations = registry.operations();
    let listed: Vec<_> = operations.iter().map(|operation| (operation.kind, &*operation.name)).collect();
    assert_eq!(
        listed,
        [
            (OperationKind::Tool, "create"),
            (OperationKind::Tool, "delete"),
            (OperationKind::Tool, "list_entries"),
            (OperationKind::Tool, "update"),
        ],
    );
    assert!(block_on(Journal.list_entries()).is_err());
    assert!(Journal.create_entry().is_err());
    assert!(block_on(Journal.update_entry()).is_err());
    assert!(block_on(Journal.delete_entry()).is_err());
    assert_eq!(block_on(reader().run(Journal.list_entries())), Ok("entries".to_owned()));
    assert!(block_on(reader().run(Journal.delete_entry())).is_err());
}
