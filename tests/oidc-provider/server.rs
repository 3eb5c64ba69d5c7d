//! The authorization server's process, and its clients' side of the conversation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scopes_core::fetch::{Fetch, FetchRequest};
use scopes_core::reqwest::ReqwestFetch;
use scopes_interop::oidc_provider::Process;
use serde_json::{Value, json};

/// The client that gets tokens.
const CLIENT: (&str, &str) = ("client", "the client's secret");

/// An authorization server in a process of its own, for as long as this lives.
pub(crate) struct Server {
    process: Process,
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
        Self {
            process: Process::start(&settings),
            fetch: ReqwestFetch::new().expect("TLS"),
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.process.issuer
    }

    pub(crate) fn rotate_keys(&self) {
        self.process.rotate_keys();
    }

    pub(crate) fn forget_old_keys(&self) {
        self.process.forget_old_keys();
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
        let url = format!("{}{path}", self.issuer());
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

/// A client with no use for a browser (RFC 7591).
pub(crate) fn client(mut metadata: Value) -> Value {
    metadata["redirect_uris"] = json!([]);
    metadata["response_types"] = json!([]);
    if metadata["grant_types"].is_null() {
        metadata["grant_types"] = json!([]);
    }
    metadata
}
