//! API keys beside the tokens of an authorization server, as the guide sets them up.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use scopes_core::api_keys::{ApiKey, ApiKeyVerifier};
use scopes_core::rmcp::protect;

use crate::client::{call, call_in, check_resource, check_resource_with, open_session, serve};
use crate::journal::{self, Journal, resource};
use crate::nginx::Door;

/// A key, and its entry.
fn key(name: &str, scopes: &str) -> (String, String) {
    let key = ApiKey::generate("journal_").expect("a key");
    let entry = key.entry(name, "never", scopes).expect("valid fields");
    (key.as_str().to_owned(), entry)
}

fn write(list: &Path, entries: &[&str]) {
    let next = list.with_extension("next");
    fs::write(&next, entries.join("\n")).expect("written");
    fs::rename(next, list).expect("renamed");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_tokens_are_accepted_side_by_side() {
    let (reader, of_reader) = key("nightly-export", "entries:read");
    let (nothing, of_nothing) = key("monitoring", "");
    let list = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("front-door-api-keys");
    write(&list, &[&of_reader, &of_nothing]);

    let door = Door::choose();
    let url = format!("{}/mcp", door.origin);
    let verifier = ApiKeyVerifier::builder("journal_").file(&list);
    let verifier = verifier.build(journal::verifier()).expect("a list");
    let server = protect(|| Ok(Journal), resource(&url), verifier).await;
    let app = serve(Router::from(server.expect("everything is annotated"))).await;
    let nginx = door.forward(app, "");
    check_resource(&nginx.client, &url).await;
    check_resource_with(&nginx.client, &url, &reader, &nothing).await;

    let session = open_session(&nginx.client, &url, &reader).await;
    assert_eq!(call_in(&nginx.client, &url, &session, "reader").await, 404);
    write(&list, &[&of_nothing]);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(call_in(&nginx.client, &url, &session, &reader).await, 401);
    let refused = call(&nginx.client, &url, Some(&reader), "count_entries").await;
    assert_eq!(refused.status, 401, "{}", refused.body);
    assert_eq!(refused.parameter("error"), Some("invalid_token"));
    check_resource(&nginx.client, &url).await;
}
