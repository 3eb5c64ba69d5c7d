//! Tokens and streams of a server whose wall clock is set while it runs, seen from outside.
//!
//! The server is this program again, with a library preloaded that sets its wall clock.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(clippy::expect_used, reason = "a test may panic")]

mod server;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::{Client, Response};
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::{SigningKey, claims, now_plus};
use serde_json::json;

const HOUR: i64 = 3600;
/// Nothing takes longer, however busy the machine is.
const LONG: Duration = Duration::from_secs(20);

/// Builds the library with the program that also links Rust.
fn library() -> &'static Path {
    static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wall_clock.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("clock/wall_clock.c"))
            .status();
        assert!(built.expect("a C compiler").success());
        library
    });
    &LIBRARY
}

/// An authorization server, and a resource server whose wall clock can be set.
struct Site {
    authorization_server: FaultyServer,
    key: SigningKey,
    process: Child,
    /// The server runs for as long as it is open.
    _stdin: Option<ChildStdin>,
    address: String,
    offset: File,
    client: Client,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Site {
    fn start(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wall_clock_{name}"));
        std::fs::write(&path, 0_i64.to_ne_bytes()).expect("a file");
        let offset = File::options().write(true).open(&path).expect("a file");

        let authorization_server = FaultyServer::start();
        let issuer = authorization_server.url("");
        let metadata = json!({
            "issuer": issuer,
            "jwks_uri": authorization_server.url("/jwks"),
            "introspection_endpoint": authorization_server.url("/introspect"),
        });
        let well_known = "/.well-known/oauth-authorization-server";
        authorization_server.reply(well_known, Reply::json(&metadata));
        let key = SigningKey::ed25519("1");
        let keys = json!({ "keys": [key.jwk()] });
        authorization_server.reply("/jwks", Reply::json(&keys));
        // The server asks about a made-up token when it starts.
        let inactive = Reply::json(&json!({ "active": false }));
        authorization_server.reply("/introspect", inactive);

        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "server::serve", "--ignored", "--nocapture"])
            .env("LD_PRELOAD", library())
            .env("WALL_CLOCK_OFFSET", &path)
            .env("ISSUER", issuer)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let stdout = process.stdout.take().expect("its output");
        let lines = BufReader::new(stdout).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once(server::LISTENS)?.1.to_owned()));
        Self {
            authorization_server,
            key,
            _stdin: process.stdin.take(),
            process,
            address: address.expect("the server starts"),
            offset,
            client: Client::builder().no_proxy().build().expect("a client"),
        }
    }

    /// Sets the server's wall clock ahead of ours.
    fn set_clock(&self, seconds: i64) {
        let written = self.offset.write_all_at(&seconds.to_ne_bytes(), 0);
        written.expect("written");
    }

    /// A token that expires so many seconds from now, by our clock.
    fn token(&self, seconds: f64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut claims = claims();
        claims["iss"] = self.authorization_server.url("").into();
        claims["aud"] = server::RESOURCE.into();
        claims["exp"] = (now.expect("after 1970").as_secs_f64() + seconds).into();
        self.key.sign(&self.key.header(), &claims)
    }

    async fn get(&self, path: &str, token: &str) -> Response {
        let url = format!("http://{}{path}", self.address);
        let request = self.client.get(url).bearer_auth(token);
        request.send().await.expect("an answer")
    }

    async fn status(&self, path: &str, token: &str) -> u16 {
        self.get(path, token).await.status().as_u16()
    }

    fn questions(&self) -> usize {
        let received = self.authorization_server.received();
        let questions = received
            .iter()
            .filter(|it| it.line.ends_with(" /introspect"));
        questions.count()
    }
}

/// Opens a stream, and reads it until it says something.
async fn open(site: &Site, path: &str, token: &str) -> Response {
    let mut stream = site.get(path, token).await;
    assert_eq!(stream.status(), 200);
    let said = stream.chunk().await.expect("no error");
    assert_eq!(said.as_deref(), Some(&b"tick\n"[..]));
    stream
}

/// How long the stream goes on. Its end is clean.
async fn lasts(mut stream: Response) -> Duration {
    let began = Instant::now();
    loop {
        let chunk = tokio::time::timeout(LONG, stream.chunk()).await;
        if chunk.expect("it ends").expect("cleanly").is_none() {
            return began.elapsed();
        }
        assert!(began.elapsed() < LONG, "the stream has no end");
    }
}

#[tokio::test]
async fn a_clock_set_forward_ends_remembered_tokens_and_streams() {
    let site = Site::start("forward");
    let token = site.token(3600.0);
    assert_eq!(site.status("/jwt/once", &token).await, 200);
    let stream = open(&site, "/jwt/stream", &token).await;
    assert_eq!(site.status("/jwt/once", &token).await, 200);
    site.set_clock(2 * HOUR);
    let lasted = lasts(stream).await;
    assert!(lasted < Duration::from_secs(1), "{lasted:?}");
    let answer = site.get("/jwt/once", &token).await;
    assert_eq!(answer.status(), 401);
    let challenge = answer.headers()["www-authenticate"].to_str();
    let challenge = challenge.expect("a text");
    assert!(challenge.contains("has expired"), "{challenge}");
}

#[tokio::test]
async fn a_clock_set_forward_makes_keys_due() {
    let site = Site::start("keys");
    let token = site.token(3600.0);
    assert_eq!(site.status("/jwt/once", &token).await, 200);
    let stream = open(&site, "/jwt/stream", &token).await;
    let other = SigningKey::ed25519("2");
    let keys = json!({ "keys": [other.jwk()] });
    site.authorization_server.reply("/jwks", Reply::json(&keys));
    assert_eq!(site.status("/jwt/once", &token).await, 200);
    // Keys are refreshed every ten minutes.
    site.set_clock(11 * 60);
    assert_eq!(site.status("/jwt/once", &token).await, 401);
    let lasted = lasts(stream).await;
    assert!(lasted < Duration::from_secs(5), "{lasted:?}");
}

#[tokio::test]
async fn a_clock_set_back_keeps_no_token_remembered() {
    let site = Site::start("back");
    let mut answer = json!({
        "active": true, "iss": site.authorization_server.url(""), "sub": "ada", "aud": server::RESOURCE,
        "client_id": "client-1", "exp": now_plus(3), "scope": "entries:read",
    });
    let server = &site.authorization_server;
    server.reply("/introspect", Reply::json(&answer));
    assert_eq!(site.status("/opaque/once", "opaque").await, 200);
    site.set_clock(-HOUR);
    answer = json!({ "active": false });
    server.reply("/introspect", Reply::json(&answer));
    assert_eq!(site.status("/opaque/once", "opaque").await, 200);
    // The start has asked about a made-up token.
    assert_eq!(site.questions(), 2, "the token is remembered");
    tokio::time::sleep(Duration::from_millis(3200)).await;
    assert_eq!(site.status("/opaque/once", "opaque").await, 401);
    assert_eq!(site.questions(), 3);
}

#[tokio::test]
async fn a_clock_set_back_keeps_no_stream_open() {
    let site = Site::start("stream");
    // With thirty seconds of leeway, it ends in two.
    let token = site.token(-28.0);
    let stream = open(&site, "/jwt/stream", &token).await;
    site.set_clock(-HOUR);
    let lasted = lasts(stream).await;
    let limits = Duration::from_millis(500)..Duration::from_secs(3);
    assert!(limits.contains(&lasted), "{lasted:?}");
}
