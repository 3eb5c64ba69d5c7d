//! The lock file: read, held against the code, and written only where that is accepted.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use scopes_core::report::Report;
use scopes_core::report::lock::{Acceptance, CheckLockError, check};

use crate::journal;
use crate::random;

/// A file that is gone after the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_file(&path);
        Self(path)
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.0).expect("the file is there")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const JOURNAL: &str = r#"scopes.lock 1

# What each operation requires and what each scope means: generated from the annotations, compared
# with them by a test, and reviewed like code. `SCOPES_LOCK=accept cargo test` updates this file; a
# change that allows a caller more takes `SCOPES_LOCK=accept-loosened`.

catalog "scopes_tests::vocabulary::Scope"
  scope "admin" implies("analytics:view", "entries:write", "tags:write"): "Do everything."
  scope "analytics:view": "See how often you write."
  scope "audit" hidden: "See what administrators did."
  scope "entries:read": "Read your journal entries."
  scope "entries:write" implies("entries:read"): "Create, change and delete your journal entries."
  scope "tags:read": "See your tags."
  scope "tags:write" implies("tags:read"): "Create, change and delete your tags."
  scope "user:read" baseline: "See who you are."

server ""
  resource "journal://entries/{id}" at "report::journal::read_entry": "entries:read"
  function "report::journal::create_entry": all("entries:write", any("tags:read", "tags:write"))
  function "report::journal::list_entries": any("entries:read", "entries:write")
  function "report::journal::ping": public
  function "report::journal::read_log": "audit"
  function "report::journal::read_statistics": any("audit", "admin")
  function "report::journal::who_am_i": authenticated

server "tags"
  function "report::journal::list_tags": "tags:read"
"#;

#[test]
fn it_reads_like_the_annotations() {
    assert_eq!(journal::report().lock(), JOURNAL);
}

#[test]
fn nothing_is_written_unless_it_is_accepted() {
    let file = Scratch::new("accepted.lock");
    let report = journal::report();
    let missing = check(&file.0, &report, Acceptance::None).expect_err("no file");
    assert!(matches!(missing, CheckLockError::Missing(_)));
    assert!(
        missing
            .to_string()
            .ends_with("SCOPES_LOCK=accept writes it")
    );
    assert!(!file.0.exists());
    check(&file.0, &report, Acceptance::Changes).expect("it is written");
    assert_eq!(file.text(), JOURNAL);

    // The code is looser than the file.
    let tighter = JOURNAL.replace(
        "any(\"entries:read\", \"entries:write\")",
        "all(\"entries:read\", \"tags:read\")",
    );
    fs::write(&file.0, &tighter).expect("written");
    for accepted in [Acceptance::None, Acceptance::Changes] {
        let error = check(&file.0, &report, accepted)
            .expect_err("looser")
            .to_string();
        assert!(error.contains("is out of date:\nLoosened:\n- A caller with `entries:read` alone may now call function `report::journal::list_entries`"), "{error}");
        assert!(
            error.ends_with("if this is intended, SCOPES_LOCK=accept-loosened updates the file"),
            "{error}"
        );
        assert_eq!(file.text(), tighter);
    }
    check(&file.0, &report, Acceptance::Loosening).expect("accepted");
    assert_eq!(file.text(), JOURNAL);

    // A new public operation is one more thing that anybody may do.
    fs::write(
        &file.0,
        JOURNAL.replace("  function \"report::journal::ping\": public\n", ""),
    )
    .expect("written");
    let error = check(&file.0, &report, Acceptance::Changes).expect_err("public");
    assert!(error.to_string().contains(
        "Every caller is allowed to call function `report::journal::ping`, which is new and public."
    ));

    // The code is tighter than the file.
    let looser = JOURNAL.replace("list_tags\": \"tags:read\"", "list_tags\": authenticated");
    fs::write(&file.0, looser).expect("written");
    let error = check(&file.0, &report, Acceptance::None).expect_err("tighter");
    assert!(
        error
            .to_string()
            .ends_with("SCOPES_LOCK=accept updates the file"),
        "{error}"
    );
    check(&file.0, &report, Acceptance::Changes).expect("accepted");
    assert_eq!(file.text(), JOURNAL);

    // What cannot be read may hide anything.
    fs::write(&file.0, "scopes.lock 1\n<<<<<<< ours\n").expect("written");
    let error = check(&file.0, &report, Acceptance::Changes).expect_err("unreadable");
    assert!(matches!(error, CheckLockError::Unreadable(_, _)));
    check(&file.0, &report, Acceptance::Loosening).expect("accepted");
    assert_eq!(file.text(), JOURNAL);
}

#[test]
fn a_test_that_sees_nothing_says_so() {
    let file = Scratch::new("nothing.lock");
    for accepted in [Acceptance::None, Acceptance::Loosening] {
        let error = check(&file.0, &Report::default(), accepted).expect_err("nothing");
        assert!(
            matches!(error, CheckLockError::NothingAnnotated { .. }),
            "{error}"
        );
        assert!(!file.0.exists());
    }
}

