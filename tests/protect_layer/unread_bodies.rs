//! Requests that are refused before their body has arrived, over real connections. A client that keeps
//! connections alive must know from the answer whether it can send the next request on the same one.

use std::future::ready;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use futures::stream;
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use scopes_core::tower::ProtectLayer;
use scopes_core::{AuthorizeError, TokenVerifier, requires_scopes};
use scopes_tests::vocabulary::Scope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::services::Slow;
use super::{server, verifier};

/// Much longer than an answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

const BODY: &str = "{\"text\":\"Dear diary\"}";

/// Refuses without a look at the body, unlike a handler that takes it as an argument.
#[requires_scopes("entries:write", catalog = Scope)]
async fn create_entry() -> Result<&'static str, AuthorizeError> {
    ready(Ok("created")).await
}

async fn serve(verifier: impl TokenVerifier) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let application = Router::new()
        .route("/journal", post(create_entry))
        .layer(ProtectLayer::new(server(), verifier));
    tokio::spawn(async move { axum::serve(listener, application).await });
    address
}

/// Reads one answer, and returns its header in lower case.
async fn answer(connection: &mut TcpStream) -> std::io::Result<String> {
    let mut read = Vec::new();
    let head = loop {
        if let Some(end) = read.windows(4).position(|end| end == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            let head = String::from_utf8(std::mem::replace(&mut read, body)).expect("UTF-8");
            break head.to_ascii_lowercase();
        }
        read.push(connection.read_u8().await?);
    };
    let length = head.split_once("content-length: ").expect("a length").1;
    let length = length.split_once('\r').expect("a line").0;
    let mut body = vec![0; length.parse().expect("a number")];
    connection.read_exact(&mut body).await?;
    Ok(head)
}

struct Sent {
    connection: TcpStream,
    answer: String,
}

impl Sent {
    fn is_closing(&self) -> bool {
        self.answer.contains("\r\nconnection: close\r\n")
    }
}

/// Sends a header, and after `delay` its body.
async fn send(address: SocketAddr, lines: &str, delay: Option<Duration>) -> Sent {
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    connection.set_nodelay(true).expect("no delay");
    let length = BODY.len();
    let head = format!("POST /journal HTTP/1.1\r\n{lines}Content-Length: {length}\r\n\r\n");
    let pieces = match delay {
        None => vec![head + BODY],
        Some(_) => vec![head, BODY.to_owned()],
    };
    for piece in pieces {
        // The server may have answered and closed the connection by now.
        _ = connection.write_all(piece.as_bytes()).await;
        tokio::time::sleep(delay.unwrap_or_default()).await;
    }
    let answer = tokio::time::timeout(PATIENCE, answer(&mut connection)).await;
    let answer = answer.expect("in time").expect("an answer");
    Sent { connection, answer }
}

const REFUSED: [(&str, &str); 6] = [
    ("Host: localhost\r\n", "401"),
    (
        "Host: localhost\r\nAuthorization: Bearer stranger\r\n",
        "401",
    ),
    ("Host: localhost\r\nAuthorization: Bearer\r\n", "400"),
    ("Host: evil.example\r\n", "403"),
    ("Host: localhost\r\nOrigin: https://evil.example\r\n", "403"),
    ("Host: localhost\r\nAuthorization: Bearer reader\r\n", "403"),
];

async fn assert_kept_or_closed(verifier: impl TokenVerifier) {
    let address = serve(verifier).await;
    for (lines, status) in REFUSED {
        for delay in [0, 0, 0, 0, 1, 2, 5, 20] {
            let delay = Some(Duration::from_millis(delay));
            let mut first = send(address, lines, delay).await;
            let expected = format!("http/1.1 {status} ");
            assert!(first.answer.starts_with(&expected), "{}", first.answer);
            if first.is_closing() {
                continue;
            }
            let next = format!("GET /journal HTTP/1.1\r\n{lines}\r\n");
            let connection = &mut first.connection;
            connection.write_all(next.as_bytes()).await.expect("sent");
            let next = tokio::time::timeout(PATIENCE, answer(connection)).await;
            let next = next.expect("in time");
            assert!(next.is_ok(), "after {delay:?}: {next:?}\n{}", first.answer);
        }
    }
}

#[tokio::test]
async fn a_connection_is_kept_or_its_end_announced() {
    assert_kept_or_closed(verifier()).await;
    assert_kept_or_closed(Slow(verifier())).await;
}

#[tokio::test]
async fn a_body_that_has_not_arrived_closes_the_connection() {
    let address = serve(verifier()).await;
    for (lines, _) in REFUSED {
        let late = send(address, lines, Some(Duration::from_millis(200))).await;
        assert!(late.is_closing(), "{lines}: {}", late.answer);
    }
}

#[tokio::test]
async fn a_body_that_has_arrived_keeps_the_connection() {
    let address = serve(verifier()).await;
    for (lines, _) in REFUSED {
        let whole = send(address, lines, None).await;
        assert!(!whole.is_closing(), "{lines}: {}", whole.answer);
    }
}

#[tokio::test]
async fn over_http_2_the_stream_ends_alone() {
    let connection = TcpStream::connect(serve(verifier()).await).await;
    let connection = TokioIo::new(connection.expect("a connection"));
    let handshake = handshake(TokioExecutor::new(), connection).await;
    let (mut sender, connection) = handshake.expect("HTTP/2");
    tokio::spawn(connection);
    for _ in 0..3 {
        let body = stream::pending::<Result<Frame<Bytes>, std::io::Error>>();
        let request = Request::post("http://localhost/journal")
            .header("content-length", "1000")
            .body(StreamBody::new(body).boxed())
            .expect("a request");
        let answer = tokio::time::timeout(PATIENCE, sender.send_request(request)).await;
        let answer = answer.expect("in time").expect("an answer");
        assert_eq!(answer.status(), 401);
        assert!(!answer.headers().contains_key("connection"));
    }
}
