//! `scopes explain --token`: every check of a token, with what was expected, what was found, and what to
//! change.

use std::io::Write as _;
use std::process::{Command, Stdio};

use scopes_core::testing::{Endpoint, Issuer, TokenBuilder};
use serde_json::{Value, json};

use super::{file, journal};

const RESOURCE: &str = "https://mcp.example.com/journal";

/// Explains a token of `issuer` in a file. Returns the exit code and what was printed.
fn explain(issuer: &Issuer, token: &str, more: &[&str]) -> (i32, String) {
    let name = format!("token_{:?}", std::thread::current().id());
    let file = file(&name, &format!("{token}\n"));
    let arguments = ["explain", "--token", &file, "--issuer", issuer.url()];
    let (code, text, errors) = journal(&[&arguments, more].concat());
    let signature = token.rsplit('.').next().expect("a part");
    for said in [&text, &errors] {
        assert!(!said.contains(signature), "the token is shown: {said}");
        assert!(!said.contains("ada-lovelace"), "the user is shown: {said}");
    }
    assert_eq!(errors, "", "{text}");
    (code, text)
}

fn jwt(issuer: &Issuer, change: impl FnOnce(TokenBuilder<'_>) -> TokenBuilder<'_>) -> String {
    let token = issuer
        .token(RESOURCE)
        .subject("ada-lovelace")
        .scope("entries:read");
    change(token).sign().expect("a key")
}

/// The lines of one check.
fn check<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let mut lines = text.lines();
    let is_named = |line: &&str| line.split_whitespace().nth(1) == Some(name);
    let first = lines.find(is_named);
    let first = first.unwrap_or_else(|| panic!("{name} is checked: {text}"));
    let further = lines.take_while(|line| line.starts_with("            "));
    std::iter::once(first).chain(further).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_token_is_explained_with_what_it_may_call() {
    let issuer = Issuer::start().await.expect("a port");
    let token = jwt(&issuer, |token| token);
    let (code, text) = explain(&issuer, &token, &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("The token is accepted.\n"), "{text}");
    for name in [
        "form",
        "issuer",
        "type",
        "algorithm",
        "signature",
        "time",
        "kind",
        "audience",
        "scopes",
    ] {
        assert!(check(&text, name)[0].starts_with("  ok "), "{text}");
    }
    assert!(check(&text, "audience")[0].contains(RESOURCE), "{text}");
    assert!(
        check(&text, "scopes")[0].contains("`entries:read`"),
        "{text}"
    );
    assert!(
        text.contains("allowed:\n") && text.contains("denied:\n"),
        "{text}"
    );
    assert!(text.contains("create_entry: lacks entries:write"), "{text}");
    let (code, text) = explain(&issuer, &token, &["--operation", "create_entry"]);
    assert_eq!(code, 1, "{text}");
    let (code, text) = explain(&issuer, &token, &["--operation", "list_entries"]);
    assert_eq!(code, 0, "{text}");
    // Keys are fetched, and the token is sent nowhere.
    assert!(issuer.requests(Endpoint::Keys) > 0);
    assert_eq!(issuer.requests(Endpoint::Introspection), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_that_fails_is_explained() {
    let issuer = Issuer::start().await.expect("a port");
    // As a stock Keycloak issues it, and expired.
    let token = jwt(&issuer, |token| {
        let token = token.header("typ", "JWT").claim("aud", "account");
        let token = token.claim("typ", "ID").without("client_id");
        token.expired(std::time::Duration::from_secs(90))
    });
    let (code, text) = explain(&issuer, &token, &[]);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.starts_with("The token is rejected: 3 checks fail.\n"),
        "{text}"
    );
    for (name, parts) in [
        (
            "audience",
            [
                "found `account`",
                "expected `https://mcp.example.com/journal`",
                "audience mapper",
            ],
        ),
        (
            "kind",
            [
                "`typ` `ID`",
                "expected an access token with one of `scope`",
                "ID token",
            ],
        ),
        ("time", ["`exp`", "s ago", "synchronize"]),
    ] {
        let lines = check(&text, name).join("\n");
        assert!(lines.starts_with("  FAIL "), "{text}");
        for part in parts {
            assert!(lines.contains(part), "{part} is not in {lines}");
        }
    }
    assert!(check(&text, "signature")[0].starts_with("  ok "), "{text}");
    assert!(!text.contains("allowed:"), "{text}");

    let (code, json) = explain(&issuer, &token, &["--format", "json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (code, &json["accepted"], &json["operations"]),
        (1, &json!(false), &Value::Null)
    );
    let checks = json["checks"].as_array().expect("checks");
    let audience = checks.iter().find(|check| check["check"] == "audience");
    let audience = audience.expect("it is checked");
    assert_eq!(audience["reason"], "wrong_audience");
    assert_eq!(audience["found"], "`account`");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mistake_is_one_failure() {
    let issuer = Issuer::start().await.expect("a port");
    let other = Issuer::start().await.expect("a port");
    let slash = format!("{}/", issuer.url());
    let foreign = other
        .token(RESOURCE)
        .scope("entries:read")
        .claim("iss", issuer.url());
    for (name, advice, token) in [
        (
            "issuer",
            "character for character",
            jwt(&issuer, |token| token.claim("iss", slash.as_str())),
        ),
        (
            "audience",
            "audience mapper",
            jwt(&issuer, |token| token.claim("aud", format!("{RESOURCE}/"))),
        ),
        (
            "audience",
            "audience mapper",
            jwt(&issuer, |token| token.without("aud")),
        ),
        (
            "time",
            "no `exp`",
            jwt(&issuer, |token| token.without("exp")),
        ),
        (
            "type",
            "access token",
            jwt(&issuer, |token| token.header("typ", "logout+jwt")),
        ),
        (
            "kind",
            "client_id",
            jwt(&issuer, |token| token.without("client_id")),
        ),
        (
            "binding",
            "bearer tokens",
            jwt(&issuer, |token| token.claim("cnf", json!({ "jkt": "x" }))),
        ),
        (
            "scopes",
            "claim mapper",
            jwt(&issuer, |token| token.claim("scope", 7)),
        ),
        ("signature", "jwks_url", foreign.sign().expect("a key")),
    ] {
        let (code, text) = explain(&issuer, &token, &[]);
        assert_eq!(code, 1, "{name}: {text}");
        assert!(
            text.starts_with("The token is rejected.\n"),
            "{name}: {text}"
        );
        let lines = check(&text, name).join("\n");
        assert!(
            lines.starts_with("  FAIL ") && lines.contains(advice),
            "{advice}: {text}"
        );
    }
    let (code, text) = explain(&issuer, "an-opaque-token", &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("`IntrospectionVerifier`"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_to_change_is_said_for_the_provider() {
    let issuer = Issuer::start().await.expect("a port");
    let token = |claims: &[(&str, &str)]| {
        jwt(&issuer, |token| {
            let token = token.header("typ", "JWT").claim("aud", "account");
            claims
                .iter()
                .fold(token, |token, (name, value)| token.claim(name, *value))
        })
    };
    for (claims, advice) in [
        (
            &[("iss", "https://kc.example/realms/main")][..],
            "At Keycloak: add a mapper of the type Audience",
        ),
        (
            &[("iss", "https://dev.eu.auth0.com/")],
            "At Auth0: create an API whose identifier is the resource",
        ),
        (
            &[("iss", "https://dev.okta.com/oauth2/default")],
            "At Okta: use a custom authorization server",
        ),
        (
            &[("iss", "https://login.microsoftonline.com/x/v2.0")],
            "At Entra ID: the audience of v2.0",
        ),
        (
            &[("iss", "https://cognito-idp.eu-west-1.amazonaws.com/x")],
            "At Cognito: a token has no `aud`",
        ),
        (
            &[("ext", "{}")],
            "At Hydra: the consent app grants the resource",
        ),
    ] {
        let (_, text) = explain(&issuer, &token(claims), &[]);
        let lines = check(&text, "audience").join("\n");
        assert!(lines.contains(advice), "{advice}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_everything_else_is_checked() {
    let issuer = Issuer::start().await.expect("a port");
    let token = jwt(&issuer, |token| token.claim("aud", "account"));
    let file = file("token_without_keys", &token);
    let unreachable = "http://127.0.0.1:9";
    let (code, text, _) = journal(&["explain", "--token", &file, "--issuer", unreachable]);
    assert_eq!(code, 1, "{text}");
    assert!(check(&text, "issuer")[0].starts_with("  FAIL "), "{text}");
    assert!(check(&text, "signature")[0].starts_with("  ? "), "{text}");
    assert!(check(&text, "audience")[0].starts_with("  FAIL "), "{text}");

    let gone = issuer.url().to_owned();
    drop(issuer);
    let (code, text, _) = journal(&["explain", "--token", &file, "--issuer", &gone]);
    assert_eq!(code, 1, "{text}");
    let signature = check(&text, "signature")[0];
    assert!(
        signature.contains("not checked: keys cannot be fetched: "),
        "{text}"
    );
    assert!(
        signature.contains("/.well-known/oauth-authorization-server"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_read_from_standard_input() {
    let issuer = Issuer::start().await.expect("a port");
    let token = jwt(&issuer, |token| token);
    let mut child = Command::new(env!("CARGO_BIN_EXE_journal"))
        .args([
            "scopes",
            "explain",
            "--token",
            "-",
            "--issuer",
            issuer.url(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("piped");
    writeln!(input, "Bearer {token}").expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_token_is_no_argument() {
    let (code, text, errors) =
        journal(&["explain", "--token", "eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl"]);
    assert_eq!((code, text.as_str()), (3, ""));
    assert!(
        errors.contains("takes a file or `-`, not the token"),
        "{errors}"
    );
    assert!(!errors.contains("eyJ"), "{errors}");
    let empty = file("token_empty", " \n");
    for (file, problem) in [(&*empty, "is empty"), ("/nowhere", "No such file")] {
        let (code, _, errors) = journal(&["explain", "--token", file]);
        assert_eq!(code, 3);
        assert!(errors.contains(problem), "{errors}");
    }
    for arguments in [
        &["explain", "--token", "-", "--scope", "entries:read"][..],
        &["explain", "--issuer", "https://auth.example.com"],
    ] {
        assert_eq!(journal(arguments).0, 3, "{arguments:?}");
    }
}
