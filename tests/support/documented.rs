//! Tokens, introspection answers and metadata of authorization servers that no test starts, made from their
//! documentation. The files name the pages.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test may panic"
)]

use serde_json::Value;

use crate::recorded::{Recorded, read};

/// A JWT as its provider describes it.
#[derive(Clone, Debug)]
pub struct Documented {
    /// The token itself.
    pub token: Recorded,
    /// The profile that accepts it, if there is one.
    pub profile: Option<String>,
    /// The audience to configure, if it is not the resource.
    pub audience: Option<String>,
    /// `true` if the default profile accepts it.
    pub by_default: bool,
}

fn providers() -> Vec<(&'static str, Value)> {
    let providers = [
        ("auth0", include_str!("../documented/auth0.json")),
        ("authentik", include_str!("../documented/authentik.json")),
        ("casdoor", include_str!("../documented/casdoor.json")),
        ("cognito", include_str!("../documented/cognito.json")),
        ("entra", include_str!("../documented/entra.json")),
        ("okta", include_str!("../documented/okta.json")),
        ("zitadel", include_str!("../documented/zitadel.json")),
    ];
    let read = |(name, text)| (name, serde_json::from_str(text).expect("JSON"));
    providers.map(read).into()
}

fn entries(document: &Value, list: &str) -> Vec<Value> {
    document[list].as_array().expect("a list").clone()
}

/// Every JWT, as issued by `issuer`.
#[must_use]
pub fn tokens(issuer: &str) -> Vec<Documented> {
    let mut tokens = Vec::new();
    for (provider, document) in providers() {
        for entry in entries(&document, "tokens") {
            let text = |name: &str| entry[name].as_str().map(str::to_owned);
            tokens.push(Documented {
                token: read(provider, &entry, "claims", issuer),
                profile: text("profile"),
                audience: text("audience"),
                by_default: entry["default"] == true,
            });
        }
    }
    tokens
}

/// Every answer about an active token, as given by `issuer`.
#[must_use]
pub fn answers(issuer: &str) -> Vec<Recorded> {
    let mut answers = Vec::new();
    for (provider, document) in providers() {
        let entries = entries(&document, "answers");
        answers.extend(
            entries
                .iter()
                .map(|entry| read(provider, entry, "answer", issuer)),
        );
    }
    answers
}

/// Refresh tokens, none of which is a JWT that can be read.
#[must_use]
pub fn opaque() -> Vec<String> {
    let mut tokens = Vec::new();
    for (_, document) in providers() {
        let entries = entries(&document, "opaque");
        tokens.extend(entries.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    tokens
}

/// Each provider whose metadata is documented, with it, the path at which it stands, and the `findings` of the doctor.
#[must_use]
pub fn metadata() -> Vec<(&'static str, Value)> {
    let providers = providers().into_iter();
    let metadata = providers.map(|(name, document)| (name, document["metadata"].clone()));
    metadata
        .filter(|(_, document)| !document.is_null())
        .collect()
}
