//! A call through the layer and the gate, with a token that was good before, against the server
//! alone; and deciding on a message, against skipping the same JSON.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use http_body_util::Full;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::schemars::JsonSchema;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::mcp::{GateLayer, MessageRules};
use scopes_core::revocation::Revocations;
use scopes_core::store::SharedStore;
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    OperationKind, ProtectedOperation, Registry, Requirement, ResourceServer, ScopeName, testing,
};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey};
use scopes_tests::measure::{Comparison, is_measuring, verdict};
use scopes_tests::vocabulary::Scope;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceExt, service_fn};

/// What layer and gate may add to a call, in nanoseconds, and in allocations.
const TARGET: f64 = 1000.0;
const ALLOCATIONS: u64 = 5;
/// What they may take for a refusal, in nanoseconds.
const REFUSAL: f64 = 2500.0;
/// What is no difference: two measurements of one thing are as far apart.
const NOISE: f64 = 1.05;
/// What they may add to rmcp's own time.
const SHARE: f64 = 0.06;

fn call_of(tool: &str, arguments: &Value) -> String {
    let params = json!({ "name": tool, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": 17, "method": "tools/call", "params": params }).to_string()
}

/// Tools that all require a scope that the token has.
fn registry(tools: usize) -> Registry {
    let required = ScopeName::from_static("entries:read");
    (0..tools)
        .map(|number| {
            let name: &'static str = format!("tool_{number}").leak();
            let requirement = Box::leak(Box::new(Requirement::one(required.clone())));
            let operation = ProtectedOperation::new(OperationKind::Tool, name, requirement);
            &*Box::leak(Box::new(operation))
        })
        .collect()
}

async fn bare<B: Body>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    black_box(request);
    std::future::ready(Ok(Response::new(Full::new(Bytes::from_static(b"{}"))))).await
}

fn main() {
    let key = SigningKey::rsa("1");
    let keys: JwkSet = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("keys");
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    let verifier = CachedVerifier::new(verifier.build().expect("valid settings"));
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .catalog::<Scope>();
    let server = server.build().expect("valid settings");
    let protect = ProtectLayer::new(server.clone(), verifier);
    let authorization = format!("Bearer {}", key.token());

    calls(&protect, &authorization);
    refusals(&protect, &authorization);
    sessions(&protect, &server, &authorization);
    calls_of_rmcp(&protect, &authorization);
    messages();
}

type Protection = ProtectLayer<CachedVerifier<JwtVerifier>>;

/// A request of some 300 bytes. It is cloned for each call: to make one takes longer than what is
/// measured.
fn request(authorization: &str, tool: &str) -> Request<Full<Bytes>> {
    let text = "a line of a journal ".repeat(9);
    let body = call_of(tool, &json!({ "title": "A day", "content": text }));
    Request::post("/mcp")
        .header("host", "mcp.example.com")
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("authorization", authorization)
        .body(Full::new(body.into()))
        .expect("a request")
}

fn calls(protect: &Protection, authorization: &str) {
    let (tool_7, tool_7007) = (
        request(authorization, "tool_7"),
        request(authorization, "tool_7007"),
    );
    let mut alone = service_fn(bare);
    let mut layered = protect.layer(service_fn(bare));
    let gated = |tools| {
        let gate = GateLayer::new(&registry(tools));
        protect.layer(gate.layer(service_fn(bare)))
    };
    let (mut few, mut many) = (gated(10), gated(10_000));
    let medians = Comparison::new("a call of 300 bytes, with a token that was good before")
        .case("the service alone", || call(&mut alone, tool_7.clone()))
        .case("in the layer", || call(&mut layered, tool_7.clone()))
        .case("in layer and gate, 10 tools", || {
            call(&mut few, tool_7.clone())
        })
        .case("in layer and gate, 10,000 tools", || {
            call(&mut many, tool_7007.clone())
        })
        .print();
    let added = medians[2] - medians[0];
    println!(
        "  layer and gate add {added:.0} ns; target {TARGET} ns: {}",
        verdict(added, TARGET)
    );
    let ratio = medians[3] / medians[2];
    println!(
        "  10,000 tools cost {ratio:.2} times what 10 cost; target {NOISE}: {}",
        verdict(ratio, NOISE)
    );
    let allocations = |work: &mut dyn FnMut()| {
        work();
        allocation_counter::measure(work).count_total
    };
    let prepared = || {
        let mut requests = vec![tool_7.clone(), tool_7.clone()];
        move || requests.pop().expect("one for each call")
    };
    let mut next = prepared();
    let without = allocations(&mut || drop(call(&mut alone, next())));
    let mut next = prepared();
    let with = allocations(&mut || drop(call(&mut few, next())));
    println!(
        "  they allocate {} times more; target {ALLOCATIONS}: {}",
        with - without,
        if with - without <= ALLOCATIONS {
            "met"
        } else {
            "missed"
        }
    );
}

/// A call whose token lacks both scopes, answered with the whole challenge and body.
fn refusals(protect: &Protection, authorization: &str) {
    let requirement = Requirement::all([Scope::EntriesWrite, Scope::TagsWrite]);
    let tool = ProtectedOperation::at_run_time(OperationKind::Tool, "export", requirement);
    let gate = GateLayer::new(&[tool].into_iter().collect());
    let export = request(authorization, "export");
    let mut alone = service_fn(bare);
    let mut gated = protect.layer(gate.layer(service_fn(bare)));
    assert_eq!(answer(&mut gated, export.clone()).status(), 403);
    let medians = Comparison::new("a call of 300 bytes that is refused with 403")
        .case("the service alone, which answers", || {
            call(&mut alone, export.clone())
        })
        .case("in layer and gate, which refuse", || {
            answer(&mut gated, export.clone())
        })
        .print();
    let added = medians[1] - medians[0];
    println!(
        "  layer and gate take {added:.0} ns; target {REFUSAL} ns: {}",
        verdict(added, REFUSAL)
    );
}

/// Opens a session with every answer.
async fn opening<B: Body>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut answer = bare(request).await?;
    let id = HeaderValue::from_static("eba9db59-4702-4cb9-8734-ae538a1b8374");
    answer.headers_mut().insert("mcp-session-id", id);
    Ok(answer)
}

