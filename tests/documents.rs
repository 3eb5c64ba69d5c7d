//! What the documents claim is true: what the README shows, and the tests that the conformance table
//! names.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::fs;
use std::path::PathBuf;

use regex::Regex;
use scopes_core::report::Report;
use scopes_core::report::lock::{self, Acceptance};
use scopes_core::{AuthorizeError, ResourceServer, ScopeCatalog, requires_scopes, testing};
use serde_json::Value;

#[derive(ScopeCatalog)]
enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write")]
    EntriesWrite,
}

#[requires_scopes(any("entries:read", "entries:write"))]
fn list_entries() -> Result<Vec<String>, AuthorizeError> {
    Ok(Vec::new())
}

fn document(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).expect("the document is there")
}

fn server() -> ResourceServer {
    ResourceServer::builder("https://mcp.epicme.example/mcp")
        .authorization_server("https://auth.epicme.example")
        .build()
        .expect("valid settings")
}

/// What stands between the first fence of this language in the README and the next.
fn snippet(language: &str) -> String {
    let readme = document("README.md");
    let after = readme.split_once(&format!("```{language}"));
    let after = after.and_then(|(_, after)| after.split_once('\n'));
    let inside = after.and_then(|(_, after)| after.split_once("```"));
    inside.expect("a snippet").0.to_owned()
}

#[test]
fn the_readme_is_short_and_starts_quickly() {
    assert!(document("README.md").lines().count() < 250);
    assert!(snippet("rust").lines().count() <= 25);
}

#[test]
fn the_readme_shows_the_real_metadata() {
    let shown: Value = serde_json::from_str(&snippet("json")).expect("JSON");
    let real = serde_json::to_value(server().metadata()).expect("JSON");
    assert_eq!(shown, real);
}

#[test]
fn the_readme_shows_the_real_refusal() {
    let server = server();
    let caller = testing::caller("ada", "").expect("valid scopes");
    let refusal = caller.enter(list_entries).expect_err("refused");
    let challenge = server.challenge(&refusal).expect("a challenge");
    let shown = format!(
        "HTTP/1.1 {}\nWWW-Authenticate: {challenge}\n",
        refusal.status()
    );
    assert!(document("README.md").contains(&shown), "{shown}");
    assert_eq!(Scope::ALL.len(), 2);
}

#[test]
fn the_readme_shows_the_real_compile_error() {
    let shown = snippet("text");
    let first_line = shown.lines().next().expect("a compile error");
    let real = document("tests/ui/requires_scopes/unknown_scope/did_you_mean.stderr");
    let pattern = |text: &str| {
        Regex::new("`[a-z:]+`")
            .expect("a pattern")
            .replace_all(text, "`_`")
            .into_owned()
    };
    assert_eq!(
        pattern(first_line),
        pattern(real.lines().next().expect("an error"))
    );
}

#[test]
fn the_readme_shows_what_a_test_says_of_a_loosened_requirement() {
    let locked = |requirement: &str| {
        let text = format!(
            "scopes.lock 1
catalog \"Scope\"
  scope \"entries:read\": \"\"
  scope \"entries:write\" implies(\"entries:read\"): \"\"
  scope \"tags:read\": \"\"
server \"\"
  tool \"create_entry\": {requirement}(\"entries:write\", \"tags:read\")
"
        );
        Report::from_lock(&text).expect("a lock file")
    };
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("readme.lock");
    fs::write(&path, locked("all").lock()).expect("written");
    let error = lock::check(&path, &locked("any"), Acceptance::None).expect_err("looser");
    let shown = error
        .to_string()
        .replace(path.to_str().expect("UTF-8"), "scopes.lock");
    assert!(document("README.md").contains(&shown), "{shown}");
}

/// The code of the page is not compiled; that of the example is.
#[test]
fn the_page_about_grpc_shows_the_example() {
    let page = document("docs/guide/grpc.md");
    let example = document("examples/tonic-journal/src/lib.rs");
    let lines: Vec<&str> = example.lines().map(str::trim).collect();
    let blocks = page.split("```rust,ignore\n").skip(1);
    let code = blocks.flat_map(|rest| rest.split("```").next().into_iter().flat_map(str::lines));
    let mut checked = 0;
    for line in code
        .map(str::trim)
        .filter(|line| line.ends_with(';') || line.ends_with(','))
    {
        // What the page names is what the function of the example returns.
        let returned = line
            .strip_prefix("let app = ")
            .map(|line| line.trim_end_matches(';'));
        assert!(lines.contains(&returned.unwrap_or(line)), "{line}");
        checked += 1;
    }
    assert!(checked > 8, "{checked} lines");
}

#[test]
fn the_troubleshooting_page_has_every_reason_of_a_rejection() {
    let page = document("docs/guide/troubleshooting.md");
    let source = document("scopes-core/src/token/rejection/mod.rs");
    let label = Regex::new(r#"Self::\w+(?: \{ \.\. \})? => "([a-z_]+)","#).expect("a pattern");
    let labels: Vec<_> = label.captures_iter(&source).collect();
    assert!(labels.len() > 20, "{} labels", labels.len());
    for found in labels {
        assert!(page.contains(&format!("`{}`", &found[1])), "{}", &found[1]);
    }
}

/// Every file that the third of four columns names, below the source of one of the crates.
#[test]
fn the_conformance_table_names_files_that_exist() {
    let table = document("docs/conformance.md");
    let in_code = Regex::new("`([^`]+)`").expect("a pattern");
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut checked = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let columns: Vec<_> = row.trim_matches('|').split('|').collect();
        let [_, _, kept_in, _] = columns.as_slice() else {
            continue;
        };
        for captures in in_code.captures_iter(kept_in) {
            let place = &captures[1];
            let places = [root.join(place), root.join("scopes-core/src").join(place)];
            assert!(places.iter().any(|path| path.exists()), "{place}");
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked} files were looked up");
}

#[test]
fn the_conformance_table_names_tests_that_exist() {
    let table = document("docs/conformance.md");
    let in_code = Regex::new("`([^`]+)`").expect("a pattern");
    let mut checked = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let shown_by = row.split('|').nth_back(1).expect("the last column");
        let mut file = String::new();
        for name in in_code
            .captures_iter(shown_by)
            .map(|captures| captures[1].to_owned())
        {
            if name.starts_with("ui/") {
                continue;
            }
            let function = match name.split_once("::") {
                Some((named, function)) => {
                    named.clone_into(&mut file);
                    Some(function.to_owned())
                }
                None if name.contains('/') || name.contains(".rs") => {
                    file.clone_from(&name);
                    None
                }
                None => Some(name),
            };
            let source = if file.starts_with("examples/") {
                document(&file)
            } else {
                document(&format!("tests/{file}"))
            };
            if let Some(function) = function {
                assert!(
                    source.contains(&format!("fn {function}(")),
                    "{file}::{function}"
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked} tests were looked up");
}
