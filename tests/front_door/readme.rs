//! The server of the README, with nothing changed but its URLs, and an authorization server, both behind
//! nginx under their names, with certificates of an authority that only `SSL_CERT_FILE` makes known.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use http::StatusCode;
use regex::Regex;
use scopes_core::fetch::{Fetch, FetchRequest};
use scopes_core::testing::Issuer;

use crate::client::{call, check_resource_with, get, serve};
use crate::nginx::{Door, HOSTS, Nginx, free_address};

/// The README's server as a process, behind nginx.
pub(crate) struct ReadmeServer {
    process: Child,
    pub(crate) nginx: Nginx,
    pub(crate) url: String,
}

impl ReadmeServer {
    /// Starts the server at `/mcp` of the door with this issuer. Its nginx forwards everything, with `lines`,
    /// and what `beside` says.
    pub(crate) fn start(door: &Door, issuer: &str, beside: &str, lines: &str) -> Self {
        let url = format!("{}/mcp", door.origin);
        let address = free_address();
        let location = format!("location / {{ proxy_pass http://{address}; {lines} }}");
        let nginx = door.open(beside, &location);
        let process = Command::new(env!("CARGO_BIN_EXE_readme_server"))
            .env("RESOURCE", &url)
            .env("ISSUER", issuer)
            .env("ADDRESS", address.to_string())
            .env("SSL_CERT_FILE", nginx.authority())
            .env("LD_PRELOAD", names())
            .stdin(Stdio::null())
            .spawn()
            .expect("a process");
        let mut server = Self {
            process,
            nginx,
            url,
        };
        server.wait_for(address);
        server
    }

    fn wait_for(&mut self, address: SocketAddr) {
        let begin = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = self.process.try_wait().expect("a process");
            assert!(ended.is_none(), "the server ends: {ended:?}");
            assert!(begin.elapsed() < Duration::from_secs(60), "no start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for ReadmeServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Builds the library of the names with the program that also links Rust.
fn names() -> &'static Path {
    static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("front_door/names.c"))
            .arg("-ldl")
            .status();
        assert!(built.expect("a C compiler").success());
        library
    });
    &LIBRARY
}

/// Serves the documents of `issuer` at an address, to stand behind nginx.
pub(crate) async fn serve_issuer(issuer: &Issuer) -> SocketAddr {
    let (fetch, url) = (issuer.fetch(), issuer.url().to_owned());
    let app = Router::new().fallback(move |request: Request| {
        let (fetch, url) = (fetch.clone(), format!("{url}{}", request.uri()));
        async move {
            let answer = fetch.fetch(FetchRequest::get(url).expect("https")).await;
            let answer = answer.expect("an answer");
            let status = StatusCode::from_u16(answer.status).expect("a status");
            (status, answer.body)
        }
    });
    serve(app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_server_finds_its_issuer_behind_nginx_and_steps_up() {
    for lines in HOSTS {
        let door = Door::choose();
        let issuer = Issuer::start_as(&door.login_origin)
            .await
            .expect("an issuer");
        let login = door.login(serve_issuer(&issuer).await);
        let server = ReadmeServer::start(&door, issuer.url(), &login, lines);
        let (client, url) = (&server.nginx.client, &server.url);

        let stranger = call(client, url, None, "count_entries").await;
        let metadata = get(client, stranger.metadata_url()).await.json();
        assert_eq!(metadata["authorization_servers"][0], issuer.url());
        assert_eq!(metadata["scopes_supported"][0], "entries:read");

        let sign = |scope: &str| issuer.token(url).scope(scope).sign().expect("a token");
        let nothing = sign("");
        let refused = call(client, url, Some(&nothing), "count_entries").await;
        let stepped_up = sign(refused.parameter("scope").expect("a scope"));
        check_resource_with(client, url, &stepped_up, &nothing).await;

        assert_eq!(call_by_hand(client, url, &stepped_up).await, 200);
        assert_eq!(call_by_hand(client, url, &nothing).await, 403);
        assert_eq!(call_by_hand(client, url, "made-up").await, 401);
        assert_eq!(call_by_hand(client, url, "").await, 400);
    }
}

/// Sends what the curl command of the guide's page does, to this server.
async fn call_by_hand(client: &reqwest::Client, url: &str, token: &str) -> u16 {
    let page = include_str!("../../docs/guide/call-by-hand.md");
    let command = page.split("```").nth(1).expect("a command");
    let headers = Regex::new("-H ['\"]([^:'\"]+): ([^'\"]+)['\"]").expect("a pattern");
    let mut request = client.post(url);
    for header in headers.captures_iter(command) {
        let value = header[2].replace("$TOKEN", token);
        request = request.header(&header[1], value);
    }
    let body = command.split("-d '").nth(1).expect("a body");
    let body = body.split('\'').next().expect("the end of the body");
    let answer = request.body(body.to_owned()).send().await;
    answer.expect("an answer").status().as_u16()
}
