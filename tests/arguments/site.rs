//! A server behind gate and layer, with default settings, and what it answers.

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    Expression, OperationKind, ProtectedOperation, Registry, Requirement, ResourceServer,
};
use serde_json::{Value, json};
use tower::ServiceExt;

/// What came back: the status, the scopes that the challenge names, and the body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) scope: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    /// The code of the JSON-RPC error.
    pub(crate) fn code(&self) -> Option<i64> {
        self.body["error"]["code"].as_i64()
    }

    pub(crate) fn ran(&self) -> bool {
        self.status == 200 && self.body["result"]["ran"] == true
    }
}

/// A server that answers every message, behind gate and layer. A token is its scopes, with `+` for
/// spaces.
pub(crate) struct Site(Router);

impl Site {
    pub(crate) fn new(registry: &Registry, tokens: &[&str]) -> Self {
        let mut verifier = StaticVerifier::new();
        for token in tokens {
            let named = verifier.token(&bearer(token), "ada", &token.replace('+', " "));
            verifier = named.expect("scopes");
        }
        let server = ResourceServer::builder("http://localhost/mcp")
            .authorization_server("https://auth.example.com")
            .registry(registry.clone())
            .build()
            .expect("valid settings");
        let mcp = post(async || {
            let started = json!({ "ran": true, "resultType": "task", "taskId": "t1" });
            json!({ "jsonrpc": "2.0", "id": 1, "result": started }).to_string()
        });
        let gate = GateLayer::new(registry);
        let app = Router::new().route("/mcp", mcp.layer(gate));
        Self(app.layer(ProtectLayer::new(server, verifier)))
    }

    pub(crate) async fn send(&self, token: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", bearer(token)))
            .body(body.into())
            .expect("a request");
        let answered = self.0.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = answered.into_parts();
        let challenge = parts.headers.get("www-authenticate");
        let challenge = challenge.map(|it| it.to_str().expect("a text").to_owned());
        let body = body.collect().await.expect("a body").to_bytes();
        Answer {
            status: parts.status,
            scope: challenge.as_deref().and_then(scope_of),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    pub(crate) async fn call(&self, token: &str, tool: &str, arguments: &str) -> Answer {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
        );
        self.send(token, body).await
    }

    pub(crate) async fn ask(&self, token: &str, method: &str, params: Value) -> Answer {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.send(token, message.to_string()).await
    }
}

/// The token in the characters of RFC 6750 section 2.1.
fn bearer(token: &str) -> String {
    token.replace(':', "~")
}

fn scope_of(challenge: &str) -> Option<String> {
    let (_, after) = challenge.split_once("scope=\"")?;
    Some(after.split_once('"')?.0.to_owned())
}

pub(crate) fn operation(
    kind: OperationKind,
    name: &'static str,
    requires: Expression,
) -> ProtectedOperation {
    ProtectedOperation::at_run_time(kind, name, Requirement::scopes(requires))
}
