//! The output of `cargo run -p photos`, with the header read by an independent parser.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::process::Command;

use serde_json::{Value, json};

fn output() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_photos")).output();
    let output = output.expect("the program starts");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_caller_without_any_of_the_scopes_is_told_what_to_ask_for() {
    let output = output();
    let mut lines = output.lines().map(str::trim);
    assert!(lines.any(|line| line == "HTTP/1.1 403"));
    let header = lines.next().and_then(|line| line.split_once(": "));
    let (name, value) = header.expect("a header after the status");
    assert_eq!(name, "WWW-Authenticate");
    let challenges = http_auth::parse_challenges(value).expect("a well-formed header");
    let [challenge] = challenges.as_slice() else {
        panic!("one challenge, not {challenges:?}")
    };
    assert_eq!(challenge.scheme, "Bearer");
    let parameters = challenge.params.iter();
    let parameters: Vec<_> = parameters
        .map(|(name, value)| (*name, value.to_unescaped()))
        .collect();
    let expected = [
        ("realm", "EpicMe"),
        ("error", "insufficient_scope"),
        ("scope", "photos:read"),
        (
            "resource_metadata",
            "https://photos.example.com/.well-known/oauth-protected-resource/mcp",
        ),
        (
            "error_description",
            "At least one of: photos:read photos:write albums:read is required.",
        ),
    ];
    assert_eq!(
        parameters,
        expected.map(|(name, value)| (name, value.to_owned()))
    );
}

#[test]
fn a_plain_check_says_what_the_token_lacks() {
    let output = output();
    let question = "A function asks whether the user's token grants `photos:read`:";
    let answers = output.lines().skip_while(|line| *line != question).skip(1);
    let answers: Vec<_> = answers.take(3).map(str::trim).collect();
    assert_eq!(
        answers,
        [
            "albums:read   denied: this user's token does not grant photos:read",
            "photos:read   a difference engine",
            "photos:write  a difference engine",
        ],
    );
}

#[test]
fn the_metadata_lists_the_scopes_in_the_order_of_the_catalog() {
    let output = output();
    let document = output.find("{\n").map(|start| &output[start..]);
    let document: Value = serde_json::from_str(document.expect("a document")).expect("JSON");
    assert_eq!(
        document,
        json!({
            "resource": "https://photos.example.com/mcp",
            "authorization_servers": ["https://auth.example.com"],
            "scopes_supported":
                ["photos:read", "photos:write", "albums:read", "albums:write", "profile:read"],
        }),
    );
}
