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

/// The name of each file, and its path.
fn all() -> Vec<(String, PathBuf)> {
    let root = root();
    let mut paths = Vec::new();
    for place in READ {
        files(&root.join(place), &mut paths);
    }
    assert!(paths.len() > 200, "{} files were found", paths.len());
    paths.sort();
    let named = paths.into_iter().map(|path| {
        let name = path.strip_prefix(&root).expect("below the root");
        (name.to_str().expect("UTF-8").to_owned(), path)
    });
    named.collect()
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
    let vocabulary = "docs/vocabulary.md";
    let table = fs::read_to_string(root().join(vocabulary)).expect("the vocabulary");
    let phrases = phrases(&table);
    assert!(phrases.len() > 20, "{} phrases were read", phrases.len());
    let mut wrong = Vec::new();
    for (name, path) in all() {
        if name != vocabulary {
            let found = findings(&path, &phrases);
            wrong.extend(found.iter().map(|found| format!("{name}:{found}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines at which a doc comment begins with a question word. Rustdoc's lists of items show its first
/// sentence, which says what the item is or does: subject and verb come first.
fn questions(source: &str) -> Vec<String> {
    let question =
        Regex::new(r"^//[/!]\s+(What|Whether|Who|Whose|Why|How|Which)\b").expect("a pattern");
    let is_doc = |line: &str| line.starts_with("///") || line.starts_with("//!");
    let mut was_doc = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(source.lines().map(str::trim_start)) {
        if !was_doc && question.is_match(line) {
            found.push(format!("{number}: {line}"));
        }
        was_doc = is_doc(line);
    }
    found
}

#[test]
fn doc_comments_begin_with_their_subject() {
    let mut wrong = Vec::new();
    for (name, path) in all() {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let found = questions(&fs::read_to_string(&path).expect("UTF-8"));
            wrong.extend(found.iter().map(|found| format!("{name}:{found}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn questions_are_found_at_the_beginning_of_doc_comments() {
    let source =
        "//! Why.\n\n/// Asks.\n/// What it asks.\nfn ask() {}\n    /// How far.\n// Who.\n";
    assert_eq!(questions(source), ["1: //! Why.", "6: /// How far."]);
}