/// The most that a store and revocations may cost of a call in a session.
const SHARED: f64 = 1.15;

fn sessions(protect: &Protection, server: &ResourceServer, authorization: &str) {
    let gate = GateLayer::new(&registry(10));
    let mut plain = protect.layer(gate.clone().layer(service_fn(bare)));
    let mut resuming = plain.clone();
    let mut opening = protect.layer(gate.layer(service_fn(opening)));
    let without = request(authorization, "tool_7");
    let opened = call(&mut opening, without.clone());
    let mut within = without.clone();
    let sealed = opened.headers()["mcp-session-id"].clone();
    within.headers_mut().insert("mcp-session-id", sealed);
    let store = SharedStore::in_memory().expect("random bytes");
    let gate = GateLayer::new(&registry(10)).store(&store, server);
    let revoking = protect.clone().revocations(&Revocations::new());
    let mut opening_shared = revoking.layer(gate.clone().layer(service_fn(self::opening)));
    let opened = call(&mut opening_shared, without.clone());
    let mut within_shared = without.clone();
    let sealed = opened.headers()["mcp-session-id"].clone();
    within_shared.headers_mut().insert("mcp-session-id", sealed);
    let mut shared = revoking.layer(gate.layer(service_fn(bare)));
    let medians = Comparison::new("the same call in layer and gate, and sessions")
        .case("without a session", || call(&mut plain, without.clone()))
        .case("in a session", || call(&mut resuming, within.clone()))
        .case("whose answer opens a session", || {
            call(&mut opening, without.clone())
        })
        .case("in a session, with a store and revocations", || {
            call(&mut shared, within_shared.clone())
        })
        .print();
    let ratio = medians[3] / medians[1];
    println!(
        "  a store and revocations make a call in a session {ratio:.2} times as long; target {SHARED}: {}",
        verdict(ratio, SHARED)
    );
    println!(
        "  to open a sealed id takes {:.0} ns, to seal one {:.0} ns",
        medians[1] - medians[0],
        medians[2] - medians[0]
    );
    let count = if is_measuring() { 1_000_000 } else { 1000 };
    let held = allocation_counter::measure(|| {
        for _ in 0..count {
            call(&mut opening, without.clone());
        }
    });
    println!(
        "  {count} opened sessions hold {} bytes",
        held.bytes_current
    );
}

