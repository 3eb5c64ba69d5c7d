//! Open streams of three instances with one store, from a revocation to the last close; and the memory of a
//! stream. The clients are a process of their own. Without a limit of 10,100 descriptors for each process, set
//! it with `ulimit -n`.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures::StreamExt;
use http::Response;
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::store::{MemoryStore, SharedStore};
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, SecretKeys};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, claims};
use scopes_tests::measure::is_measuring;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const INSTANCES: usize = 3;
const STREAMS: usize = 10_000;
/// From the revocation to the last close.
const TARGET: Duration = Duration::from_secs(2);
/// The variable by which the process of the clients is told what to do.
const CLIENTS: &str = "SCOPES_STREAM_CLIENTS";

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let Ok(asked) = std::env::var(CLIENTS) {
        return runtime.block_on(clients(&asked));
    }
    let streams = if is_measuring() { STREAMS } else { 30 };
    runtime.block_on(serve(streams));
}

/// Says one thing, and nothing afterwards.
async fn stream() -> Response<Body> {
    let first = futures::stream::iter([Ok::<_, Infallible>("data: {}\n\n")]);
    let body = Body::from_stream(first.chain(futures::stream::pending()));
    let response = Response::builder().header("content-type", "text/event-stream");
    response.body(body).expect("a response")
}

async fn instance(key: &SigningKey, store: &SharedStore) -> (SocketAddr, Revocations) {
    let keys: JwkSet = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("keys");
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    let verifier = CachedVerifier::new(verifier.build().expect("valid settings"));
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default());
    let revocations = Revocations::builder().store(store).build();
    tokio::spawn(revocations.follow_store());
    let protect = ProtectLayer::new(server.build().expect("valid settings"), verifier);
    let protect = protect.revocations(&revocations);
    let app = Router::new().route("/mcp", get(stream)).layer(protect);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, revocations)
}

async fn serve(streams: usize) {
    let key = SigningKey::p256("1");
    let keys = SecretKeys::random().expect("random bytes");
    let store = SharedStore::new(MemoryStore::new(), &keys);
    let mut addresses = Vec::new();
    let mut all = Vec::new();
    for _ in 0..INSTANCES {
        let (address, revocations) = instance(&key, &store).await;
        addresses.push(address.to_string());
        all.push(revocations);
    }
    // Until every instance has read the store.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = resident_bytes();
    let mut process = Command::new(std::env::current_exe().expect("this program"))
        .env(
            CLIENTS,
            format!("{streams} {} {}", key.token(), addresses.join(",")),
        )
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
    let opened = tokio::task::spawn_blocking(move || (lines.next(), lines));
    let (opened, mut lines) = opened.await.expect("no panic");
    assert_eq!(opened.expect("a line").expect("UTF-8"), "open");
    let each = (resident_bytes() - before) / streams;
    let revoked_at = now();
    let subject = claims()["sub"].as_str().expect("a text").to_owned();
    let revoked = all[0].revoke(Revocation::subject(ISSUER, &subject)).await;
    revoked.expect("revoked");
    let closed = tokio::task::spawn_blocking(move || lines.next());
    let closed = closed.await.expect("no panic").expect("a line");
    let closed_at = closed.expect("UTF-8").parse().expect("a time");
    let took = Duration::from_micros(u64::saturating_sub(closed_at, revoked_at));
    println!(
        "{streams} streams over {INSTANCES} instances in one process: {each} bytes each, {took:?} from \
         the revocation to the last close (target {TARGET:?})"
    );
    assert!(took < TARGET);
    process.wait().expect("it ends");
}

/// Opens the streams, says so, and says when the last one has ended.
async fn clients(asked: &str) {
    let mut asked = asked.split(' ');
    let mut next = || asked.next().expect("three words");
    let (streams, token, addresses) = (next(), next(), next());
    let streams: usize = streams.parse().expect("a number");
    let addresses: Vec<&str> = addresses.split(',').collect();
    let mut open = Vec::new();
    for number in 0..streams {
        let address = addresses[number % addresses.len()];
        let mut connection = TcpStream::connect(address).await.expect("it listens");
        let request = format!(
            "GET /mcp HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        let written = connection.write_all(request.as_bytes()).await;
        written.expect("written");
        let mut answer = vec![0; 1024];
        let mut length = 0;
        while !answer[..length].ends_with(b"\n\n\r\n") {
            let read = connection.read(&mut answer[length..]).await;
            length += read.expect("a stream");
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
        open.push(connection);
    }
    println!("open");
    let mut last = 0;
    let ends = open.into_iter().map(|mut connection| {
        tokio::spawn(async move {
            let mut rest = [0; 64];
            // The last chunk, of no length.
            let read = connection.read(&mut rest).await.expect("a clean end");
            assert_eq!(&rest[..read], b"0\r\n\r\n");
            now()
        })
    });
    for end in ends.collect::<Vec<_>>() {
        last = last.max(end.await.expect("no panic"));
    }
    println!("{last}");
}

/// Microseconds since 1970, the same in both processes.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.expect("after 1970").as_micros();
    u64::try_from(since).expect("before the end of time")
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|text| text.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or(0) * 1024
}
