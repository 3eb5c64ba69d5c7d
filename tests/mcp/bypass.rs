//! Ways to get a guarded call past the gate. None is executed, and each has the right answer.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::StreamBody;
use serde_json::json;

use crate::site::{Mode, Site, token};

const GUARDED: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"entries.list"}}"#;

struct Attack {
    name: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
    status: u16,
}

/// The guarded call with something replaced.
fn with(from: &str, to: &str) -> Vec<u8> {
    assert!(GUARDED.contains(from), "{from}");
    GUARDED.replace(from, to).into_bytes()
}

fn attacks() -> Vec<Attack> {
    let attack = |name, headers: &[_], body: Vec<u8>, status| Attack {
        name,
        headers: headers.to_vec(),
        body,
        status,
    };
    let guarded = || GUARDED.as_bytes().to_vec();
    let gzip = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(GUARDED.as_bytes()).expect("memory");
        encoder.finish().expect("memory")
    };
    let long = format!(r#""_":"{}","name":"entries.list""#, "x".repeat(10_000_000));
    vec![
        attack("nothing hidden", &[], guarded(), 403),
        attack(
            "a header with another name",
            &[("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "open")],
            guarded(),
            400,
        ),
        attack(
            "a header with another method",
            &[("mcp-protocol-version", "2026-07-28"), ("mcp-method", "ping")],
            guarded(),
            400,
        ),
        attack(
            "an older version and a lying name",
            &[("mcp-protocol-version", "2025-11-25"), ("mcp-method", "tools/call"), ("mcp-name", "open")],
            guarded(),
            400,
        ),
        attack("no version and a lying name", &[("mcp-name", "open")], guarded(), 400),
        attack("a lying name in Base64", &[("mcp-name", "=?base64?b3Blbg==?=")], guarded(), 400),
        attack(
            "two names, one true",
            &[("mcp-name", "entries.list"), ("mcp-name", "open")],
            guarded(),
            400,
        ),
        attack("an honest name", &[("mcp-name", "entries.list")], guarded(), 403),
        attack("an honest name in Base64", &[("mcp-name", "=?base64?ZW50cmllcy5saXN0?=")], guarded(), 403),
        attack("two methods, the first harmless", &[], with(r#""method":"#, r#""method":"ping","method":"#), 400),
        attack("two methods, the last harmless", &[], with(r#","params""#, r#","method":"ping","params""#), 400),
        attack("two methods, one escaped", &[], with(r#""method":"#, r#""\u006dethod":"ping","method":"#), 400),
        attack("two params", &[], with(r#""params":"#, r#""params":{"name":"open"},"params":"#), 400),
        attack("two names", &[], with(r#""name":"#, r#""name":"open","name":"#), 400),
        attack("two names, one escaped", &[], with(r#""name":"#, r#""n\u0061me":"open","name":"#), 400),
        attack("two names, the first null", &[], with(r#""name":"#, r#""name":null,"name":"#), 400),
        attack("two ids", &[], with(r#""id":1"#, r#""id":1,"id":2"#), 400),
        attack("an escaped name", &[], with("entries.list", r"\u0065ntries\u002elist"), 403),
        attack("an escaped method", &[], with("tools/call", r"tools\/c\u0061ll"), 403),
        attack("an escaped member", &[], with(r#""name""#, r#""n\u0061me""#), 403),
        attack("params before the method", &[], br#"{"params":{"name":"entries.list"},"method":"tools/call","id":1,"jsonrpc":"2.0"}"#.to_vec(), 403),
        attack("a batch", &[], format!("[{GUARDED}]").into_bytes(), 400),
        attack("a batch after space", &[], format!(" \n[{GUARDED}]").into_bytes(), 400),
        attack("an empty batch", &[], b"[]".to_vec(), 400),
        attack("params as a list", &[], with(r#"{"name":"entries.list"}"#, r#"["entries.list"]"#), 400),
        attack("a notification", &[], with(r#""id":1,"#, ""), 403),
        attack("an id of null", &[], with(r#""id":1"#, r#""id":null"#), 400),
        attack("an id that is an object", &[], with(r#""id":1"#, r#""id":{}"#), 400),
        attack("a result as well", &[], with(r#""id":1"#, r#""id":1,"result":{}"#), 403),
        attack("a byte order mark", &[], format!("\u{feff}{GUARDED}").into_bytes(), 400),
        attack("bytes after it", &[], format!("{GUARDED}x").into_bytes(), 400),
        attack("two messages", &[], format!("{GUARDED}\n{GUARDED}").into_bytes(), 400),
        attack("UTF-16", &[], GUARDED.encode_utf16().flat_map(u16::to_le_bytes).collect(), 400),
        attack("bytes that are no UTF-8", &[], with("entries.list", "x").iter().map(|byte| if *byte == b'x' { 0xff } else { *byte }).collect(), 400),
        attack("nothing", &[], Vec::new(), 400),
        attack("a text", &[], b"\"tools/call\"".to_vec(), 400),
        attack("a comment", &[], format!("/**/{GUARDED}").into_bytes(), 400),
        attack("gzip", &[("content-encoding", "gzip")], gzip.clone(), 415),
        attack("gzip that is not said", &[], gzip, 400),
        attack("a content coding that is not there", &[("content-encoding", "br")], guarded(), 415),
        attack("10 MB", &[], with(r#""name":"entries.list""#, &long), 413),
        attack("a name in another case", &[], with("entries.list", "Entries.List"), 200),
        attack("no name", &[], with(r#""name":"entries.list""#, ""), 400),
        attack("a name that is a number", &[], with(r#""entries.list""#, "7"), 400),
        attack("a method that is a list", &[], with(r#""tools/call""#, r#"["tools/call"]"#), 400),
        attack("a completion for a guarded prompt", &[], json!({
            "jsonrpc": "2.0", "id": 1, "method": "completion/complete",
            "params": { "ref": { "type": "ref/prompt", "name": "suggest_tags" }, "argument": { "name": "a", "value": "" } },
        }).to_string().into_bytes(), 403),
        attack("a completion with two types", &[], br#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","type":"ref/resource","name":"suggest_tags","uri":"x://y"},"argument":{"name":"a","value":""}}}"#.to_vec(), 400),
        attack("a subscription to a guarded resource", &[], json!({
            "jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": { "uri": "journal://entries/1" },
        }).to_string().into_bytes(), 403),
        attack("a task of nobody", &[], json!({
            "jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": { "taskId": "task-1" },
        }).to_string().into_bytes(), 200),
        attack("a task without an id", &[], json!({
            "jsonrpc": "2.0", "id": 1, "method": "tasks/result", "params": {},
        }).to_string().into_bytes(), 400),
        attack("all tasks", &[], json!({ "jsonrpc": "2.0", "id": 1, "method": "tasks/list" }).to_string().into_bytes(), 200),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_past_the_gate() {
    let bob = token("bob", "analytics:view");
    for mode in [Mode::Session, Mode::StatelessStream, Mode::StatelessJson] {
        let (gated, ungated) = (Site::new(mode), Site::ungated(mode));
        let session = match mode {
            Mode::Session => Some(gated.open_session(&bob, "2025-11-25").await),
            _ => None,
        };
        for attack in attacks() {
            let mut headers = attack.headers.clone();
            headers.extend(
                session
                    .as_deref()
                    .map(|session| ("mcp-session-id", session)),
            );
            let answer = gated.post(Some(&bob), &headers, attack.body.clone()).await;
            let case = format!("{mode:?}: {}: {answer:?}", attack.name);
            assert_eq!(gated.journal.executed(), Vec::<String>::new(), "{case}");
            assert_eq!(answer.status, attack.status, "{case}");
            assert_eq!(answer.challenge().is_some(), attack.status == 403, "{case}");
            if attack.status != 200 {
                assert_eq!(answer.headers["cache-control"], "no-store", "{case}");
                assert_eq!(answer.message()["jsonrpc"], "2.0", "{case}");
            }
            // The same in pieces, as it comes from a network.
            if attack.body.len() < 10_000 {
                let pieces: Vec<_> = attack.body.chunks(7).map(Bytes::copy_from_slice).collect();
                let frames = pieces
                    .into_iter()
                    .map(|piece| Ok::<_, std::io::Error>(http_body::Frame::data(piece)));
                let body = Body::new(StreamBody::new(futures::stream::iter(frames)));
                let in_pieces = gated.post(Some(&bob), &headers, body).await;
                assert_eq!(in_pieces.status, attack.status, "in pieces: {case}");
                assert_eq!(gated.journal.executed(), Vec::<String>::new(), "{case}");
            }
            // Without the gate, the guard stands alone: for tools, prompts and resources.
            if session.is_none()
                && !attack.name.contains("completion")
                && !attack.name.contains("subscription")
                && !attack.name.contains("task")
            {
                let answer = ungated.post(Some(&bob), &attack.headers, attack.body).await;
                let executed = ungated.journal.executed();
                // rmcp takes what it cannot read for a method of the server's own.
                let harmless = |what: &String| what.starts_with("custom ");
                assert!(executed.iter().all(harmless), "ungated: {case}: {answer:?}");
            }
        }
    }
}

/// Who may, is not hindered by how it is written.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_is_passed_on_unchanged() {
    let ada = token("ada", "entries:read");
    let site = Site::new(Mode::StatelessJson);
    for body in [
        GUARDED.to_owned(),
        GUARDED.replace("entries.list", r"\u0065ntries\u002elist"),
        format!("  {GUARDED}\n"),
        GUARDED.replace(
            r#""name""#,
            r#""_meta":{"name":"open","method":"ping","params":[]},"name""#,
        ),
        GUARDED.replace(
            r#"list"}"#,
            r#"list","arguments":{"name":"open","name":"twice"}}"#,
        ),
    ] {
        let answer = site.post(Some(&ada), &[], body.clone()).await;
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        assert_eq!(site.journal.executed(), ["entries.list"], "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_without_the_layer_refuses_everybody() {
    use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
    use rmcp::transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService,
    };
    use std::sync::Arc;
    use tower::{Layer, ServiceExt};

    let journal = crate::journal::Journal::default();
    let handler = journal.clone();
    let mcp = StreamableHttpService::new(
        move || Ok(handler.clone()),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let gate = scopes_core::mcp::GateLayer::new(&scopes_core::Registry::of_program());
    let request = http::Request::post("/mcp").body(Body::from(GUARDED));
    let answer = gate.layer(mcp).oneshot(request.expect("a request")).await;
    assert_eq!(answer.expect("infallible").status(), 401);
    assert_eq!(journal.executed(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_gate() {
    let custom = r#"{"jsonrpc":"2.0","id":1,"method":"journal/unknown"}"#;
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let baseline = token("ada", "user:read");
    let nothing = token("ada", "");
    let mode = Mode::StatelessJson;

    let site = Site::new(mode);
    let answer = site.post(Some(&baseline), &[], custom).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.message()["error"]["code"]),
        (200, &json!(-32601))
    );
    let newer = [("mcp-protocol-version", "2026-07-28")];
    let answer = site.post(Some(&baseline), &newer, custom).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.message()["error"]["code"]),
        (404, &json!(-32601))
    );
    assert_eq!(site.journal.executed(), Vec::<String>::new());

    let site = Site::with_gate(mode, scopes_core::mcp::GateLayer::require_baseline);
    assert_eq!(site.post(Some(&nothing), &[], ping).await.status, 403);
    assert_eq!(site.post(Some(&baseline), &[], ping).await.status, 200);
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    assert_eq!(site.post(Some(&nothing), &[], list).await.status, 200);

    // No request has such a name, so it is not waved through.
    let site = Site::new(mode);
    for method in ["notifications/custom", "logging/custom"] {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method });
        let answer = site.post(Some(&baseline), &[], request.to_string()).await;
        assert_eq!(answer.message()["error"]["code"], -32601, "{answer:?}");
    }

    let site = Site::with_gate(mode, |gate| gate.max_body_bytes(ping.len()));
    assert_eq!(site.post(Some(&nothing), &[], ping).await.status, 200);
    assert_eq!(
        site.post(Some(&nothing), &[], format!("{ping} "))
            .await
            .status,
        413
    );
}

/// However often a message names a resource, its refusal is that of one.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_grow_with_the_message() {
    let site = Site::new(Mode::StatelessJson);
    let bob = token("bob", "analytics:view");
    let refusal = async |times: usize| {
        let uris: Vec<_> = (0..times)
            .map(|id| format!("journal://entries/{id}"))
            .collect();
        let body = json!({
            "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen",
            "params": { "notifications": { "resourceSubscriptions": uris } },
        });
        let answer = site.post(Some(&bob), &[], body.to_string()).await;
        assert_eq!(answer.status, 403);
        answer.challenge().map(str::to_owned)
    };
    assert_eq!(refusal(1).await, refusal(50_000).await);
}