#[derive(Clone)]
struct Tools;

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
struct Entry {
    title: String,
    content: String,
}

#[tool_router]
impl Tools {
    /// What a server's author writes.
    #[tool(name = "tool_7")]
    async fn create_entry(&self, Parameters(entry): Parameters<Entry>) -> String {
        let length = entry.title.len() + entry.content.len();
        std::future::ready(length.to_string()).await
    }
}

#[tool_handler]
impl ServerHandler for Tools {}

fn calls_of_rmcp(protect: &Protection, authorization: &str) {
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .with_legacy_session_mode(false)
        .with_json_response(true);
    let sessions = std::sync::Arc::new(NeverSessionManager::default());
    let mcp = StreamableHttpService::new(|| Ok(Tools), sessions, config);
    let gated = protect.layer(GateLayer::new(&registry(10)).layer(mcp.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.expect("a runtime");
    let request = request(authorization, "tool_7");
    let medians = Comparison::new("the same call of a server made with rmcp, as JSON")
        .case("the server alone", || {
            let answer = runtime.block_on(mcp.clone().oneshot(request.clone()));
            assert_eq!(answer.expect("infallible").status(), 200);
        })
        .case("in layer and gate", || {
            let answer = runtime.block_on(gated.clone().oneshot(request.clone()));
            assert_eq!(answer.expect("infallible").status(), 200);
        })
        .print();
    let share = medians[1] / medians[0] - 1.0;
    println!(
        "  layer and gate add {:.1} %; target {:.0} %: {}",
        share * 100.0,
        SHARE * 100.0,
        verdict(share, SHARE)
    );
}

fn messages() {
    let rules = MessageRules::new(&registry(10));
    let caller = testing::caller("ada", "entries:read").expect("valid scopes");
    let row = json!({ "id": 1, "title": "A day", "tags": ["a", "b"], "done": true, "rate": 1.5 });
    let rows = |count| json!({ "rows": vec![row.clone(); count] });
    let text = "A line of a journal, with \"quotes\" and an end.\n".repeat(20_000);
    for (title, body) in [
        ("10 KB of rows", call_of("tool_7", &rows(150))),
        (
            "1 MB of text",
            call_of("tool_7", &json!({ "content": text })),
        ),
        ("1 MB of rows", call_of("tool_7", &rows(15_000))),
    ] {
        let bytes = body.as_bytes();
        let medians = Comparison::new(format!(
            "deciding on a message: {title}, {} bytes",
            bytes.len()
        ))
        .case("skipping it (serde's IgnoredAny)", || {
            serde_json::from_slice::<IgnoredAny>(bytes).expect("JSON")
        })
        .within(NOISE, "deciding on it", || {
            let decision = rules.authorize(&caller, black_box(bytes));
            decision.expect("allowed");
        })
        .case("a tree (serde_json::Value)", || {
            serde_json::from_slice::<Value>(bytes).expect("JSON")
        })
        .print();
        if is_measuring() {
            let length = f64::from(u32::try_from(bytes.len()).expect("a few megabytes"));
            println!("  {:.2} GB/s", length / medians[1]);
        }
    }
    let (few, many) = (registry(10), registry(10_000));
    let find = |registry: &Registry, name| {
        black_box(registry.requirements(OperationKind::Tool, name));
    };
    // The index is made at the first look-up.
    find(&few, "tool_7");
    find(&many, "tool_7");
    Comparison::new("finding what a tool requires")
        .case("among 10", || find(&few, "tool_7"))
        .case("among 10,000", || find(&many, "tool_7007"))
        .print();
}

/// The answer of a service that is ready, and does not wait.
fn call<S, B>(service: &mut S, request: Request<Full<Bytes>>) -> Response<B>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>>,
{
    let answer = answer(service, request);
    assert_eq!(answer.status(), 200);
    answer
}

fn answer<S, B>(service: &mut S, request: Request<Full<Bytes>>) -> Response<B>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>>,
{
    let mut future = pin!(service.call(request));
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(Ok(answer)) => answer,
        _ => panic!("the call is not answered at once"),
    }
}