#[test]
fn what_is_written_otherwise_is_the_same() {
    let file = Scratch::new("otherwise.lock");
    let windows = JOURNAL.replace('\n', "\r\n");
    let comments = JOURNAL.replace(": public\n", ": public   # for monitors\n\n");
    let mut lines: Vec<&str> = JOURNAL.lines().collect();
    lines.swap(7, 12);
    let order = lines.join("\n");
    for text in [windows, comments, order, format!("\u{feff}{JOURNAL}")] {
        fs::write(&file.0, &text).expect("written");
        check(&file.0, &journal::report(), Acceptance::None).expect("the same");
        assert_eq!(file.text(), text, "nothing is written");
    }
}

#[test]
fn the_environment_accepts_in_two_words() {
    assert_eq!(
        "accept".parse::<Acceptance>().ok(),
        Some(Acceptance::Changes)
    );
    assert_eq!(
        "accept-loosened".parse::<Acceptance>().ok(),
        Some(Acceptance::Loosening)
    );
    assert_eq!("".parse::<Acceptance>().ok(), Some(Acceptance::None));
    let error = "yes".parse::<Acceptance>().expect_err("no such thing");
    assert_eq!(
        error.to_string(),
        "SCOPES_LOCK is \"yes\"; it can be accept, or accept-loosened"
    );
}

#[test]
fn mistakes_are_named_with_their_line() {
    for (line, said) in [
        (
            "catalog Scope",
            "line 2: expected a text in quotes before \"Scope\"",
        ),
        (
            "scope \"a\": \"\"",
            "line 2: a scope belongs below its catalog, or below `undeclared`",
        ),
        (
            "tool \"a\": public",
            "line 2: an operation belongs below its server",
        ),
        (
            "undeclared\nscope \"a\" hiden: \"\"",
            "line 3: `hiden` is none of implies, baseline, hidden, requestable",
        ),
        (
            "undeclared\nscope \"a\"",
            "line 3: expected `:` at the end of the line",
        ),
        (
            "undeclared\nscope \"a b\": \"\"",
            "line 3: scope name has ' ' at byte 1",
        ),
        (
            "undeclared\nscope \"a\" implies(\"b\"): \"\"",
            "line 3: no scope \"b\" is declared here",
        ),
        (
            "undeclared\nscope \"a\": \"\"\nscope \"a\": \"\"",
            "line 4: scope \"a\" is already in line 3",
        ),
        (
            "server \"\"\ntool \"t\": \"a\"",
            "line 3: no scope \"a\" is declared here",
        ),
        (
            "server \"\"\ntool \"t\": any(\"a\"",
            "line 3: expected `,` at the end of the line",
        ),
        (
            "server \"\"\ntool \"t\": anything",
            "line 3: expected a scope in quotes, `any(..)`, `all(..)` or `match(..)` at the end of the line",
        ),
        (
            "server \"\"\ntool \"t\": public public",
            "line 3: expected the end of the line before \"public\"",
        ),
        (
            "server \"\"\ntool \"t\" in \"a::t\": public",
            "line 3: expected `at`, `args` or `:`, not `in`",
        ),
        (
            "server \"\"\ntool \"t\" at a::t: public",
            "line 3: expected a text in quotes before \"a::t: public\"",
        ),
        (
            "packages journal",
            "line 2: expected a text in quotes before \"journal\"",
        ),
        (
            "server \"\"\ntools \"t\": public",
            "line 3: `tools` is none of",
        ),
        ("server \"never ends", "line 2: a quoted text is not closed"),
        (
            "=======",
            "line 2: a merge conflict is not resolved; resolve it",
        ),
    ] {
        let error = Report::from_lock(&format!("scopes.lock 1\n{line}\n")).expect_err("a mistake");
        assert!(error.to_string().starts_with(said), "{error} is not {said}");
    }
    let newer = Report::from_lock("scopes.lock 2\n").expect_err("newer");
    assert_eq!(
        newer.to_string(),
        "line 1: the format has version \"2\", and this program reads `scopes.lock 1`"
    );
    assert_eq!(Report::from_lock("").expect_err("empty").line(), 1);
    let deep = format!(
        "scopes.lock 1\nserver \"\"\ntool \"t\": {}",
        "any(".repeat(100_000)
    );
    assert_eq!(Report::from_lock(&deep).expect_err("too deep").line(), 3);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(side in random::any_side()) {
        let report = side.report();
        let locked = Report::from_lock(&report.lock()).expect("our own");
        prop_assert_eq!(locked.lock(), report.lock());
        prop_assert_eq!(scopes_core::report::Diff::between(&locked, &report), scopes_core::report::Diff::default());
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in "(scopes.lock 1\n)?[a-z\"():, \n#\\\\]{0,80}") {
        let _ = Report::from_lock(&text);
    }
}
