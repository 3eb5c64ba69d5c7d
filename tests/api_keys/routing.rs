//! Where each token goes, and which keys are accepted.

use std::time::{Duration, SystemTime};

use scopes_core::api_keys::{ApiKey, ApiKeyVerifier};
use scopes_core::testing::{Clock, StaticVerifier};
use scopes_core::token::{Presentation, TokenVerifier};
use serde_json::json;

use crate::site::{
    KeyFile, PREFIX, Recording, ask, ask_with, date, key, protect, status, verifier,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[test]
fn a_key_is_a_prefix_and_128_random_bits() {
    let (one, other) = (
        ApiKey::generate(PREFIX).expect("a key"),
        ApiKey::generate(PREFIX).expect("a key"),
    );
    assert_ne!(one.as_str(), other.as_str());
    let random = one.as_str().strip_prefix(PREFIX).expect("the prefix");
    assert_eq!(random.len(), 32);
    assert!(random.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let entry = one
        .entry("nightly", "never", "entries:read")
        .expect("valid fields");
    assert!(!entry.contains(random), "the entry has no key");
    assert!(!format!("{one:?}").contains(random));
}

#[test]
fn a_key_is_accepted_with_the_scopes_of_its_entry() {
    let (reader, of_reader) = key("nightly", "never", "entries:read");
    let (writer, of_writer) = key("import", "9999-12-31", "entries:write notebooks:1:write");
    let (nothing, of_nothing) = key("monitoring", "never", "");
    let lines = ["# all keys", "", &of_reader, &of_writer, &of_nothing];
    let protect = protect(verifier(&KeyFile::new("accepted", &lines)));
    let answer = ask(&protect, &reader);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({
            "issuer": "api-key:journal",
            "subject": "nightly",
            "client_id": "nightly",
            "scopes": "entries:read",
        })
    );
    let answer = ask(&protect, &writer);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["scopes"], "entries:write notebooks:1:write");
    let answer = ask(&protect, &nothing);
    assert_eq!(answer.status, 403);
    let challenge = r#"Bearer error="insufficient_scope", scope="entries:read", "#;
    assert!(answer.challenge().starts_with(challenge), "{answer:?}");
    // The scheme is matched in any case.
    let bearer = format!("bEARER {reader}");
    assert_eq!(
        ask_with(&protect, &[("authorization", &bearer)]).status,
        200
    );
}

#[test]
fn a_token_with_the_prefix_never_reaches_another_verifier() {
    let (known, entry) = key("nightly", "never", "entries:read");
    let (expired, of_expired) = key("old", "2020-02-29", "entries:read");
    let file = KeyFile::new("prefix", &[&entry, &of_expired]);
    for presentation in [
        Presentation::bearer(),
        Presentation::dpop(["ES256"]).or_bearer(),
        Presentation::dpop(["ES256"]),
    ] {
        let others = Recording::new().presented(presentation.clone());
        let builder = ApiKeyVerifier::builder(PREFIX).file(file.path());
        let verifier = builder.build(others.clone()).expect("valid settings");
        let protect = protect(verifier);
        assert_eq!(status(&protect, &known), 200, "{presentation:?}");
        for token in [
            PREFIX.to_owned(),
            format!("{PREFIX}0123456789abcdef0123456789abcdef"),
            format!("{known}0"),
            known[..known.len() - 1].to_owned(),
            known.to_uppercase().replacen("JOURNAL_", PREFIX, 1),
            format!("{PREFIX}{}", "a".repeat(15_000)),
            expired.clone(),
        ] {
            let answer = ask(&protect, &token);
            assert_eq!(answer.status, 401, "{token}");
            assert!(answer.challenge().contains(r#"error="invalid_token""#));
        }
        let dpop = format!("DPoP {known}");
        let answer = ask_with(&protect, &[("authorization", &dpop), ("dpop", "proof")]);
        assert_eq!(answer.status, 401);
        assert_eq!(others.asked(), Vec::<String>::new(), "{presentation:?}");
    }
}

#[test]
fn no_other_token_reaches_the_keys() {
    let (key, entry) = key("nightly", "never", "entries:read");
    // The hash of a token without the prefix, which a list could have by mistake.
    let foreign = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    let foreign = format!("foreign never entries:read {foreign}");
    let others = Recording::new();
    let file = KeyFile::new("others", &[&entry, &foreign]);
    let builder = ApiKeyVerifier::builder(PREFIX).file(file.path());
    let protect = protect(builder.build(others.clone()).expect("valid settings"));
    assert_eq!(status(&protect, "ada"), 200);
    let mut tokens = vec!["ada".to_owned()];
    for token in [
        "foo".to_owned(),
        key.replacen("journal_", "Journal_", 1),
        key.replacen("journal_", "journal-", 1),
        format!("x{key}"),
        key[PREFIX.len()..].to_owned(),
        "journal".to_owned(),
    ] {
        assert_eq!(status(&protect, &token), 401, "{token}");
        tokens.push(token);
    }
    assert_eq!(others.asked(), tokens);
}

/// The metadata would say that every token has to be bound, and the layer would not read a bearer token.
#[test]
fn keys_are_bearer_tokens_beside_tokens_that_are_bound() {
    let (_, entry) = key("nightly", "never", "entries:read");
    let file = KeyFile::new("bound", &[&entry]);
    let others = Recording::new().presented(Presentation::dpop(["ES256"]));
    let builder = ApiKeyVerifier::builder(PREFIX).file(file.path());
    let verifier = builder.build(others.clone()).expect("valid settings");
    assert!(!verifier.presentation().proof_headers().is_empty());
    let protect = protect(verifier);
    // A token of the authorization server still has to be bound.
    assert_eq!(status(&protect, "ada"), 401);
    assert_eq!(others.asked(), Vec::<String>::new());
    let dpop = [("authorization", "DPoP ada"), ("dpop", "proof")];
    assert_eq!(ask_with(&protect, &dpop).status, 200);
}

#[test]
fn a_key_expires_at_the_beginning_of_its_date() {
    let clock = Clock::start();
    let now = SystemTime::now();
    let today = now.duration_since(SystemTime::UNIX_EPOCH).expect("now");
    let of_today = today.as_secs() % DAY.as_secs();
    let midnight = Duration::from_secs(DAY.as_secs() - of_today);
    let (old, of_old) = key("nightly", &date(now), "entries:read");
    let (tomorrow, of_tomorrow) = key("nightly", &date(now + DAY), "entries:read");
    let (later, of_later) = key("nightly", &date(now + DAY + DAY), "entries:read");
    let lines = [&*of_old, &of_tomorrow, &of_later];
    let protect = protect(verifier(&KeyFile::new("expires", &lines)));
    let statuses = || [&old, &tomorrow, &later].map(|key| status(&protect, key));
    assert_eq!(statuses(), [401, 200, 200]);
    clock.advance(midnight);
    assert_eq!(statuses(), [401, 401, 200]);
    let answer = ask(&protect, &tomorrow);
    assert!(answer.challenge().contains("expired"), "{answer:?}");
    clock.advance(DAY);
    assert_eq!(statuses(), [401, 401, 401]);
}

#[test]
fn entries_can_be_in_the_environment() {
    // Cargo sets it for every test: it is there, and no list.
    let builder = ApiKeyVerifier::builder(PREFIX).environment("CARGO_PKG_NAME");
    let error = builder.build(StaticVerifier::new()).expect_err("no list");
    assert!(
        error
            .to_string()
            .contains(r#"`environment`: "CARGO_PKG_NAME:1" has 1 of the fields"#),
        "{error}"
    );
}
