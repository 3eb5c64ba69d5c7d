//! A refusal that comes too late for a status carries the challenge in the result.

use serde_json::{Value, json};

use crate::refused::CHALLENGE;
use crate::site::{NEWEST, Site, VERSIONS, call};

pub(crate) const INSUFFICIENT: &str = "Bearer error=\"insufficient_scope\", scope=\"entries:read\", resource_metadata=\"https://mcp.journal.example/.well-known/oauth-protected-resource/mcp\", error_description=\"entries:read is required.\"";

async fn result(site: &Site, version: &str, by: Option<&str>, tool: &str) -> Value {
    let session = match version {
        NEWEST => None,
        _ => Some(site.open_session(by, version).await),
    };
    let authorization = by.map(|token| format!("Bearer {token}"));
    let credentials = authorization
        .iter()
        .map(|value| ("authorization", &**value));
    let credentials: Vec<_> = credentials.collect();
    let answer = site.ask_in(
        session.as_deref(),
        &credentials,
        version,
        "tools/call",
        call(tool),
    );
    let answer = answer.await;
    assert_eq!(answer.status, 200, "{version} {tool}: {answer:?}");
    assert_eq!(answer.headers.get("www-authenticate"), None);
    answer.message()["result"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_refusal_carries_the_challenge() {
    let site = Site::open().await;
    for version in VERSIONS {
        for (by, tool, challenge) in [
            (None, "peek", CHALLENGE),
            (None, "glance", CHALLENGE),
            (Some("ada"), "peek", INSUFFICIENT),
            (Some("ada"), "glance", INSUFFICIENT),
            (Some("ada"), "browse", INSUFFICIENT),
        ] {
            let result = result(&site, version, by, tool).await;
            assert_eq!(result["isError"], true, "{version} {by:?} {tool}: {result}");
            let challenges = &result["_meta"]["mcp/www_authenticate"];
            assert_eq!(*challenges, json!([challenge]), "{version} {by:?} {tool}");
        }
        for (by, tool) in [
            (None, "about"),
            (Some("bob"), "peek"),
            (Some("bob"), "browse"),
        ] {
            let result = result(&site, version, by, tool).await;
            assert_ne!(result["isError"], true, "{version} {by:?} {tool}: {result}");
            assert!(
                result["_meta"]["mcp/www_authenticate"].is_null(),
                "{result}"
            );
        }
    }
}

/// The bytes are those of the header.
#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_is_that_of_the_layer() {
    let site = Site::open().await;
    let ada = [("authorization", "Bearer ada")];
    let early = site.ask_in(None, &ada, NEWEST, "tools/call", call("list_entries"));
    let early = early.await.headers["www-authenticate"].clone();
    let description = "At least one of: entries:read entries:write is required.";
    let expected = INSUFFICIENT.replace("entries:read is required.", description);
    assert_eq!(early, expected);
}
