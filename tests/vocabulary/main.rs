//! Documents, comments and messages use the words of `docs/vocabulary.md`.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod prose;

use std::fs;
use std::path::{Path, PathBuf};

use prose::prose;
use regex::Regex;

/// Where text is read: the files with these extensions in or below these paths.
const READ: [&str; 9] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs",
    "examples",
    "scopes-core/src",
    "scopes-macros/src",
];

/// Files that still have phrases of the second column. One without any has to leave the list.
const UNREVISED: &[&str] = &[
    "examples/epicme/src/authorization_server/authorize.rs",
    "examples/epicme/src/authorization_server/client_document.rs",
    "examples/epicme/src/authorization_server/mod.rs",
    "examples/epicme/tests/authorization_server/client_documents.rs",
    "scopes-core/src/command/mod.rs",
    "scopes-core/src/command/usage.rs",
    "scopes-core/src/introspection/mod.rs",
    "scopes-core/src/introspection/verifier.rs",
    "scopes-core/src/jwt/jwks_cache.rs",
    "scopes-core/src/jwt/verifier.rs",
    "scopes-core/src/registry/index.rs",
    "scopes-core/src/registry/validation.rs",
    "scopes-core/src/report/diff/changes.rs",
    "scopes-core/src/report/diff/wording.rs",
    "scopes-core/src/report/lock/mod.rs",
    "scopes-core/src/report/lock/text.rs",
    "scopes-core/src/rmcp/server.rs",
    "scopes-core/src/rmcp/validation.rs",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The phrases of the second column, each with the words of the first.
fn phrases(table: &str) -> Vec<(Regex, String)> {
    let in_code = Regex::new("`([^`]+)`").expect("a pattern");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = rows.filter_map(|row| row.split_once(" | "));
    let phrases = rows.flat_map(|(instead, phrases)| {
        in_code.captures_iter(phrases).map(|phrase| {
            let words = phrase[1].replace(' ', r"\s+");
            let pattern = Regex::new(&format!(r"(?i)\b{words}\b")).expect("a pattern");
            (pattern, instead.to_owned())
        })
    });
    phrases.collect()
}

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            files(&entry.expect("an entry").path(), found);
        }
    } else if path
        .extension()
        .is_some_and(|extension| extension == "rs" || extension == "md")
    {
        found.push(path.to_owned());
    }
}

/// Each phrase of the second column in this file: its line, the phrase, and the words to use.
fn findings(path: &Path, phrases: &[(Regex, String)]) -> Vec<String> {
    let text = fs::read_to_string(path).expect("UTF-8");
    let is_rust = path.extension().is_some_and(|extension| extension == "rs");
    let parts = if is_rust {
        prose(&text)
    } else {
        vec![(1, text)]
    };
    let mut found = Vec::new();
    for (line, part) in &parts {
        for (pattern, instead) in phrases {
            for phrase in pattern.find_iter(part) {
                let line = line + part[..phrase.start()].matches('\n').count();
                let phrase = phrase
                    .as_str()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ");
                found.push(format!("{line}: `{phrase}`; use: {instead}"));
            }
        }
    }
    found
}

#[test]
fn the_vocabulary_is_kept() {
    let (root, vocabulary) = (root(), "docs/vocabulary.md");
    let table = fs::read_to_string(root.join(vocabulary)).expect("the vocabulary");
    let phrases = phrases(&table);
    assert!(phrases.len() > 20, "{} phrases were read", phrases.len());
    let mut paths = Vec::new();
    for place in READ {
        files(&root.join(place), &mut paths);
    }
    assert!(paths.len() > 200, "{} files were found", paths.len());
    paths.sort();
    let mut unrevised = UNREVISED.to_vec();
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.strip_prefix(&root).expect("below the root");
        let name = name.to_str().expect("UTF-8");
        let found = findings(&path, &phrases);
        if !found.is_empty() && UNREVISED.contains(&name) {
            unrevised.retain(|file| *file != name);
        } else if name != vocabulary {
            wrong.extend(found.iter().map(|found| format!("{name}:{found}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        unrevised.is_empty(),
        "remove these from the list: {unrevised:#?}"
    );
}
