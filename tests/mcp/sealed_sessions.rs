//! Session ids leave the gate sealed, and nothing but what it sealed comes back in.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::{Answer, Mode, Server, Site, gate, protect, token, verifier};

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open"}}"#;
const METHODS: [&str; 3] = ["POST", "GET", "DELETE"];

/// Sends these session ids, each in a header of its own.
async fn send(site: &Site, method: &str, by: &str, sessions: &[&[u8]]) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri("/mcp")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {by}"))
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("mcp-protocol-version", "2025-11-25");
    for session in sessions {
        let session = HeaderValue::from_bytes(session).expect("a header value");
        request = request.header("mcp-session-id", session);
    }
    let body = if method == "POST" {
        Body::from(CALL)
    } else {
        Body::empty()
    };
    site.send(request.body(body).expect("a request")).await
}

async fn is_refused(site: &Site, by: &str, sessions: &[&[u8]]) {
    for method in METHODS {
        let answer = send(site, method, by, sessions).await;
        let texts: Vec<_> = sessions
            .iter()
            .map(|id| String::from_utf8_lossy(id))
            .collect();
        let case = format!("{method} {texts:?}: {answer:?}");
        assert_eq!(answer.status, 404, "{case}");
        assert_eq!(answer.challenge(), None, "{case}");
        assert_eq!(answer.message()["error"]["code"], -32600, "{case}");
        assert_eq!(answer.headers.get("mcp-session-id"), None, "{case}");
        assert_eq!(site.journal.executed(), Vec::<String>::new(), "{case}");
    }
}

