//! The keys of an authorization server, by the rules of the verifier.

use super::client::Client;
use super::finding::Finding;
use super::issuer_document::Document;
use crate::document::shortened;
use crate::jwt::{JwkSet, Keys};

const CHECK: &str = "keys";

pub(super) async fn examine(client: &Client, document: &Document) -> Finding {
    let advice = "JWTs cannot be verified; publish the key set (RFC 7517 section 5)";
    match (
        document.text("jwks_uri"),
        document.text("introspection_endpoint"),
    ) {
        (Some(_), _) => {}
        // A server of opaque tokens has no keys to publish (RFC 8414 section 2).
        (None, Some(_)) => {
            let reason = "`jwks_uri` is missing; there is an introspection endpoint";
            return Finding::not_tried(CHECK, reason);
        }
        (None, None) => {
            return Finding::warning(
                CHECK,
                "`jwks_uri` is missing, and so is `introspection_endpoint`",
                "name one of them; without both, only the settings of the resource server can",
            );
        }
    }
    let url = match document.url("jwks_uri") {
        Ok(url) => url,
        Err(problem) => return Finding::problem(CHECK, problem, advice),
    };
    let set = match client.get(url).await {
        Ok(answer) => answer.document::<JwkSet>(),
        Err(error) => Err(error),
    };
    match set {
        Ok(set) => judge(&Keys::of_set(&set)),
        Err(problem) => Finding::problem(CHECK, format!("{} {problem}", shortened(url)), advice),
    }
}

fn judge(keys: &Keys) -> Finding {
    let mut passed_over = keys.passed_over().iter();
    if let Some(key) = passed_over.find(|key| key.problem.is_published_private_key()) {
        let kid = shortened(key.kid.as_deref().unwrap_or_default());
        return Finding::problem(
            CHECK,
            format!("key {kid:?}: {}", key.problem),
            "withdraw the key now: everyone can issue tokens",
        );
    }
    if keys.is_empty() {
        let advice = "publish a key that verifies signatures: RSA of 2048 to 4096 bits, P-256, P-384 \
                      or Ed25519";
        return Finding::problem(CHECK, keys.why_empty(), advice);
    }
    let is_unusable = |key: &&crate::jwt::PassedOver| !key.problem.is_for_another_purpose();
    let unusable = keys.passed_over().iter().find(is_unusable);
    let count = keys.len();
    match unusable {
        None => Finding::ok(CHECK, format!("{count} usable")),
        Some(key) => {
            let kid = shortened(key.kid.as_deref().unwrap_or_default());
            Finding::warning(
                CHECK,
                format!("{count} usable; key {kid:?}: {}", key.problem),
                "sign access tokens with a usable key",
            )
        }
    }
}
