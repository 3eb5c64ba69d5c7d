//! Guards that run in tasks of their own, where nobody says who is calling.

use rmcp::model::{
    GetPromptRequestParams, GetPromptResult, ReadResourceRequestParams, ReadResourceResponse,
};
use rmcp::service::{RequestContext, ServiceError};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt, prompt, prompt_handler, prompt_router, tool,
    tool_handler, tool_router,
};
use scopes_core::{AuthorizeError, requires_scopes, scoped_handler};
use scopes_tests::vocabulary::Scope;
use serde_json::{Value, json};

use crate::client_of;

#[derive(Clone)]
struct Scattered;

#[requires_scopes("entries:read", catalog = Scope, unlisted)]
async fn count_entries() -> Result<u32, AuthorizeError> {
    std::future::ready(Ok(42)).await
}

async fn count_elsewhere() -> Result<u32, ErrorData> {
    let counted = tokio::spawn(count_entries()).await;
    Ok(counted.expect("it does not panic")?)
}

#[tool_router]
impl Scattered {
    #[requires_scopes("entries:read", catalog = Scope, server = "scattered")]
    #[tool]
    async fn count(&self) -> Result<String, ErrorData> {
        Ok(count_elsewhere().await?.to_string())
    }
}

#[prompt_router]
impl Scattered {
    #[requires_scopes("entries:read", catalog = Scope, server = "scattered")]
    #[prompt]
    async fn summary(&self) -> Result<GetPromptResult, ErrorData> {
        count_elsewhere().await?;
        Ok(GetPromptResult::new(Vec::new()))
    }
}

#[requires_scopes(public, server = "scattered", resource = "scattered://count")]
async fn read_count() -> Result<ReadResourceResponse, ErrorData> {
    count_elsewhere().await?;
    Err(ErrorData::internal_error("it has counted", None))
}

#[scoped_handler(server = "scattered")]
#[tool_handler]
#[prompt_handler]
impl ServerHandler for Scattered {
    async fn read_resource(
        &self,
        _: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        read_count().await
    }
}

const LOST: &str = "The server cannot tell who is calling. Its log says why.";

fn data() -> Value {
    json!({ "error": "server_error", "error_description": LOST })
}

fn error<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> ErrorData {
    match answer {
        Err(ServiceError::McpError(error)) => error,
        other => panic!("an error, not {other:?}"),
    }
}

#[tokio::test]
async fn a_guard_that_lost_its_caller_is_a_fault_of_the_server() {
    let client = client_of(Scattered, "entries:read").await;
    let called = client.call_tool(rmcp::model::CallToolRequestParams::new("count"));
    let called = called.await.expect("a result");
    assert_eq!(called.is_error, Some(true));
    let text = called.content[0].as_text().expect("a text");
    assert_eq!(text.text, LOST);
    let meta = called.meta.expect("what a client reads");
    assert_eq!(
        meta.0.get("rs.docs.scopes-core/refusal"),
        Some(&data()),
        "no code that has a client sign in"
    );

    let prompt = client.get_prompt(GetPromptRequestParams::new("summary"));
    let resource = client.read_resource(ReadResourceRequestParams::new("scattered://count"));
    for error in [error(prompt.await), error(resource.await)] {
        assert_eq!(error.code.0, -32603);
        assert_eq!(error.message, format!("server_error: {LOST}"));
        assert_eq!(error.data, Some(data()));
    }
}

#[tokio::test]
async fn who_has_no_token_is_asked_for_one() {
    let (near, far) = tokio::io::duplex(4096);
    tokio::spawn(async move {
        Scattered
            .serve(far)
            .await
            .expect("a session")
            .waiting()
            .await
    });
    let client = ().serve(near).await.expect("a session");
    let resource = client.read_resource(ReadResourceRequestParams::new("scattered://count"));
    let error = error(resource.await);
    assert_eq!(error.code.0, -31403);
    assert_eq!(error.data.expect("data")["error"], "missing_token");
}
