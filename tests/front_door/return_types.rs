//! Tools that return what the compile error for a plain return type advises.

use axum::Router;
use rmcp::model::{CallToolResult, ContentBlock};
use rmcp::{ErrorData, Json, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::rmcp::protect;
use scopes_core::{AuthorizeError, requires_scopes, scoped_handler};

use crate::client::{call, serve};
use crate::journal::{Scope, builder, verifier};
use crate::nginx::{Door, HOSTS};

#[derive(Clone)]
struct Diary;

#[tool_router]
impl Diary {
    /// Returns text.
    #[requires_scopes("entries:read", catalog = Scope, server = "diary")]
    #[tool]
    async fn text(&self) -> Result<String, AuthorizeError> {
        Ok("Dear diary".to_owned())
    }

    /// Returns text, or text that says what is wrong.
    #[requires_scopes("entries:read", catalog = Scope, server = "diary")]
    #[tool]
    async fn text_or_text(&self) -> Result<String, String> {
        Ok("Dear diary".to_owned())
    }

    /// Returns a result of rmcp.
    #[requires_scopes("entries:read", catalog = Scope, server = "diary")]
    #[tool]
    async fn result(&self) -> Result<CallToolResult, ErrorData> {
        let text = ContentBlock::text("Dear diary");
        Ok(CallToolResult::success(vec![text]))
    }

    /// Returns structured content.
    #[requires_scopes("entries:read", catalog = Scope, server = "diary")]
    #[tool]
    fn structured(&self) -> Result<Json<Vec<String>>, AuthorizeError> {
        Ok(Json(vec!["Dear diary".to_owned()]))
    }
}

#[scoped_handler(server = "diary")]
#[tool_handler]
impl ServerHandler for Diary {}

#[tokio::test(flavor = "multi_thread")]
async fn tools_of_every_advised_return_type_are_refused_and_served() {
    for lines in HOSTS {
        let door = Door::choose();
        let url = format!("{}/mcp", door.origin);
        let server = builder(&url).name("diary").build().expect("valid settings");
        let diary = protect(|| Ok(Diary), server, verifier()).await;
        let app = serve(Router::from(diary.expect("everything is annotated"))).await;
        let nginx = door.forward(app, lines);
        for tool in ["text", "text_or_text", "result", "structured"] {
            let refused = call(&nginx.client, &url, Some("nothing"), tool).await;
            assert_eq!(refused.status, 403, "{tool}: {}", refused.body);
            assert_eq!(refused.parameter("scope"), Some("entries:read"), "{tool}");
            let answer = call(&nginx.client, &url, Some("reader"), tool).await;
            assert_eq!(answer.status, 200, "{tool}");
            assert!(
                answer.body.contains("Dear diary"),
                "{tool}: {}",
                answer.body
            );
        }
    }
}
