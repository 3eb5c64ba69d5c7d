//! Mistakes in settings and lists: each is named, all at once, and none shows a key.

use scopes_core::api_keys::{ApiKey, ApiKeyVerifier, ApiKeyVerifierSetting, GenerateApiKeyError};
use scopes_core::testing::StaticVerifier;

use crate::site::{KeyFile, PREFIX, key};

const HASH: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

#[test]
fn every_mistake_in_a_list_is_named() {
    let (secret, entry) = key("import", "never", "entries:read");
    let again = entry.replacen("import", "again", 1);
    let short = &HASH[..HASH.len() - 1];
    let upper = HASH.to_uppercase().replacen("SHA256", "sha256", 1);
    let lines = [
        "# a comment",
        &entry,
        "nightly",
        "nightly never",
        &format!("näme never {HASH}"),
        &format!("nightly 2027-02-29 {HASH}"),
        &format!("nightly never {short}"),
        &format!("nightly never {upper}"),
        &format!("nightly never entires:read notebooks:1:read {HASH}"),
        &format!("nightly never notebooks:{{notebook}}:write {HASH}"),
        &format!("nightly never entries:read {secret}"),
        &again,
        &format!("nightly never entries:read {HASH}export 2027-03-01 entries:read {HASH}"),
        &format!("nig,htly soon \" {}", &HASH[7..]),
    ];
    let file = KeyFile::new("mistakes", &lines);
    let builder = ApiKeyVerifier::builder(PREFIX).file(file.path());
    let error = builder.build(StaticVerifier::new()).expect_err("mistakes");
    let text = error.to_string();
    let expected = [
        (2, "mistakes:12; remove one of them"),
        (3, "has 1 of the fields"),
        (4, "has 2 of the fields"),
        (5, "has an invalid name"),
        (6, "has an invalid date"),
        (7, "has an invalid hash"),
        (8, "has an invalid hash"),
        (
            9,
            "the scope `entires:read`, which no catalog declares; did you mean `entries:read`?",
        ),
        (
            9,
            "the scope `notebooks:1:read`, which no catalog declares; did you mean `notebooks:{notebook}:write`?",
        ),
        (10, "write a value in the place of the placeholder"),
        (11, "as an API key does"),
        (12, "mistakes:2; remove one of them"),
        (13, "has two hashes"),
        (14, "has an invalid name"),
        (14, "has an invalid date"),
        (14, "has an invalid hash"),
        (14, "has invalid scopes: "),
    ];
    assert_eq!(error.problems().len(), expected.len(), "{text}");
    for (problem, (line, says)) in error.problems().iter().zip(expected) {
        assert_eq!(problem.setting(), ApiKeyVerifierSetting::File);
        assert!(
            problem.value().ends_with(&format!("mistakes:{line}")),
            "{text}"
        );
        assert!(problem.problem().contains(says), "{line}: {text}");
    }
    let random = secret.strip_prefix(PREFIX).expect("the prefix");
    assert!(!text.contains(random), "{text}");
}

#[test]
fn a_key_in_any_field_is_a_mistake_and_is_not_shown() {
    let (secret, _) = key("import", "never", "entries:read");
    let random = secret.strip_prefix(PREFIX).expect("the prefix");
    for pasted in [
        secret.clone(),
        secret.to_uppercase(),
        format!("other_{random}"),
        format!("{secret}0"),
        format!("\"{secret}\","),
        format!("name={secret}"),
    ] {
        for line in [
            pasted.clone(),
            format!("{pasted} never"),
            format!("{pasted} never {HASH}"),
            format!("nightly {pasted} {HASH}"),
            format!("nightly never {pasted} {HASH}"),
            format!("nightly never entries:read {pasted} {HASH}"),
            format!("nightly never {HASH} entries:read {pasted}"),
        ] {
            let file = KeyFile::new("pasted", &[&line]);
            let builder = ApiKeyVerifier::builder(PREFIX).file(file.path());
            let error = builder.build(StaticVerifier::new()).expect_err(&line);
            let text = error.to_string();
            assert!(text.contains("as an API key does"), "{line}: {text}");
            assert!(!text.to_lowercase().contains(random), "{line}: {text}");
        }
        let new = ApiKey::generate(PREFIX).expect("a key");
        for error in [
            new.entry(&pasted, "never", ""),
            new.entry("nightly", &pasted, ""),
            new.entry("nightly", "never", &format!("entries:read {pasted}")),
        ] {
            let text = error.expect_err(&pasted).to_string();
            assert!(!text.to_lowercase().contains(random), "{text}");
        }
    }
}

#[test]
fn every_invalid_setting_is_named() {
    let missing = KeyFile::new("missing", &[]);
    missing.remove();
    let folder = env!("CARGO_TARGET_TMPDIR");
    let builder = ApiKeyVerifier::builder("Key")
        .file(missing.path())
        .file(folder)
        .environment("JOURNAL_KEYS_THAT_NOBODY_SETS");
    let error = builder.build(StaticVerifier::new()).expect_err("mistakes");
    let text = error.to_string();
    let problems = error.problems().iter();
    let problems: Vec<_> = problems.map(|one| (one.setting(), one.problem())).collect();
    let [prefix, missing, folder, variable] = &problems[..] else {
        panic!("{text}");
    };
    assert_eq!(prefix.0, ApiKeyVerifierSetting::Prefix);
    assert!(missing.1.starts_with("cannot be read: "), "{text}");
    assert_eq!(folder.1, "is not a regular file");
    assert_eq!(
        *variable,
        (ApiKeyVerifierSetting::Environment, "is not set")
    );
    let error = ApiKeyVerifier::builder(PREFIX).build(StaticVerifier::new());
    let error = error.expect_err("no list").to_string();
    assert!(
        error.contains("`file` is missing, and so is `environment`"),
        "{error}"
    );
}

#[test]
fn a_prefix_distinguishes_keys_from_all_other_tokens() {
    for prefix in ["journal_", "j2_x_", "a___________________________32_"] {
        assert!(ApiKey::generate(prefix).is_ok(), "{prefix}");
    }
    for prefix in [
        "",
        "_",
        "key_",
        "journal",
        "Journal_",
        "2journal_",
        "_journal_",
        "jour-nal_",
        "jöurnal_",
        "journal _",
        "eyJhbGciOi_",
        "a____________________________33__",
    ] {
        let error = ApiKey::generate(prefix).expect_err(prefix);
        assert!(
            matches!(error, GenerateApiKeyError::Prefix { .. }),
            "{prefix}"
        );
    }
}

#[test]
fn every_invalid_field_of_a_new_entry_is_named() {
    let key = ApiKey::generate(PREFIX).expect("a key");
    let error = key.entry("two words", "2027", "entires:read");
    let error = error.expect_err("mistakes");
    assert_eq!(error.problems().len(), 3, "{error}");
    let line = key.entry("a\nb", "never", "entries:read\nx never");
    assert!(line.is_err(), "{line:?}");
}
