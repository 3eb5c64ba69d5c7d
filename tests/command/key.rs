//! `scopes key new`: a key for the client, and an entry for the list of the server.

use std::fs;

use scopes_core::api_keys::ApiKeyVerifier;
use scopes_core::testing::StaticVerifier;
use scopes_core::token::{PresentedToken, verify_at_once};

use super::{file, journal};

const NEW: [&str; 10] = [
    "key",
    "new",
    "--prefix",
    "journal_",
    "--name",
    "nightly",
    "--expires",
    "never",
    "--scope",
    "entries:read tags:read",
];

/// Returns the scopes of the key by the list in this file.
fn scopes_of(key: &str, list: &str) -> String {
    let verifier = ApiKeyVerifier::builder("journal_").file(list);
    let verifier = verifier.build(StaticVerifier::new()).expect("a list");
    let header = format!("Bearer {key}");
    let token = PresentedToken::from_authorization([&header]).expect("a token");
    let answer = verify_at_once(&verifier, token.expect("a token")).expect("at once");
    let token = answer.expect("an accepted key");
    assert_eq!(token.client_id(), Some("nightly"));
    token.scopes().as_str().to_owned()
}

#[test]
fn a_key_is_printed_with_its_entry() {
    let (code, text, errors) = journal(&NEW);
    assert_eq!(code, 0, "{errors}");
    let lines: Vec<_> = text.lines().collect();
    let [key, entry] = lines[..] else {
        panic!("{text}");
    };
    let random = key.strip_prefix("journal_").expect("the prefix");
    assert!(!entry.contains(random) && !errors.contains(random));
    assert_eq!(
        scopes_of(key, &file("key_entry", entry)),
        "entries:read tags:read"
    );
    assert_ne!(journal(&NEW).1, text);
}

#[test]
fn an_entry_is_added_to_the_list() {
    let list = file("key_list", "");
    fs::remove_file(&list).expect("removed");
    let mut keys = Vec::new();
    for _ in 0..2 {
        let (code, text, errors) = journal(&[&NEW[..], &["--file", &list]].concat());
        assert_eq!((code, &*errors), (0, ""));
        keys.push(text.trim_end().to_owned());
        // As an editor may leave it.
        let text = fs::read_to_string(&list).expect("a list");
        fs::write(&list, text.trim_end()).expect("written");
    }
    let text = fs::read_to_string(&list).expect("a list");
    assert_eq!(text.lines().count(), 2, "{text}");
    for key in &keys {
        assert!(key.starts_with("journal_") && !text.contains(&**key));
        assert_eq!(scopes_of(key, &list), "entries:read tags:read");
    }
}

#[test]
fn mistakes_make_no_key() {
    let list = file("key_mistakes", "");
    for (place, value, says) in [
        (3, "Journal", "the prefix \"Journal\" must be 5 to 32"),
        (5, "two words", "the entry has an invalid name"),
        (7, "tomorrow", "the entry has an invalid date"),
        (
            9,
            "entires:read",
            "the scope `entires:read`, which no catalog declares; did you mean `entries:read`?",
        ),
    ] {
        let mut arguments = NEW;
        arguments[place] = value;
        let (code, text, errors) = journal(&[&arguments[..], &["--file", &list]].concat());
        assert_eq!((code, &*text), (3, ""), "{value}");
        assert!(errors.contains(says), "{errors}");
    }
    assert_eq!(fs::read_to_string(&list).expect("a list"), "");
    let nowhere = format!("{list}/list");
    let (code, text, _) = journal(&[&NEW[..], &["--file", &nowhere]].concat());
    assert_eq!((code, &*text), (3, ""));
}
