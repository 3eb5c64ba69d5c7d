//! Requests to an MCP server behind the layer and the gate, by a caller who lacks `entries:read`.
//!
//! An input is a few header lines, an empty line and the body. A line without a colon is the HTTP
//! method. The handler has no guards: whatever it is asked has passed the gate.

#![no_main]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::{Corpus, fuzz_target};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use scopes_core::mcp::{AuthorizeMessageError, GateLayer, MessageRules};
use scopes_core::testing::caller;
use scopes_core::{Caller, OperationKind, ProtectedOperation, Registry, Requirement, ScopeName};
use scopes_fuzz::answer::Answer;
use scopes_fuzz::handler::{Asked, Recorder};
use scopes_fuzz::site::{SCOPES, TOKEN, protect};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt};

/// The body of rmcp's answers.
type Served = BoxBody<Bytes, Infallible>;

/// Header values that a client chooses. The others are fixed.
const HEADERS: [&str; 8] = [
    "accept",
    "content-encoding",
    "content-type",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
];

fn registry() -> Registry {
    use OperationKind::{Method, Prompt, Resource, Tool};
    let guarded = || Requirement::one(ScopeName::from_static("entries:read"));
    let operation = ProtectedOperation::at_run_time;
    [
        operation(Tool, "open", Requirement::authenticated()),
        operation(Tool, "entries.list", guarded()),
        operation(Prompt, "greet", Requirement::authenticated()),
        operation(Prompt, "suggest_tags", guarded()),
        operation(
            Resource,
            "journal://public/{id}",
            Requirement::authenticated(),
        ),
        operation(Resource, "journal://entries/{id}", guarded()),
        operation(Method, "journal/open", Requirement::authenticated()),
        operation(Method, "journal/custom", guarded()),
    ]
    .into_iter()
    .collect()
}

/// Whether the caller may ask the handler for this.
fn is_allowed(asked: &Asked) -> bool {
    match asked {
        Asked::Tool(name) => name == "open",
        Asked::Prompt(name) => name == "greet",
        Asked::Resource(uri) => uri
            .strip_prefix("journal://public/")
            .is_some_and(|id| !id.is_empty() && !id.contains('/')),
        Asked::Method(name) => name == "journal/open" || name.starts_with("notifications/"),
        // No tool starts a task.
        Asked::Task(_) => false,
    }
}

/// Marks what the server answers, so that only refusals of the layers are held to their form.
const SERVED: HeaderName = HeaderName::from_static("x-served");

struct Site {
    runtime: Runtime,
    service: BoxCloneSyncService<Request<Full<Bytes>>, Response<Served>, Infallible>,
    recorder: Recorder,
    rules: MessageRules,
    caller: Caller,
}

impl Site {
    fn new() -> Self {
        let recorder = Recorder::default();
        let handler = recorder.clone();
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_sse_keep_alive(None);
        let sessions = Arc::new(LocalSessionManager::default());
        let mcp = StreamableHttpService::new(move || Ok(handler.clone()), sessions, config);
        let mcp = ServiceExt::<Request<Full<Bytes>>>::map_response(
            mcp,
            |mut response: Response<Served>| {
                let mark = HeaderValue::from_static("yes");
                response.headers_mut().insert(SERVED, mark);
                response
            },
        );
        let gate = GateLayer::new(&registry()).layer(mcp);
        let service = protect("http://localhost/mcp", registry()).layer(gate);
        let service = ServiceExt::<Request<Full<Bytes>>>::map_response(service, |response| {
            response.map(BodyExt::boxed)
        });
        // The clock of an idle runtime jumps to the next timer, so no input waits.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let site = Self {
            runtime: runtime.expect("a runtime"),
            service: BoxCloneSyncService::new(service),
            recorder,
            rules: MessageRules::new(&registry()),
            caller: caller("ada", SCOPES).expect("a scope"),
        };
        site.assert_works();
        site
    }

    /// Asserts that the handler is reached, so that a site which denies everything is noticed.
    fn assert_works(&self) {
        let call = |tool: &str| {
            let body = format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}"}}}}"#
            );
            let status = self.answer(&read(format!("\n{body}").as_bytes()).expect("a request").0);
            (status.status.as_u16(), self.recorder.take())
        };
        assert_eq!(call("open"), (200, vec![Asked::Tool("open".to_owned())]));
        assert_eq!(call("entries.list"), (403, vec![]));
    }

    fn answer(&self, request: &Request<Full<Bytes>>) -> Answer {
        let service = self.service.clone();
        self.runtime.block_on(async {
            let answered = service.oneshot(request.clone()).await;
            let (parts, mut body) = answered.expect("infallible").into_parts();
            let mut bytes = Vec::new();
            // An event stream may stay open.
            let pause = Duration::from_millis(300);
            while let Ok(Some(Ok(frame))) = tokio::time::timeout(pause, body.frame()).await {
                bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            }
            drop(body);
            // What the request has started ends.
            tokio::time::sleep(pause).await;
            Answer::new(parts, bytes.into())
        })
    }
}

/// Reads an input; returns the request and its body.
fn read(data: &[u8]) -> Option<(Request<Full<Bytes>>, Bytes)> {
    let mut request = Request::post("/mcp").body(()).ok()?;
    let mut rest = data;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            *request.method_mut() = Method::from_bytes(line).ok()?;
            continue;
        };
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        if !HEADERS.contains(&name.as_str()) {
            return None;
        }
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request.headers_mut().append(name, value);
    }
    let body = Bytes::copy_from_slice(rest);
    let headers = request.headers_mut();
    for (name, value) in [
        ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"),
        ("host", "localhost"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    let token = HeaderValue::from_str(&format!("Bearer {TOKEN}")).ok()?;
    headers.insert("authorization", token);
    Some((request.map(|()| Full::new(body.clone())), body))
}

/// Asserts that an error answers the request that was sent.
fn assert_answers(answer: &Answer, body: &Bytes) {
    let Ok(sent) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let answered = answer.json();
    if answered["jsonrpc"] == "2.0" && !answered["id"].is_null() {
        assert_eq!(answered["id"], sent["id"], "{answer:?}");
    }
}

thread_local! {
    static SITE: Site = Site::new();
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((request, body)) = read(data) else {
        return Corpus::Reject;
    };
    SITE.with(|site| {
        let answer = site.answer(&request);
        let asked = site.recorder.take();
        assert!(asked.iter().all(is_allowed), "{asked:?}: {answer:?}");
        let decision = site.rules.authorize(&site.caller, &body);
        if answer.headers.contains_key(SERVED) {
            assert!(
                body.is_empty() || decision.is_ok(),
                "{decision:?}: {answer:?}"
            );
            assert!(
                !answer.headers.contains_key("www-authenticate"),
                "{answer:?}"
            );
            return;
        }
        assert_eq!(asked, [], "refused and asked: {answer:?}");
        answer.assert_is_refusal();
        assert_answers(&answer, &body);
        if answer.status == 403 {
            let refused = matches!(decision, Err(AuthorizeMessageError::Refused(_)));
            assert!(refused, "{decision:?}: {answer:?}");
            answer.assert_challenges(Some("insufficient_scope"));
        } else {
            assert!(
                !answer.headers.contains_key("www-authenticate"),
                "{answer:?}"
            );
        }
    });
    Corpus::Keep
});
