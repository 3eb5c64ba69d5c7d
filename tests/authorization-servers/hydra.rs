//! Ory Hydra with the settings of `hydra/hydra.yml`, and the app that it needs.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use scopes_interop::browser::REDIRECT_URI;

use super::client::http;
use super::consent::{self, App};
use super::control::{Interruption, SigningKeys};
use super::process::{Process, free_port, installed};

/// The keys that sign access tokens, at the admin port.
const KEYS: &str = "/admin/keys/hydra.jwt.access-token";

/// An Ory Hydra in memory, whose users sign in as `ada`, and grant a client reading at first and everything
/// when it asks again.
#[derive(Debug)]
pub struct Hydra {
    issuer: String,
    admin: String,
    process: Process,
    app: JoinHandle<()>,
}

impl Hydra {
    /// The client that is registered for MCP clients, with every scope.
    pub const CLIENT: &str = "mcp-client";

    /// Starts a Hydra whose access tokens are of a kind, `jwt` or `opaque`, for the MCP server at
    /// `resource`, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If Hydra is not installed.
    pub async fn start(resource: &str, kind: &str) -> Result<Self, String> {
        let program = installed("hydra")?.join("hydra");
        let [public, admin] = [free_port(), free_port()];
        let [issuer, admin_url] = [public, admin].map(|port| format!("http://127.0.0.1:{port}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let pages = format!("http://{}", listener.local_addr().expect("an address"));
        let app = App {
            public: issuer.clone(),
            admin: admin_url.clone(),
            resource: resource.to_owned(),
            known: Mutex::default(),
        };
        let app = tokio::spawn(consent::serve(listener, app));

        let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("hydra/hydra.yml");
        let mut hydra = Command::new(program);
        hydra
            .args(["serve", "all", "--dev", "--config"])
            .arg(settings)
            .env("SERVE_PUBLIC_PORT", public.to_string())
            .env("SERVE_ADMIN_PORT", admin.to_string())
            .env("STRATEGIES_ACCESS_TOKEN", kind)
            .env("URLS_SELF_ISSUER", &issuer)
            .env("URLS_LOGIN", format!("{pages}/login"))
            .env("URLS_CONSENT", format!("{pages}/consent"))
            .env(
                "WEBFINGER_OIDC_DISCOVERY_CLIENT_REGISTRATION_URL",
                format!("{pages}/register"),
            );
        let folder = tempfile::tempdir().expect("a folder");
        let mut started = Self {
            issuer,
            admin: admin_url,
            process: Process::start(folder, &mut hydra),
            app,
        };
        let ready = format!("{}/health/ready", started.admin);
        started.process.wait_for(&http(), &ready).await;
        started.register(resource).await;
        Ok(started)
    }

    /// Returns the issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the URL that is asked about tokens.
    #[must_use]
    pub fn introspection(&self) -> String {
        format!("{}/admin/oauth2/introspect", self.admin)
    }

    async fn register(&self, resource: &str) {
        let scope =
            "openid offline_access entries:read entries:write notebooks:write notebooks:1:read";
        let client = json!({
            "audience": [resource],
            "client_id": Self::CLIENT,
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": [REDIRECT_URI],
            "response_types": ["code"],
            "scope": scope,
            "token_endpoint_auth_method": "none",
        });
        self.post("/admin/clients", &client).await;
    }

    async fn post(&self, path: &str, body: &Value) {
        let request = http().post(format!("{}{path}", self.admin)).json(body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {status} {body}");
    }
}

impl SigningKeys for Hydra {
    async fn rotate_keys(&self) {
        let key = json!({ "alg": "RS256", "use": "sig" });
        self.post(KEYS, &key).await;
    }

    async fn withdraw_key(&self, id: &str) {
        let request = http().delete(format!("{}{KEYS}/{id}", self.admin));
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
    }
}

impl Interruption for Hydra {
    async fn interrupt(&mut self) {
        self.process.suspend();
    }

    async fn restore(&mut self) {
        self.process.resume();
        let ready = format!("{}/health/ready", self.admin);
        self.process.wait_for(&http(), &ready).await;
    }
}

impl Drop for Hydra {
    fn drop(&mut self) {
        self.app.abort();
    }
}
