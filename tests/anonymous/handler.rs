//! A handler that is written by hand: its pages may be cached by anybody, its tools start tasks, handle
//! refusals, and ask in spawned tasks.

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock,
    CreateTaskResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
    Task, TaskStatus, Tool,
};
use rmcp::service::RequestContext as Context;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use scopes_core::{AuthorizeError, requires_scopes, scoped_handler};
use serde_json::{Map, Value, json};

use crate::journal::secret;
use crate::late::INSUFFICIENT;
use crate::refused::CHALLENGE;
use crate::site::{NEWEST, Site, VERSIONS, builder, call, verifier};

struct Odd;

impl Odd {
    #[requires_scopes(public, server = "odd", tool = "start")]
    fn start() -> CallToolResponse {
        let time = "2026-11-26T00:00:00Z";
        let task = Task::new("task-1", TaskStatus::Working, time, time);
        CreateTaskResult::new(task).into()
    }

    /// Fails for another reason than the refusal, which it handles.
    #[requires_scopes(public, server = "odd", tool = "look_up")]
    #[allow(clippy::unnecessary_wraps, reason = "a tool returns a result")]
    fn look_up() -> Result<CallToolResponse, ErrorData> {
        let _ = secret();
        Ok(CallToolResult::error(vec![ContentBlock::text("The database is down.")]).into())
    }

    /// The same, at a wait.
    #[requires_scopes(public, server = "odd", tool = "wait")]
    async fn wait() -> Result<CallToolResponse, ErrorData> {
        let _ = secret();
        tokio::task::yield_now().await;
        Self::look_up()
    }

    /// Loses its caller.
    #[requires_scopes(public, server = "odd", tool = "spawn")]
    async fn spawn() -> Result<CallToolResponse, ErrorData> {
        let spawned = tokio::spawn(async { secret() }).await;
        Err(spawned.expect("no panic").expect_err("no caller").into())
    }

    /// The same, with the refusal as a text.
    #[requires_scopes(public, server = "odd", tool = "spawn_text")]
    async fn spawn_text() -> Result<CallToolResponse, ErrorData> {
        let spawned = tokio::spawn(async { secret() }).await;
        let refusal = spawned.expect("no panic").expect_err("no caller");
        Ok(CallToolResult::error(vec![ContentBlock::text(refusal.to_string())]).into())
    }

    #[requires_scopes("entries:read", server = "odd", tool = "read")]
    fn read() -> Result<CallToolResponse, AuthorizeError> {
        Ok(CallToolResult::success(Vec::new()).into())
    }
}

#[scoped_handler(server = "odd", anonymous = "public", security_schemes = true)]
impl ServerHandler for Odd {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder();
        ServerConfig::new(capabilities.enable_tools().build())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: Context<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match &*request.name {
            "start" => Ok(Self::start()),
            "look_up" => Self::look_up(),
            "wait" => Self::wait().await,
            "spawn" => Self::spawn().await,
            "spawn_text" => Self::spawn_text().await,
            _ => Ok(Self::read()?),
        }
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        _: Context<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let is_second = page.is_some_and(|page| page.cursor.is_some());
        let names: &[&'static str] = if is_second {
            &["start", "look_up", "wait"]
        } else {
            &["read", "spawn", "spawn_text"]
        };
        let tools = names
            .iter()
            .map(|name| Tool::new(*name, "a tool", Map::new()));
        let mut list = ListToolsResult::with_all_items(tools.collect());
        list.next_cursor = (!is_second).then(|| "2".into());
        Ok(list.with_cache_scope(CacheScope::Public))
    }
}

async fn site() -> Site {
    Site::of(builder(|| Odd, "odd", verifier())).await
}

/// A shared cache would serve the list of one caller to another.
#[tokio::test(flavor = "multi_thread")]
async fn lists_that_differ_by_caller_are_private() {
    let site = site().await;
    let pages = [
        ("tools/list", json!({})),
        ("tools/list", json!({ "cursor": "2" })),
    ];
    for (method, params) in pages {
        for by in [&[][..], &[("authorization", "Bearer ada")]] {
            let answer = site.ask_in(None, by, NEWEST, method, params.clone());
            let answer = answer.await.message();
            let scope = &answer["result"]["cacheScope"];
            assert_eq!(scope, "private", "{method} {params} {by:?}: {answer}");
        }
    }
}

/// The type of its context has another name.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_filtered_whatever_its_types_are_called() {
    let site = site().await;
    for version in VERSIONS {
        let listed = site.ask(version, "tools/list", json!({})).await;
        assert!(listed.body.contains("spawn"), "{listed:?}");
        assert!(!listed.body.contains("\"read\""), "{listed:?}");
    }
}

async fn result(site: &Site, by: Option<&str>, tool: &str) -> Value {
    let authorization = by.map(|token| format!("Bearer {token}"));
    let mut headers = vec![
        ("mcp-protocol-version", NEWEST),
        ("mcp-method", "tools/call"),
        ("mcp-name", tool),
    ];
    headers.extend(
        authorization
            .iter()
            .map(|value| ("authorization", &**value)),
    );
    let mut message = crate::site::request(NEWEST, "tools/call", call(tool));
    message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
        json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let answer = site.post(&headers, &message).await;
    assert_eq!(answer.status, 200, "{tool}: {answer:?}");
    answer.message()["result"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_takes_a_token() {
    let site = site().await;
    let refused = result(&site, None, "start").await;
    assert_eq!(refused["isError"], true, "{refused}");
    assert_eq!(refused["_meta"]["mcp/www_authenticate"], json!([CHALLENGE]));
    assert!(!refused.to_string().contains("task-1"), "{refused}");
    let started = result(&site, Some("ada"), "start").await;
    assert_eq!(started["taskId"], "task-1", "{started}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handled_refusal_asks_nobody_to_sign_in() {
    let site = site().await;
    for by in [None, Some("ada"), Some("bob")] {
        for tool in ["look_up", "wait"] {
            let failed = result(&site, by, tool).await;
            assert_eq!(failed["isError"], true, "{by:?} {tool}: {failed}");
            let challenge = &failed["_meta"]["mcp/www_authenticate"];
            assert!(challenge.is_null(), "{by:?} {tool}: {failed}");
        }
    }
}

/// A spawned task has no caller. One without a token may sign in; one with a token has.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_caller_is_asked_for_a_token_only_without_one() {
    let site = site().await;
    let refused = result(&site, None, "spawn").await;
    assert_eq!(refused["_meta"]["mcp/www_authenticate"], json!([CHALLENGE]));
    for tool in ["spawn", "spawn_text"] {
        for by in ["ada", "bob"] {
            let lost = result(&site, Some(by), tool).await;
            assert_eq!(lost["isError"], true, "{by} {tool}: {lost}");
            let challenge = &lost["_meta"]["mcp/www_authenticate"];
            assert!(challenge.is_null(), "{by} {tool}: {lost}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gate_refuses_is_a_status() {
    let site = site().await;
    let ada = [("authorization", "Bearer ada")];
    let refused = site.ask_in(None, &ada, NEWEST, "tools/call", call("read"));
    assert_eq!(refused.await.headers["www-authenticate"], INSUFFICIENT);
}
