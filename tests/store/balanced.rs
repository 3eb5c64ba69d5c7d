//! Three instances behind nginx, which gives each request to the next one.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use reqwest::{Client, Method, RequestBuilder, Response};
use scopes_core::store::MemoryStore;
use scopes_tests::ports::free_address;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::client::{VERSION, initialize, message};
use crate::instances::{settings, shared};
use crate::sessions::READER;

struct Nginx(Child);

impl Nginx {
    /// Listens at `address`, and forwards to the instances in turn, or as `method` says.
    fn start(address: SocketAddr, instances: &[SocketAddr], method: &str) -> Self {
        let name = format!("balanced-{}-{}", std::process::id(), address.port());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let at = folder.display();
        let instances = instances.iter();
        let instances: Vec<_> = instances.map(|one| format!("server {one};")).collect();
        let instances = instances.concat();
        let config = format!(
            "daemon off;
            master_process off;
            pid {at}/pid;
            error_log {at}/error.log;
            events {{}}
            http {{
                access_log off;
                client_body_temp_path {at}/body;
                proxy_temp_path {at}/proxy;
                fastcgi_temp_path {at}/fastcgi;
                uwsgi_temp_path {at}/uwsgi;
                scgi_temp_path {at}/scgi;
                upstream instances {{ {method} {instances} }}
                server {{
                    listen {address};
                    location / {{
                        proxy_pass http://instances;
                        proxy_http_version 1.1;
                        proxy_set_header Host $http_host;
                        proxy_buffering off;
                    }}
                }}
            }}"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config).expect("a file");
        let nginx = Command::new(env!("NGINX_PROGRAM"))
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(&file)
            .arg("-e")
            .arg(folder.join("error.log"))
            .stdin(Stdio::null())
            .spawn();
        let nginx = Self(nginx.expect("nginx starts"));
        let begin = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(20), "no connection");
            std::thread::sleep(Duration::from_millis(10));
        }
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn with_token(request: RequestBuilder, session: Option<&str>) -> RequestBuilder {
    let request = request
        .bearer_auth(READER)
        .header("accept", "application/json, text/event-stream");
    match session {
        Some(session) => request
            .header("mcp-session-id", session)
            .header("mcp-protocol-version", VERSION),
        None => request,
    }
}

/// Three instances behind nginx, and a client of theirs.
struct Site {
    url: String,
    client: Client,
    _nginx: Nginx,
}

impl Site {
    async fn start(method: &str) -> Self {
        let address = free_address();
        let url = format!("http://{address}/mcp");
        let store = MemoryStore::new();
        let mut instances = Vec::new();
        for name in ["first", "second", "third"] {
            let server = settings(name, &url).store(&shared(store.clone())).await;
            let app = Router::from(server.expect("everything is annotated"));
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            instances.push(listener.local_addr().expect("an address"));
            tokio::spawn(async move { axum::serve(listener, app).await });
        }
        Self {
            url,
            client: Client::builder().no_proxy().build().expect("a client"),
            _nginx: Nginx::start(address, &instances, method),
        }
    }

    async fn post(&self, session: Option<&str>, message: &Value) -> Response {
        let post = self.client.post(&self.url);
        let post = post.header("content-type", "application/json");
        let post = with_token(post, session).body(message.to_string());
        post.send().await.expect("an answer")
    }

    async fn open(&self) -> String {
        let opened = self.post(None, &initialize()).await;
        assert_eq!(opened.status(), 200);
        let session = opened.headers().get("mcp-session-id").expect("a session");
        let session = session.to_str().expect("ASCII").to_owned();
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        assert_eq!(self.post(Some(&session), &ready).await.status(), 202);
        session
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_whichever_instance_has_the_next_request() {
    let site = Site::start("").await;
    let session = site.open().await;
    let call = call("count_entries");
    let mut answered_by = BTreeSet::new();
    for _ in 0..6 {
        let answer = site.post(Some(&session), &call).await;
        assert_eq!(answer.status(), 200);
        let body = answer.text().await.expect("a body");
        let names = ["first", "second", "third"].into_iter();
        answered_by.extend(names.filter(|name| body.contains(&format!("answered by {name}"))));
    }
    assert_eq!(answered_by.len(), 3);

    let delete = with_token(
        site.client.request(Method::DELETE, &site.url),
        Some(&session),
    );
    assert_eq!(delete.send().await.expect("an answer").status(), 202);
}

fn call(tool: &str) -> Value {
    message("tools/call", &json!({ "name": tool, "arguments": {} }))
}

/// Reads a stream until it says something that contains `text`; `None` if it does not in time.
async fn read_until(stream: &mut Response, text: &str) -> Option<String> {
    let mut read = String::new();
    let reading = async {
        while !read.contains(text) {
            let chunk = stream.chunk().await.ok()??;
            read.push_str(&String::from_utf8_lossy(&chunk));
        }
        Some(())
    };
    let limit = Duration::from_secs(3);
    let is_said = tokio::time::timeout(limit, reading).await.ok().flatten();
    is_said.map(|()| read)
}

/// The response of the client is a request of its own, which has to reach the instance that waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_the_server_needs_the_same_instance() {
    for (method, expected) in [("ip_hash;", true), ("", false)] {
        let site = Site::start(method).await;
        let session = site.open().await;
        let mut stream = site.post(Some(&session), &call("count_roots")).await;
        assert_eq!(stream.status(), 200);
        let asked = read_until(&mut stream, "roots/list").await.expect("asked");
        let asked = asked.lines().filter_map(|line| line.strip_prefix("data:"));
        let mut asked = asked.filter_map(|data| serde_json::from_str::<Value>(data).ok());
        let asked = asked.find(|message| message["method"] == "roots/list");
        let id = asked.expect("a request")["id"].clone();
        let roots = json!({ "roots": [{ "uri": "file:///diary" }] });
        let response = json!({ "jsonrpc": "2.0", "id": id, "result": roots });
        let taken = site.post(Some(&session), &response).await;
        assert_eq!(taken.status(), 202, "{method:?}");
        let answer = read_until(&mut stream, "1 roots").await;
        assert_eq!(answer.is_some(), expected, "{method:?}");
    }
}
