//! `scopes doctor` at a resource of the certified authorization server, healthy and with mistakes.

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use scopes_core::resource::ResourceServerBuilder;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, ScopeCatalog, ScopesSupported};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;

use super::ALL;
use super::server::{Server, client};

/// Each request of the doctor has a time limit; all of them together end by then.
const EXAMINATION: Duration = Duration::from_secs(300);

#[derive(ScopeCatalog)]
enum WithBaseline {
    /// Read entries.
    #[scope("entries:read", baseline)]
    Read,
    /// Write entries.
    #[scope("entries:write")]
    Write,
}

struct Planted {
    /// The resource that the authorization server knows, if it is not the one that is served.
    resource: Option<&'static str>,
    registers: bool,
    /// The scopes that the authorization server knows for the resource.
    scope: &'static str,
    change: fn(ResourceServerBuilder) -> ResourceServerBuilder,
    issuer: fn(&str) -> String,
}

impl Planted {
    const NOTHING: Self = Self {
        resource: None,
        registers: true,
        scope: ALL,
        change: |builder| builder,
        issuer: str::to_owned,
    };

    /// Serves a resource and has the doctor examine it: the results by check.
    async fn examine(self, arguments: &[&str]) -> Vec<(String, String, String)> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let url = format!("http://{address}/mcp");
        let kind = json!({ "format": "jwt", "alg": "ES256", "scope": self.scope });
        let introspecting = json!({ "client_id": "journal", "client_secret": "s3cret" });
        let known = self.resource.unwrap_or(&url);
        let clients = [client(introspecting)];
        let server = Server::start_for(&json!({ known: kind }), &clients, self.registers);
        let issuer = (self.issuer)(server.issuer());
        let builder = ResourceServer::builder(&url)
            .authorization_server(&issuer)
            .registry(Registry::default())
            .scopes_supported(ScopesSupported::Explicit(ALL.parse().expect("scopes")));
        let resource = (self.change)(builder).build().expect("valid settings");
        let protect = ProtectLayer::new(resource, StaticVerifier::new());
        let metadata = Router::from(protect.metadata());
        let routes = Router::new().route("/mcp", post(async || "called"));
        let app = routes.layer(protect).merge(metadata);
        tokio::spawn(async move { axum::serve(listener, app).await });

        let issuer = server.issuer().to_owned();
        let arguments: Vec<_> = arguments
            .iter()
            .map(|it| it.replace("ISSUER", &issuer))
            .collect();
        let examining = Command::new(env!("CARGO_BIN_EXE_journal"))
            .args(["scopes", "doctor", &url, "--format", "json"])
            .args(arguments)
            .env("DOCTOR_SECRET", "s3cret")
            .env("DOCTOR_WRONG_SECRET", "wrong")
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(EXAMINATION, examining).await;
        let output = output.expect("the doctor ends").expect("it runs");
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let checks = document["checks"].as_array().expect("an array").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let row = |check: &Value| {
            (
                text(&check["check"]),
                text(&check["result"]),
                text(&check["found"]),
            )
        };
        checks.map(row).collect()
    }

    /// Expects this finding, and no other problem.
    async fn finds(self, arguments: &[&str], expected: (&str, &str, &str)) {
        let rows = self.examine(arguments).await;
        let is_it = |(check, result, found): &(String, String, String)| {
            check == expected.0 && result == expected.1 && found.contains(expected.2)
        };
        assert!(rows.iter().any(is_it), "{expected:?} {rows:#?}");
        let is_other = |row: &&_| {
            let (check, result, _): &(String, String, String) = row;
            result == "problem" && check != expected.0
        };
        let others: Vec<_> = rows.iter().filter(is_other).collect();
        assert!(others.is_empty(), "{others:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_node), ignore = "node and npm are not installed")]
async fn the_doctor_finds_nothing_at_a_healthy_server() {
    let secret = [
        "--client-id",
        "journal",
        "--client-secret-env",
        "DOCTOR_SECRET",
    ];
    let arguments = [&["--register", "--introspect", "ISSUER"], &secret[..]].concat();
    let rows = Planted::NOTHING.examine(&arguments).await;
    let is_bad = |row: &&(String, String, String)| ["problem", "warning"].contains(&row.1.as_str());
    let bad: Vec<_> = rows.iter().filter(is_bad).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    for (check, found) in [
        ("scopes", "all are listed"),
        ("scopes after registration", "every scope"),
        ("registered client", "deleted again"),
        ("introspection", "inactive"),
    ] {
        let is_it = |row: &&(String, String, String)| row.0 == check && row.2.contains(found);
        assert!(rows.iter().any(|row| is_it(&row)), "{check} {rows:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_node), ignore = "node and npm are not installed")]
async fn the_doctor_finds_mistakes_at_a_real_server() {
    let register = &["--register"][..];
    let baseline = Planted {
        change: |builder| builder.catalog::<WithBaseline>(),
        ..Planted::NOTHING
    };
    let refused = ("scopes after registration", "problem", "`invalid_scope`");
    baseline.finds(register, refused).await;

    let unknown_scope = Planted {
        scope: "entries:read",
        ..Planted::NOTHING
    };
    let refused = ("registered client", "problem", "invalid_client_metadata");
    unknown_scope.finds(register, refused).await;

    let unknown_resource = Planted {
        resource: Some("http://127.0.0.1:9/mcp"),
        ..Planted::NOTHING
    };
    let rows = unknown_resource.examine(register).await;
    let is_it =
        |row: &(String, String, String)| row.0 == "resource indicators" && row.1 == "problem";
    assert!(rows.iter().any(is_it), "{rows:#?}");

    let without_registration = Planted {
        registers: false,
        ..Planted::NOTHING
    };
    let cannot = ("registration", "warning", "cannot register");
    without_registration.finds(&[], cannot).await;

    let other_name = Planted {
        issuer: |issuer| issuer.replace("127.0.0.1", "localhost"),
        ..Planted::NOTHING
    };
    other_name
        .finds(&[], ("issuer", "problem", "127.0.0.1"))
        .await;

    let secret = [
        "--client-id",
        "journal",
        "--client-secret-env",
        "DOCTOR_WRONG_SECRET",
    ];
    let arguments = [&["--introspect", "ISSUER"], &secret[..]].concat();
    let wrong = ("introspection", "problem", "the id or the secret is wrong");
    Planted::NOTHING.finds(&arguments, wrong).await;
}
