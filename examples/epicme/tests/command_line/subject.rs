//! Users that the authorization server names by another claim than `sub`.

use std::collections::BTreeMap;

use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::log::address;
use crate::program::Home;

/// An authorization server that answers as django-oauth-toolkit does: without `sub`. The token is the port of
/// the MCP server that it is for.
async fn authorization_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    let metadata = json!({
        "issuer": issuer,
        "introspection_endpoint": format!("{issuer}/introspect"),
    });
    let answer = async |Form(form): Form<BTreeMap<String, String>>| {
        let port: Option<u16> = form["token"].parse().ok();
        Json(match port {
            Some(port) => json!({
                "active": true,
                "aud": [format!("http://127.0.0.1:{port}/mcp")],
                "client_id": "mcp-client",
                "scope": "user:read",
                "username": "ada",
            }),
            None => json!({ "active": false }),
        })
    };
    let metadata_path = "/.well-known/oauth-authorization-server";
    let routes = Router::new()
        .route(metadata_path, get(async || Json(metadata)))
        .route("/introspect", post(answer));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    issuer
}

/// Returns the answer of the tool `whoami` to a caller with a token for this server.
pub(crate) async fn whoami(address: &str, token: &str) -> Value {
    let message = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "whoami",
            "arguments": {},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let request = reqwest::Client::new()
        .post(format!("http://{address}/mcp"))
        .bearer_auth(token)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "whoami")
        .json(&message);
    let answer = request.send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_claim_of_the_subject_is_an_option() {
    let issuer = authorization_server().await;
    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "sesame").expect("a secret");
    let settings = [
        "--listen",
        "127.0.0.1:0",
        "--authorization-server",
        &issuer,
        "--verify",
        "introspection",
        "--client-id",
        "me",
        "--client-secret-file",
        secret.to_str().expect("UTF-8"),
    ];
    let (mut program, _log) = home.start_logged(&settings);
    let address_of = |program| {
        let address: String = address(program);
        let port = address.rsplit(':').next().expect("a port").to_owned();
        (address, port)
    };
    let (address, port) = address_of(&mut program);
    let refused = whoami(&address, &port).await;
    assert!(refused.to_string().contains("whose journal"), "{refused}");

    let named = [&settings[..], &["--subject-claim", "username"]].concat();
    let (mut program, _log) = home.start_logged(&named);
    let (address, port) = address_of(&mut program);
    let said = whoami(&address, &port).await;
    let user = &said["result"]["structuredContent"]["user"];
    assert_eq!(user["subject"], "ada", "{said}");
}
