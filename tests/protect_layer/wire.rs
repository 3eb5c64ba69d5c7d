//! The same checks over a socket: `Host` in HTTP/1, `:authority` in HTTP/2.

use bytes::Bytes;
use http::Request;
use http_body_util::Empty;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::origins::{PUBLIC, application, layer};

async fn serve() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let application = application(layer(PUBLIC));
    tokio::spawn(async move { axum::serve(listener, application).await });
    address
}

/// Sends the head of a request as it stands here, and returns the answer.
async fn exchange(head: &str) -> String {
    let mut stream = TcpStream::connect(serve().await).await.expect("connected");
    let request = format!("{head}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("UTF-8");
    answer.to_ascii_lowercase()
}

#[tokio::test]
async fn http_1() {
    const TOKEN: &str = "Authorization: Bearer reader";
    for (lines, status, error) in [
        ("GET /mcp HTTP/1.1\r\nHost: mcp.example.com", 200, ""),
        ("GET /mcp HTTP/1.1\r\nHost:mcp.example.com:8443", 200, ""),
        ("GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:8788", 200, ""),
        ("GET /mcp HTTP/1.0", 200, ""),
        ("GET /mcp HTTP/1.1\r\nHost: evil.example", 403, "host"),
        ("GET /mcp HTTP/1.1\r\nHost:", 403, "host"),
        (
            "GET /mcp HTTP/1.1\r\nHost: localhost.evil.example",
            403,
            "host",
        ),
        (
            "GET /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nHost: evil.example",
            403,
            "host",
        ),
        (
            "GET http://evil.example/mcp HTTP/1.1\r\nHost: mcp.example.com",
            403,
            "host",
        ),
        (
            "GET http://mcp.example.com/mcp HTTP/1.1\r\nHost: evil.example",
            403,
            "host",
        ),
        (
            "GET http://mcp.example.com/mcp HTTP/1.1\r\nHost: mcp.example.com",
            200,
            "",
        ),
        (
            "GET /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nX-Forwarded-Host: evil.example",
            200,
            "",
        ),
        (
            "GET /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nOrigin: https://mcp.example.com",
            200,
            "",
        ),
        (
            "GET /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nOrigin: https://evil.example",
            403,
            "origin",
        ),
        (
            "GET /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nOrigin:",
            403,
            "origin",
        ),
        (
            "GET /mcp HTTP/1.1\r\nHost: evil.example\r\nOrigin: null",
            403,
            "origin",
        ),
        (
            "GET /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nOrigin: https://mcp.example.com\r\n\
             origin: https://mcp.example.com",
            403,
            "origin",
        ),
    ] {
        let answer = exchange(&format!("{lines}\r\n{TOKEN}")).await;
        let expected = format!(" {status} ");
        assert!(answer[..20].contains(&expected), "{lines:?}: {answer}");
        let error = format!("\"error\":\"{error}_not_allowed\"");
        assert_eq!(
            answer.contains(&error),
            status == 403,
            "{lines:?}: {answer}"
        );
        assert!(
            !answer.contains("\nwww-authenticate:"),
            "{lines:?}: {answer}"
        );
    }
}

async fn http_2_client() -> SendRequest<Empty<Bytes>> {
    let stream = TcpStream::connect(serve().await).await.expect("connected");
    let handshake = handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (client, connection) = handshake.expect("HTTP/2");
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn http_2() {
    let mut client = http_2_client().await;
    for (uri, host, origin, status) in [
        ("http://mcp.example.com/mcp", None, None, 200),
        ("http://mcp.example.com:8443/mcp", None, None, 200),
        ("http://localhost:8788/mcp", None, None, 200),
        ("http://[::1]:8788/mcp", None, None, 200),
        ("http://evil.example/mcp", None, None, 403),
        ("http://127.0.0.1.nip.io/mcp", None, None, 403),
        (
            "http://mcp.example.com/mcp",
            Some("mcp.example.com"),
            None,
            200,
        ),
        (
            "http://mcp.example.com/mcp",
            Some("evil.example"),
            None,
            403,
        ),
        (
            "http://evil.example/mcp",
            Some("mcp.example.com"),
            None,
            403,
        ),
        (
            "http://mcp.example.com/mcp",
            None,
            Some("https://mcp.example.com"),
            200,
        ),
        (
            "http://mcp.example.com/mcp",
            None,
            Some("https://evil.example"),
            403,
        ),
        ("http://mcp.example.com/mcp", None, Some("null"), 403),
    ] {
        let mut request = Request::get(uri).header("authorization", "Bearer reader");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let request = request.body(Empty::new()).expect("a request");
        let answer = client.send_request(request).await.expect("an answer");
        assert_eq!(answer.status(), status, "{uri} {host:?} {origin:?}");
        assert!(!answer.headers().contains_key("www-authenticate"));
    }
}
