//! Sessions that an unprotected server opens are ended.

use scopes_tests::faulty::{Received, Reply};

use crate::Diagnosis;
use crate::site::{Site, raw};

fn opened() -> Reply {
    raw(200, &[("Mcp-Session-Id", "session-1")], "{}")
}

/// The sessions that were ended.
fn ended(site: &Site) -> Vec<String> {
    let received = site.received().into_iter();
    let deletions = received.filter(|request| request.line == "DELETE /mcp");
    let session = |request: Received| request.headers["mcp-session-id"].clone();
    deletions.map(session).collect()
}

#[test]
fn a_session_is_ended() {
    let site = Site::healthy();
    let begins = |request: &Received| request.body.contains("initialize");
    site.answering(begins, opened());
    Diagnosis::of(&site, &[]).expect("without a token", "ok", "401");
    assert_eq!(ended(&site), ["session-1"]);

    // The call of a made-up tool opens one too.
    let site = Site::healthy();
    site.answering(|request| request.line.starts_with("POST"), opened());
    Diagnosis::of(&site, &[]).expect_alone("without a token", "problem", "answers 200");
    assert_eq!(ended(&site), ["session-1"; 2]);

    let site = Site::healthy();
    let has_token = |request: &Received| request.headers.contains_key("authorization");
    site.answering(has_token, opened());
    Diagnosis::of(&site, &[]).expect_alone("made-up token", "problem", "is not verified");
    assert_eq!(ended(&site), ["session-1"]);
}

#[test]
fn nothing_is_ended_without_a_session() {
    let site = Site::healthy();
    site.reply("/mcp", raw(401, &[("Mcp-Session-Id", "session-1")], "{}"));
    let _ = Diagnosis::of(&site, &[]);
    let begins = |request: &Received| request.body.contains("initialize");
    site.answering(begins, raw(200, &[], "{}"));
    let _ = Diagnosis::of(&site, &[]);
    assert_eq!(ended(&site), Vec::<String>::new());
}
