//! Tokens and introspection answers of real authorization servers, recorded.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test may panic"
)]

use serde_json::{Value, json};

use crate::issuer::{RESOURCE, now_plus};

/// A JWT, or an introspection answer.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The server, and where the token came from.
    pub name: String,
    /// `access`, `id` or `refresh`.
    pub kind: String,
    /// The `typ` of a JWT's header.
    pub typ: Option<String>,
    /// The claims, or the members of the answer, valid now, and for [`RESOURCE`] instead of the MCP
    /// server for which they were issued.
    pub claims: Value,
}

impl Recorded {
    /// Returns whether the token is for [`RESOURCE`].
    #[must_use]
    pub fn is_ours(&self) -> bool {
        match &self.claims["aud"] {
            Value::Array(audience) => audience.contains(&json!(RESOURCE)),
            audience => *audience == RESOURCE,
        }
    }
}

/// Every recorded JWT, as issued by `issuer`.
#[must_use]
pub fn tokens(issuer: &str) -> Vec<Recorded> {
    all("tokens", "claims", issuer)
}

/// Every recorded answer about an active token, as given by `issuer`.
#[must_use]
pub fn answers(issuer: &str) -> Vec<Recorded> {
    all("answers", "answer", issuer)
}

fn all(list: &str, claims: &str, issuer: &str) -> Vec<Recorded> {
    let servers = [
        ("better-auth", include_str!("../recorded/better-auth.json")),
        (
            "django-oauth-toolkit",
            include_str!("../recorded/django-oauth-toolkit.json"),
        ),
        ("glewlwyd", include_str!("../recorded/glewlwyd.json")),
        ("hydra", include_str!("../recorded/hydra.json")),
        ("keycloak", include_str!("../recorded/keycloak.json")),
    ];
    let mut recorded = Vec::new();
    for (server, text) in servers {
        let document: Value = serde_json::from_str(text).expect("JSON");
        let entries = document[list].as_array().expect("a list");
        recorded.extend(
            entries
                .iter()
                .map(|entry| read(server, entry, claims, issuer)),
        );
    }
    assert!(recorded.len() > 20, "{} were recorded", recorded.len());
    recorded
}

/// Reads one entry of a server's file.
pub(crate) fn read(server: &str, entry: &Value, claims: &str, issuer: &str) -> Recorded {
    let text = |name: &str| entry[name].as_str().map(str::to_owned);
    Recorded {
        name: format!("{server}: {}", text("name").expect("a name")),
        kind: text("kind").expect("a kind"),
        typ: text("typ"),
        claims: current(&entry[claims], issuer),
    }
}

/// The same claims, valid now.
fn current(claims: &Value, issuer: &str) -> Value {
    let mut current = claims.clone();
    let recorded_issuer = claims["iss"].clone();
    let audience = |name: &Value| match name.as_str() {
        _ if *name == recorded_issuer => json!(issuer),
        Some(url) if url.ends_with("/mcp") => json!(RESOURCE),
        _ => name.clone(),
    };
    for (name, value) in current.as_object_mut().expect("an object") {
        match (&**name, &mut *value) {
            ("iss", _) => *value = json!(issuer),
            ("exp", _) => *value = json!(now_plus(300)),
            ("iat" | "nbf" | "auth_time", _) => *value = json!(now_plus(-1)),
            ("aud", Value::Array(names)) => *value = names.iter().map(audience).collect(),
            ("aud", _) => *value = audience(value),
            _ => {}
        }
    }
    current
}
