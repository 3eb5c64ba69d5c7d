//! The body of every refusal is an object that no client takes for an answer: `error` and
//! `error_description`, or a JSON-RPC error with the id of the request.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use scopes_core::testing::caller;
use scopes_core::token::{AcceptToken, VerifyTokenError};
use scopes_core::{PresentedToken, TokenVerifier, VerifiedToken};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::requests::{MODES, open};
use crate::site::{Answer, Mode, Site, gate, token};

type Headers<'a> = &'a [(&'a str, &'a str)];

fn assert_names_an_error(answer: &Answer, case: &str) {
    let body: Value = serde_json::from_slice(&answer.body).expect(case);
    assert_eq!(answer.headers["content-type"], "application/json", "{case}");
    let is_text = |member: &str| body[member].as_str().is_some_and(|text| !text.is_empty());
    assert!(
        is_text("error") && is_text("error_description"),
        "{case}: {body}"
    );
}

fn assert_is_rpc_error(answer: &Answer, id: &Value, case: &str) {
    let body = answer.message();
    assert_eq!(body["jsonrpc"], "2.0", "{case}: {body}");
    assert_eq!(body.get("id"), Some(id), "{case}: {body}");
    assert!(body["error"]["code"].is_i64(), "{case}: {body}");
    let message = body["error"]["message"].as_str();
    assert!(
        message.is_some_and(|text| !text.is_empty()),
        "{case}: {body}"
    );
    assert!(body.get("result").is_none(), "{case}: {body}");
}

