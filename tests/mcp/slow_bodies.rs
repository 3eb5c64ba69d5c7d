//! Request bodies that arrive slowly or never end, over real connections.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use bytes::Bytes;
use futures::stream;
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use scopes_core::mcp::GateLayer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::site::{Mode, Site, token};

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
const TIMEOUT: Duration = Duration::from_millis(400);
/// Much longer than any deadline takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn serve(settings: impl FnOnce(GateLayer) -> GateLayer) -> SocketAddr {
    let site = Site::with_gate(Mode::StatelessJson, settings);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback_service(site.service());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The header of a request, with the field that says how long the body is.
fn head(length: &str) -> String {
    let token = token("ada", "entries:read");
    format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    )
}

/// Sends `start`, then `piece` over and over, and returns what the server sends until it closes the
/// connection.
async fn exchange(address: SocketAddr, start: &str, piece: &'static str) -> String {
    let connection = TcpStream::connect(address).await.expect("a connection");
    let (mut reader, mut writer) = connection.into_split();
    writer.write_all(start.as_bytes()).await.expect("sent");
    let drip = tokio::spawn(async move {
        while writer.write_all(piece.as_bytes()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    // A reset after the answer also closes the connection.
    while let Ok(length @ 1..) = reader.read(&mut buffer).await {
        answer.extend_from_slice(&buffer[..length]);
    }
    drip.abort();
    String::from_utf8(answer).expect("UTF-8")
}

fn assert_timed_out(answer: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 408 "), "{answer}");
    assert!(head.contains("\r\nconnection: close"), "{answer}");
    assert!(!head.contains("www-authenticate"), "{answer}");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["error"]["code"], -32600);
    let message = "The request body did not arrive in time.";
    assert_eq!(body["error"]["message"], message);
}

#[tokio::test]
async fn a_slow_body_is_answered_with_408() {
    let address = serve(|gate| gate.body_timeout(TIMEOUT)).await;
    let half = &PING[..20];
    let cases = [
        (head("Content-Length: 1000"), ""),
        (head("Content-Length: 1000") + half, ""),
        (head("Content-Length: 100000") + half, " "),
        (head("Transfer-Encoding: chunked"), ""),
        (head("Transfer-Encoding: chunked"), "1\r\n \r\n"),
    ];
    for (start, piece) in &cases {
        let began = Instant::now();
        let answer = exchange(address, start, piece);
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        assert_timed_out(&answer.expect("the connection is closed"));
        assert!(began.elapsed() >= TIMEOUT, "{start}");
    }
}

#[tokio::test]
async fn a_slow_body_is_answered_with_408_by_default() {
    let address = serve(|gate| gate).await;
    let began = Instant::now();
    let start = head("Content-Length: 100000");
    let answer = tokio::time::timeout(2 * PATIENCE, exchange(address, &start, " ")).await;
    assert_timed_out(&answer.expect("the connection is closed"));
    assert!(began.elapsed() >= Duration::from_secs(30));
}

#[tokio::test]
async fn a_body_that_is_too_long_closes_the_connection() {
    let address = serve(|gate| gate).await;
    let start = head("Content-Length: 100000000");
    let answer = tokio::time::timeout(PATIENCE, exchange(address, &start, " ")).await;
    let answer = answer.expect("the connection is closed");
    let answer = answer.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 413 "), "{answer}");
    assert!(answer.contains("\r\nconnection: close"), "{answer}");
}

#[tokio::test]
async fn a_body_that_arrives_in_time_is_read() {
    let address = serve(|gate| gate.body_timeout(PATIENCE)).await;
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    let head = head(&format!(
        "Connection: close\r\nContent-Length: {}",
        PING.len()
    ));
    connection.write_all(head.as_bytes()).await.expect("sent");
    for byte in PING.as_bytes() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        connection.write_all(&[*byte]).await.expect("sent");
    }
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("read");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_slow_body_ends_its_stream_alone_over_http_2() {
    let address = serve(|gate| gate.body_timeout(TIMEOUT)).await;
    let connection = TcpStream::connect(address).await.expect("a connection");
    let handshake = handshake(TokioExecutor::new(), TokioIo::new(connection));
    let (mut sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    for (is_slow, status) in [(true, 408), (false, 200)] {
        let frame = Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(PING.as_bytes())));
        let rest = stream::iter([frame]);
        let body = if is_slow {
            StreamBody::new(stream::pending()).boxed()
        } else {
            StreamBody::new(rest).boxed()
        };
        let request = Request::post("http://localhost/mcp")
            .header(
                "authorization",
                format!("Bearer {}", token("ada", "entries:read")),
            )
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(body)
            .expect("a request");
        let answer = tokio::time::timeout(PATIENCE, sender.send_request(request)).await;
        let answer = answer.expect("in time").expect("an answer");
        assert_eq!(answer.status(), status);
        assert!(!answer.headers().contains_key("connection"));
    }
}
