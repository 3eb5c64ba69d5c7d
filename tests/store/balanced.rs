//! Three instances behind nginx, which gives each request to the next one.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use reqwest::{Client, Method, RequestBuilder};
use scopes_core::store::MemoryStore;
use scopes_tests::ports::free_address;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::client::{VERSION, initialize, message};
use crate::instances::{settings, shared};
use crate::sessions::READER;

struct Nginx(Child);

impl Nginx {
    /// Listens at `address`, and forwards to the instances in turn.
    fn start(address: SocketAddr, instances: &[SocketAddr]) -> Self {
        let name = format!("balanced-{}", std::process::id());
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
                upstream instances {{ {instances} }}
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

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_whichever_instance_has_the_next_request() {
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
    let _nginx = Nginx::start(address, &instances);
    let client = Client::builder().no_proxy().build().expect("a client");
    let post = async |session: Option<&str>, message: &Value| {
        let post = client.post(&url).header("content-type", "application/json");
        let post = with_token(post, session).body(message.to_string());
        post.send().await.expect("an answer")
    };

    let opened = post(None, &initialize()).await;
    assert_eq!(opened.status(), 200);
    let session = opened.headers().get("mcp-session-id").expect("a session");
    let session = session.to_str().expect("ASCII").to_owned();
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(post(Some(&session), &ready).await.status(), 202);
    let call = message(
        "tools/call",
        &json!({ "name": "count_entries", "arguments": {} }),
    );
    let mut answered_by = BTreeSet::new();
    for _ in 0..6 {
        let answer = post(Some(&session), &call).await;
        assert_eq!(answer.status(), 200);
        let body = answer.text().await.expect("a body");
        let names = ["first", "second", "third"].into_iter();
        answered_by.extend(names.filter(|name| body.contains(&format!("answered by {name}"))));
    }
    assert_eq!(answered_by.len(), 3);

    let delete = with_token(client.request(Method::DELETE, &url), Some(&session));
    assert_eq!(delete.send().await.expect("an answer").status(), 202);
}