#[tokio::test]
async fn refusals_of_the_layer_name_an_error() {
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let valid = format!("Bearer {}", token("ada", ""));
    let metadata = "/.well-known/oauth-protected-resource/mcp";
    let register = "/.well-known/oauth-authorization-server";
    let cases: [(&str, Headers<'_>, u16); 9] = [
        ("/mcp", &[], 401),
        ("/mcp", &[("authorization", "Bearer unknown")], 401),
        ("/mcp", &[("authorization", "Basic YTpi")], 401),
        (
            "/mcp",
            &[("authorization", "Bearer a"), ("authorization", "Bearer b")],
            400,
        ),
        (
            "/mcp",
            &[
                ("authorization", &valid),
                ("origin", "https://mallory.example"),
            ],
            403,
        ),
        (
            "/mcp",
            &[("authorization", &valid), ("host", "mallory.example")],
            403,
        ),
        (metadata, &[], 405),
        (register, &[], 404),
        ("/register", &[("authorization", &valid)], 404),
    ];
    let site = Site::new(Mode::StatelessJson);
    for (path, headers, status) in cases {
        let case = format!("{path} {headers:?}");
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = site
            .send(request.body(Body::from(call)).expect("a request"))
            .await;
        assert_eq!(answer.status, status, "{case}");
        assert_names_an_error(&answer, &case);
    }
}

/// A verifier whose authorization server cannot be reached.
struct Unavailable;

impl TokenVerifier for Unavailable {
    async fn verify(
        &self,
        _: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let retry_after = Duration::from_secs(1);
        std::future::ready(Err(VerifyTokenError::Unavailable { retry_after })).await
    }
}

#[tokio::test]
async fn an_unavailable_verifier_names_an_error() {
    let site = Site::with_verifier(Mode::StatelessJson, Unavailable);
    let answer = site.post(Some("down"), &[], "{}").await;
    assert_eq!(answer.status, 503);
    assert_names_an_error(&answer, "503");
    assert!(answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn refusals_of_the_gate_answer_the_request() {
    let ada = token("ada", "");
    let call = |name: &str| {
        json!({ "jsonrpc": "2.0", "id": "seven", "method": "tools/call", "params": { "name": name } })
            .to_string()
    };
    // Above the default `max_body_bytes` of 4 MiB.
    let long = format!("\"{}\"", "a".repeat(5 << 20));
    let (known, unknown) = (Value::from("seven"), Value::Null);
    let cases: [(&str, String, Headers<'_>, u16, &Value); 11] = [
        ("denied", call("create_tag"), &[], 403, &known),
        ("undeclared", call("nothing"), &[], 200, &known),
        (
            "contradicted",
            call("create_tag"),
            &[("mcp-method", "ping")],
            400,
            &known,
        ),
        (
            "encoded",
            call("create_tag"),
            &[("content-encoding", "gzip")],
            415,
            &unknown,
        ),
        ("not JSON", "{".to_owned(), &[], 400, &unknown),
        ("batch", "[]".to_owned(), &[], 400, &unknown),
        ("too long", long, &[], 413, &unknown),
        (
            "session",
            call("create_tag"),
            &[("mcp-session-id", "unknown")],
            404,
            &known,
        ),
        (
            "session and no message",
            "{".to_owned(),
            &[("mcp-session-id", "unknown")],
            404,
            &unknown,
        ),
        (
            "session and contradicted",
            call("create_tag"),
            &[("mcp-session-id", "unknown"), ("mcp-method", "ping")],
            404,
            &known,
        ),
        (
            "resumed outside of a session",
            call("create_tag"),
            &[("last-event-id", "1")],
            400,
            &known,
        ),
    ];
    for mode in MODES {
        let site = Site::new(mode);
        for (case, body, headers, status, id) in &cases {
            let session = open(&site, mode).await;
            let mut headers = headers.to_vec();
            if let Some(session) = session.as_deref()
                && !case.starts_with("session")
                && !case.starts_with("resumed")
            {
                headers.push(("mcp-session-id", session));
            }
            let answer = site.post(Some(&ada), &headers, body.clone()).await;
            assert_eq!(answer.status, *status, "{case}: {:?}", answer.message());
            assert_is_rpc_error(&answer, id, case);
        }
    }
}

/// A gate without the layer around it, after a layer that only puts the token into the request.
#[tokio::test]
async fn a_gate_alone_answers_completely() {
    let post = |body: String| Request::post("/mcp").body(Full::new(Bytes::from(body)));
    let call = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": "create_tag" } });
    let gate = gate().layer(service_fn(|_: Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::new())))
    }));
    for (caller, status, id, challenge, message) in [
        (
            None,
            401,
            Value::Null,
            "Bearer",
            "missing_token: An access token is required.",
        ),
        (
            Some(caller("ada", "tags:read")),
            403,
            json!(7),
            "Bearer error=\"insufficient_scope\", scope=\"tags:read tags:write\", error_description=\"tags:write is required.\"",
            "insufficient_scope: tags:write is required.",
        ),
    ] {
        let mut request = post(call.to_string()).expect("a request");
        if let Some(caller) = caller {
            let caller = caller.expect("valid scopes");
            let token = caller.token().expect("a token").clone();
            request.extensions_mut().insert(token);
        }
        let response = gate.clone().oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["www-authenticate"], challenge);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let length = response.body().size_hint().exact();
        let body = response.into_body().collect().await.expect("a body");
        let body = body.to_bytes();
        assert_eq!(length, Some(body.len() as u64));
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(body["id"], id, "{body}");
        assert_eq!(body["error"]["message"], message, "{body}");
        assert_eq!(body["error"]["code"], -31403, "{body}");
    }
}

/// Two shipped clients show a person the `message` and nothing else of a refusal.
#[tokio::test]
async fn the_message_of_a_refusal_has_its_code_and_its_description() {
    for mode in MODES {
        let site = Site::new(mode);
        let session = open(&site, mode).await;
        let session = session.as_deref().map(|id| ("mcp-session-id", id));
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "create_tag" },
        });
        let headers: Vec<_> = session.into_iter().collect();
        let answer = site
            .post(Some(&token("ada", "")), &headers, call.to_string())
            .await;
        assert_eq!(answer.status, 403);
        let error = &answer.message()["error"];
        let description = error["data"]["error_description"].as_str();
        let description = description.expect("a description");
        let challenge = answer.challenge().expect("a challenge");
        assert!(
            challenge.contains(&format!("error_description=\"{description}\"")),
            "{challenge}"
        );
        assert_eq!(
            error["message"],
            format!("insufficient_scope: {description}"),
            "{error}"
        );
    }
}