async fn is_good(site: &Site, by: &str, session: &str) {
    let answer = send(site, "POST", by, &[session.as_bytes()]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(site.journal.executed(), ["open"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_session_id_is_opened() {
    let site = Site::new(Mode::Session);
    let (ada, bob) = (token("ada", ""), token("bob", ""));
    let session = site.open_session(&ada, "2025-11-25").await;
    let second = site.open_session(&ada, "2025-11-25").await;
    let of_bob = site.open_session(&bob, "2025-11-25").await;
    assert!(session.bytes().all(|byte| byte.is_ascii_graphic()) && session.len() < 128);
    let (raw, tag) = session.rsplit_once('.').expect("a tag");
    let (_, second_tag) = second.rsplit_once('.').expect("a tag");
    let (_, tag_of_bob) = of_bob.rsplit_once('.').expect("a tag");
    assert_eq!(tag.len(), 43);

    let mut forged: Vec<String> = vec![
        // The server's own id, and that with a tag that somebody made up.
        raw.to_owned(),
        format!("{raw}."),
        format!("{raw}.{}", "A".repeat(43)),
        format!("{raw}{}", "A".repeat(44)),
        // Another session's tag, and another principal's.
        format!("{raw}.{second_tag}"),
        format!("{raw}.{tag_of_bob}"),
        of_bob.clone(),
        // Longer ones.
        format!("{session}."),
        format!("{session}A"),
        format!("{session}="),
        format!("A{session}"),
        format!("{raw}.{tag}.{tag}"),
        format!("{raw}..{tag}"),
        format!("{session}, {session}"),
        format!("{session},{session}"),
        format!("\"{session}\""),
        format!("{}.{tag}", "A".repeat(513)),
        // The tag alone, in front, and in other spellings.
        tag.to_owned(),
        format!(".{tag}"),
        format!("{tag}.{raw}"),
        format!("{}.{tag}", raw.to_uppercase()),
        format!("{raw}.{}", tag.to_lowercase()),
        format!("{raw}.{}", tag.chars().rev().collect::<String>()),
        String::new(),
        ".".to_owned(),
        "A".repeat(43),
        "A".repeat(44),
        "A".repeat(8000),
    ];
    forged.retain(|forged| *forged != session);
    forged.extend((1..session.len()).map(|end| session[..end].to_owned()));
    for forged in &forged {
        is_refused(&site, &ada, &[forged.as_bytes()]).await;
    }
    is_good(&site, &ada, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bit_of_a_session_id_can_be_changed() {
    let site = Site::new(Mode::Session);
    let ada = token("ada", "");
    let session = site.open_session(&ada, "2025-11-25").await;
    for place in 0..session.len() {
        for bit in 0..8 {
            let mut flipped = session.clone().into_bytes();
            flipped[place] ^= 1 << bit;
            if HeaderValue::from_bytes(&flipped).is_ok() {
                is_refused(&site, &ada, &[&flipped]).await;
            }
        }
    }
    is_good(&site, &ada, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_id_stands_in_one_header() {
    let site = Site::new(Mode::Session);
    let (ada, bob) = (token("ada", ""), token("bob", ""));
    let session = site.open_session(&ada, "2025-11-25").await;
    let (raw, _) = session.rsplit_once('.').expect("a tag");
    let (session, raw) = (session.as_bytes(), raw.as_bytes());
    for sessions in [
        &[session, session][..],
        &[session, raw],
        &[raw, session],
        &[session, b""],
        &[b"", session],
        &[session, b"other"],
    ] {
        is_refused(&site, &ada, sessions).await;
    }
    // A copied id is of no use to another user.
    is_refused(&site, &bob, &[session]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_belongs_to_the_gate_that_sealed_it() {
    let server = Server::new(Mode::Session);
    let (first, other) = (gate(), gate());
    let clone = first.clone().max_body_bytes(1 << 20);
    let site = |gate| Site::behind(&server, Some(gate), verifier());
    let (first, clone, other) = (site(first), site(clone), site(other));
    let ada = token("ada", "");
    let session = first.open_session(&ada, "2025-11-25").await;
    is_refused(&other, &ada, &[session.as_bytes()]).await;
    is_good(&clone, &ada, &session).await;
    is_good(&first, &ada, &session).await;
}

/// Answers with the status and the session ids that the test wants, or echoes the id of the request,
/// which is also its body.
fn echo(
    request: &Request<Full<Bytes>>,
    status: u16,
    sessions: &[&'static [u8]],
) -> Response<Full<Bytes>> {
    let named = request.headers().get("mcp-session-id").cloned();
    let body = named.clone().unwrap_or(HeaderValue::from_static("none"));
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = status.try_into().expect("a status");
    let wanted = sessions
        .iter()
        .map(|id| HeaderValue::from_bytes(id).expect("a header value"));
    for session in named.into_iter().chain(wanted) {
        response.headers_mut().append("mcp-session-id", session);
    }
    response
}

/// What comes back through a gate in front of such a server.
async fn echoed(
    gate: &scopes_core::mcp::GateLayer,
    method: &str,
    status: u16,
    session: Option<&HeaderValue>,
    sessions: &'static [&'static [u8]],
) -> (u16, HeaderMap, String) {
    let server = service_fn(move |request: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(echo(&request, status, sessions)))
    });
    let service = protect(verifier()).layer(gate.clone().layer(server));
    let mut request = Request::builder()
        .method(method)
        .uri("/mcp")
        .header("authorization", format!("Bearer {}", token("ada", "")));
    if let Some(session) = session {
        request = request.header("mcp-session-id", session);
    }
    let body = if method == "POST" { CALL } else { "" };
    let request = request
        .body(Full::new(Bytes::from(body)))
        .expect("a request");
    let (parts, body) = service
        .oneshot(request)
        .await
        .expect("infallible")
        .into_parts();
    let body = body.collect().await.expect("it ends").to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    (parts.status.as_u16(), parts.headers, body)
}

#[tokio::test]
async fn every_session_id_in_a_response_is_sealed() {
    let gate = gate();
    for method in METHODS {
        for status in [200, 202, 400, 404, 409, 500, 503] {
            let ids: &[&[u8]] = &[b"session-1", b"!~.-_"];
            let (answered, headers, body) = echoed(&gate, method, status, None, ids).await;
            assert_eq!((answered, &*body), (status, "none"), "{method}");
            let sealed: Vec<_> = headers.get_all("mcp-session-id").iter().collect();
            assert_eq!(sealed.len(), 2, "{method} {status}: {headers:?}");
            for (sealed, id) in sealed.into_iter().zip(["session-1", "!~.-_"]) {
                let text = sealed.to_str().expect("a text");
                assert_eq!(text.len(), id.len() + 44, "{text}");
                // The server gets its own id back, and what it echoes is sealed again.
                let (answered, headers, body) =
                    echoed(&gate, method, status, Some(sealed), &[]).await;
                assert_eq!((answered, &*body), (status, id), "{method}");
                let echoed: Vec<_> = headers.get_all("mcp-session-id").iter().collect();
                assert_eq!(echoed, [sealed], "{method} {status}");
            }
        }
    }
}

#[tokio::test]
async fn a_session_id_that_cannot_be_sealed_is_withheld() {
    const LONGEST: &[u8] = &[b'x'; 512];
    const TOO_LONG: &[u8] = &[b'x'; 513];
    const UNFIT: [&[&[u8]]; 8] = [
        &[b""],
        &[b" "],
        &[b"a b"],
        &[b"a\tb"],
        &[b"caf\xe9"],
        &[TOO_LONG],
        &[b"session-1", b"a b"],
        &[b"a b", b"session-1"],
    ];
    let gate = gate();
    for ids in UNFIT {
        for method in METHODS {
            let (status, headers, body) = echoed(&gate, method, 200, None, ids).await;
            assert_eq!(status, 500, "{method} {ids:?}");
            assert_eq!(headers.get("mcp-session-id"), None);
            let error: serde_json::Value = serde_json::from_str(&body).expect("JSON");
            assert_eq!(error["error"]["code"], -32603, "{body}");
        }
    }
    let (status, headers, _) = echoed(&gate, "POST", 200, None, &[LONGEST]).await;
    assert_eq!(status, 200);
    let sealed = headers.get("mcp-session-id").expect("a session");
    let (status, _, body) = echoed(&gate, "POST", 200, Some(sealed), &[]).await;
    assert_eq!((status, body.as_bytes()), (200, LONGEST));
}
