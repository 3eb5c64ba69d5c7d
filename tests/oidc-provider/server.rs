//! The authorization server's process, and its clients' side of the conversation.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, Once};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scopes_core::fetch::{Fetch, FetchRequest};
use scopes_core::reqwest::ReqwestFetch;
use serde_json::{Value, json};

/// The client that gets tokens.
const CLIENT: (&str, &str) = ("client", "the client's secret");

/// An authorization server in a process of its own, for as long as this lives.
pub(crate) struct Server {
    child: Child,
    conversation: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    issuer: String,
    fetch: ReqwestFetch,
}

impl Server {
    /// A server with these resources (by indicator), and these clients beside the one that gets
    /// tokens.
    pub(crate) fn start(resources: &Value, clients: &[Value]) -> Self {
        Self::start_for(resources, clients, false)
    }

    /// The same; clients may register themselves if it `registers`.
    pub(crate) fn start_for(resources: &Value, clients: &[Value], registers: bool) -> Self {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc-provider");
        install(&directory);
        let mut clients = clients.to_vec();
        clients.push(client(json!({
            "client_id": CLIENT.0,
            "client_secret": CLIENT.1,
            "grant_types": ["client_credentials"],
        })));
        let settings = json!({
            "clients": clients,
            "resources": resources,
            "registers": registers,
        });
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg(settings.to_string())
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let stdin = child.stdin.take().expect("piped");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let issuer = lines.next().expect("an issuer").expect("UTF-8");
        Self {
            child,
            conversation: Mutex::new((stdin, lines)),
            issuer,
            fetch: ReqwestFetch::new().expect("TLS"),
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Tells the server to do something, and waits until it is done.
    fn tell(&self, what: &str) {
        let mut conversation = self.conversation.lock().expect("not poisoned");
        writeln!(conversation.0, "{what}").expect("it listens");
        let done = conversation.1.next().expect("it is done").expect("UTF-8");
        assert_eq!(done, what);
    }

    pub(crate) fn rotate_keys(&self) {
        self.tell("rotate");
    }

    pub(crate) fn forget_old_keys(&self) {
        self.tell("forget");
    }

    /// An access token for `resource` by the client credentials grant, with a resource indicator
    /// (RFC 8707).
    pub(crate) async fn token(&self, resource: &str, scope: &str) -> String {
        let grant = [
            ("grant_type", "client_credentials"),
            ("resource", resource),
            ("scope", scope),
        ];
        let answer = self.post("/token", &grant).await;
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        let token = answer["access_token"].as_str();
        token.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Revokes a token (RFC 7009).
    pub(crate) async fn revoke(&self, token: &str) {
        self.post("/token/revocation", &[("token", token)]).await;
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Vec<u8> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let url = format!("{}{path}", self.issuer);
        let mut request =
            FetchRequest::post(url, form.iter().map(own).collect()).expect("loopback");
        let credentials = format!(
            "{}:{}",
            CLIENT.0,
            CLIENT.1.replace('\'', "%27").replace(' ', "+")
        );
        request.authorization = Some(format!("Basic {}", STANDARD.encode(credentials)));
        let answer = self.fetch.fetch(request).await.expect("an answer");
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.body
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client with no use for a browser (RFC 7591).
pub(crate) fn client(mut metadata: Value) -> Value {
    metadata["redirect_uris"] = json!([]);
    metadata["response_types"] = json!([]);
    if metadata["grant_types"].is_null() {
        metadata["grant_types"] = json!([]);
    }
    metadata
}

/// Installs what the lock file names, once.
fn install(directory: &Path) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let status = Command::new("npm")
            .args(["ci", "--silent", "--ignore-scripts"])
            .current_dir(directory)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("npm starts").success(), "npm ci fails");
    });
}
