//! Keycloak with the realm of `keycloak/realm.json`.

use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::{Value, json};

use super::client::http;
use super::control::{Interruption, SigningKeys};
use super::process::{Process, free_port, installed};

const REALM: &str = include_str!("keycloak/realm.json");
/// The MCP server that the realm is for.
const RESOURCE: &str = "https://mcp.epicme.example/mcp";
/// The administrator's name and password.
const ADMIN: &str = "admin";
/// What runs for a minute: the compiler's later tiers would not pay.
const FIRST_TIER: &str = "-XX:TieredStopAtLevel=1";

/// A stock Keycloak in development mode, whose realm issues tokens for one MCP server.
///
/// Users sign in under the name and password `ada`.
#[derive(Debug)]
pub struct Keycloak {
    port: u16,
    origin: String,
    http: reqwest::Client,
    process: Process,
}

impl Keycloak {
    /// The client that is registered for MCP clients, with every scope.
    pub const CLIENT: &str = "mcp-client";
    /// The secret of the client that asks about tokens; its id is the URL of the MCP server.
    pub const SECRET: &str = "the secret of the MCP server";

    /// Starts a Keycloak whose tokens are for the MCP server at `resource`, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If Keycloak is not installed.
    pub async fn start(resource: &str) -> Result<Self, String> {
        Self::start_with(resource, &[]).await
    }

    /// As [`start`](Self::start), behind a proxy that ends TLS at `origin`, under which its issuers then are. The
    /// proxy forwards to [`port`](Self::port), and says by `X-Forwarded-*` what was asked for.
    ///
    /// # Errors
    ///
    /// If Keycloak is not installed.
    pub async fn start_behind(origin: &str, resource: &str) -> Result<Self, String> {
        let hostname = format!("--hostname={origin}");
        Self::start_with(resource, &[&hostname, "--proxy-headers=xforwarded"]).await
    }

    async fn start_with(resource: &str, options: &[&str]) -> Result<Self, String> {
        let cached = installed("keycloak")?;
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        // What the server writes is below this folder; the rest is shared. The script is a copy, since it
        // looks for the server beside the file that it is.
        for shared in ["conf", "lib", "providers", "themes"] {
            symlink(cached.join(shared), at.join(shared)).expect("a link");
        }
        std::fs::create_dir(at.join("bin")).expect("a folder");
        std::fs::copy(cached.join("bin/kc.sh"), at.join("bin/kc.sh")).expect("the script");
        let imported = at.join("data/import");
        std::fs::create_dir_all(&imported).expect("a folder");
        let realm = REALM.replace(RESOURCE, resource);
        std::fs::write(imported.join("journal-realm.json"), realm).expect("a file");

        let port = free_port();
        let mut program = Command::new("bash");
        program
            .arg(at.join("bin/kc.sh"))
            .args(["start-dev", "--import-realm", "--db=dev-mem"])
            .args(["--http-host=127.0.0.1", &format!("--http-port={port}")])
            .args(options)
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN)
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN)
            .env("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx512m")
            .env("JAVA_OPTS_APPEND", FIRST_TIER);
        let mut started = Self {
            port,
            origin: format!("http://127.0.0.1:{port}"),
            http: http(),
            process: Process::start(folder, &mut program),
        };
        let issuer = started.issuer();
        started.process.wait_for(&started.http, &issuer).await;
        Ok(started)
    }

    /// Returns the port of this machine at which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the issuer of the realm.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer_of("journal")
    }

    /// Returns the issuer of a realm.
    #[must_use]
    pub fn issuer_of(&self, realm: &str) -> String {
        format!("{}/realms/{realm}", self.origin)
    }

    /// Returns what Keycloak has logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Runs commands of the guide, which name a Keycloak at its default port, in the root of this repository.
    ///
    /// # Panics
    ///
    /// If one of them fails.
    pub fn run_script(&self, script: &str) {
        // The program of the administrator keeps its session in the user's home.
        let home = tempfile::tempdir().expect("a folder");
        let options = format!("-Duser.home={} {FIRST_TIER}", home.path().display());
        let script = script.replace("http://127.0.0.1:8080", &self.origin);
        let output = Command::new("bash")
            .args(["-euc", &script])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .env("KC_OPTS", options)
            .output()
            .expect("bash");
        assert!(output.status.success(), "{script}: {output:?}");
    }

    /// Asks the admin REST API; an answer without a body is `null`.
    pub async fn admin(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let token_endpoint = "/realms/master/protocol/openid-connect/token";
        let form = [
            ("client_id", "admin-cli"),
            ("grant_type", "password"),
            ("username", ADMIN),
            ("password", ADMIN),
        ];
        let request = self.http.post(format!("{}{token_endpoint}", self.origin));
        let answer = request.form(&form).send().await.expect("an answer");
        let tokens: Value = answer.json().await.expect("JSON");
        let token = tokens["access_token"].as_str().expect("a token");
        let url = format!("{}{path}", self.origin);
        let mut request = self.http.request(method.parse().expect("a method"), url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.bearer_auth(token).send().await.expect("an answer");
        let status = answer.status();
        let body = answer.text().await.expect("a body");
        assert!(status.is_success(), "{method} {path}: {status} {body}");
        serde_json::from_str(&body).unwrap_or(Value::Null)
    }
}

impl SigningKeys for Keycloak {
    async fn rotate_keys(&self) {
        let keys = self.admin("GET", "/admin/realms/journal/keys", None).await;
        let keys = keys["keys"].as_array().expect("keys").iter();
        let priority = keys.filter_map(|key| key["providerPriority"].as_i64());
        let priority = priority.max().unwrap_or_default() + 1;
        let realm = self.admin("GET", "/admin/realms/journal", None).await;
        let key = json!({
            "name": "newest",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": realm["id"],
            "config": { "priority": [priority.to_string()] },
        });
        self.admin("POST", "/admin/realms/journal/components", Some(key))
            .await;
    }

    async fn withdraw_key(&self, id: &str) {
        let keys = self.admin("GET", "/admin/realms/journal/keys", None).await;
        let mut keys = keys["keys"].as_array().expect("keys").iter();
        let key = keys.find(|key| key["kid"] == id).expect("the key");
        let component = key["providerId"].as_str().expect("a component");
        let path = format!("/admin/realms/journal/components/{component}");
        let mut component = self.admin("GET", &path, None).await;
        component["config"]["enabled"] = json!(["false"]);
        self.admin("PUT", &path, Some(component)).await;
    }
}

impl Interruption for Keycloak {
    async fn interrupt(&mut self) {
        self.process.suspend();
    }

    async fn restore(&mut self) {
        self.process.resume();
        let issuer = self.issuer();
        self.process.wait_for(&self.http, &issuer).await;
    }
}
