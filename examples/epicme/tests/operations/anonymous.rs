//! Clients without a token: they call `about` if the operator admits them.

use serde_json::{Value, json};

use crate::client::{ALL, Server, http, start, start_with};

/// Sends a request without a token. Returns the status and the body.
async fn ask(server: &Server, method: &str, mut params: Value) -> (u16, Value) {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut request = http()
        .post(server.url())
        .header("Content-Type", "application/json")
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", method);
    if let Some(name) = params["name"].as_str() {
        request = request.header("Mcp-Name", name);
    }
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let response = request.body(message.to_string()).send().await;
    let response = response.expect("a response");
    let status = response.status().as_u16();
    let body = response.text().await.expect("a body");
    (status, serde_json::from_str(&body).expect("JSON"))
}

async fn call(server: &Server, tool: &str) -> (u16, Value) {
    ask(
        server,
        "tools/call",
        json!({ "name": tool, "arguments": {} }),
    )
    .await
}

#[tokio::test]
async fn a_token_is_required_by_default() {
    let server = start().await;
    for tool in ["about", "whoami"] {
        assert_eq!(call(&server, tool).await.0, 401, "{tool}");
    }
    assert_eq!(ask(&server, "tools/list", json!({})).await.0, 401);
    // Any token is enough for what is public.
    let about = server.client("ada", "").tool("about", json!({})).await;
    assert_eq!(about.done()["name"], "EpicMe");
}

#[tokio::test]
async fn clients_without_a_token_call_what_is_public() {
    let server = start_with(|options| options.anonymous = true).await;
    let (status, about) = call(&server, "about").await;
    assert_eq!(status, 200, "{about}");
    let scopes = about["result"]["structuredContent"]["scopes"].as_array();
    let scopes = scopes.expect("scopes").iter();
    let names = scopes.map(|scope| scope["name"].as_str().expect("a name"));
    let names: Vec<_> = names.filter(|name| !name.contains('{')).collect();
    assert_eq!(names.join(" "), ALL);
    let (status, list) = ask(&server, "tools/list", json!({})).await;
    assert_eq!(status, 200);
    let tools = list["result"]["tools"].as_array().expect("tools");
    assert_eq!(tools.len(), 1, "{list}");
    assert_eq!(tools[0]["name"], "about");
    for tool in ["whoami", "list_entries", "nothing"] {
        assert_eq!(call(&server, tool).await.0, 401, "{tool}");
    }
    let client = server.client("ada", ALL);
    let list = client.request("tools/list", json!({})).await.done();
    assert!(
        list["tools"]
            .as_array()
            .is_some_and(|tools| tools.len() > 10)
    );
}
