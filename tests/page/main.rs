//! The page: that it is whole and small, that nothing in it is taken for markup, that it is served
//! to those who may see it; and, in Chromium, that it answers as `authorize` does.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use scopes_core::report::Report;
use scopes_core::{Caller, Registry, authorize, testing};
use scopes_tests::vocabulary::{Scope, subsets, text};
use serde_json::{Value, json};

mod journal;
mod route;

/// A report of so many operations over sixty scopes.
fn large(operations: usize) -> Report {
    let scope = |number: usize| format!("resource{number}:{}", ["read", "write"][number % 2]);
    let scopes: Vec<Value> = std::iter::once(json!({ "name": "entries:read", "catalog": "Scope" }))
        .chain((1..60).map(|number| {
            json!({
                "name": scope(number),
                "catalog": "Scope",
                "description": format!("What scope number {number} is for, in a sentence."),
                "implies": if number % 2 == 1 && number > 1 { vec![scope(number - 1)] } else { vec![] },
            })
        }))
        .collect();
    let needed = |number: usize| match number % 60 {
        0 => json!({ "scope": "entries:read" }),
        number => json!({ "scope": scope(number) }),
    };
    let operations: Vec<Value> = (0..operations)
        .map(|number| {
            let either = json!({ "any": [needed(number * 7 + 1), needed(number / 60 * 11 + 2)] });
            json!({
                "kind": "tool",
                "name": format!("operation_{number}"),
                "requires": { "all": [needed(number), either] },
            })
        })
        .collect();
    let document = json!({
        "schema": "scopes-report", "version": 1, "scopes": scopes,
        "servers": [{ "name": "", "operations": operations }],
    });
    serde_json::from_value(document).expect("a report")
}

fn hostile(operation: &str, description: &str) -> Report {
    let document = json!({
        "schema": "scopes-report", "version": 1,
        "scopes": [{ "name": "</script>", "catalog": "<!--<script>", "description": description }],
        "servers": [{ "name": "<img src=x onerror=alert(1)>", "operations": [
            { "kind": "tool", "name": operation, "requires": { "scope": "</script>" } },
        ]}],
    });
    serde_json::from_value(document).expect("a report")
}

/// A report of operations with arguments.
fn with_arguments() -> Report {
    let scope = |name: &str| json!({ "name": name, "catalog": "Scope" });
    let needed = |name: &str| json!({ "scope": name });
    let devices = json!({ "match": { "argument": "action", "arms": [
        { "values": ["list", "get"], "requires": needed("devices:read") },
        { "values": ["restart"], "requires": needed("devices:write") },
    ]}});
    let document = json!({
        "schema": "scopes-report", "version": 1,
        "scopes": [
            scope("devices:read"), scope("devices:write"), scope("projects:{project}:read"),
            { "name": "projects:read", "catalog": "Scope", "implies": ["projects:{project}:read"] },
        ],
        "servers": [{ "name": "", "operations": [
            { "kind": "tool", "name": "devices", "requires": devices },
            { "kind": "tool", "name": "project", "requires": needed("projects:{projectId}:read") },
        ]}],
    });
    serde_json::from_value(document).expect("a report")
}

/// What stands between the first `open` and the next `close`.
fn between<'t>(text: &'t str, open: &str, close: &str) -> &'t str {
    let (_, rest) = text.split_once(open).expect("it opens");
    rest.split_once(close).expect("it closes").0
}

#[test]
fn the_policy_names_the_style_and_the_script_that_are_there() {
    let page = Report::of_program().page();
    let policy = between(
        &page,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    );
    for (rule, content) in [
        ("style-src", between(&page, "<style>", "</style>")),
        ("script-src", between(&page, "<script>", "</script>")),
    ] {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content.as_bytes());
        let hash = STANDARD.encode(hash);
        let rule = format!("{rule} 'sha256-{hash}'");
        assert!(policy.contains(&rule), "{policy} is to have {rule}");
    }
    assert!(policy.starts_with("default-src 'none'; "));
    for loads in [
        "src=", "href=", "url(", "@import", "fetch(", "http://", "https://",
    ] {
        assert!(!page.contains(loads), "{loads}");
    }
}

#[test]
fn ten_thousand_operations_are_less_than_five_megabytes() {
    let page = large(10_000).page();
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
}

#[test]
fn the_same_code_gives_the_same_page() {
    assert_eq!(Report::of_program().page(), Report::of_program().page());
}

proptest! {
    #[test]
    fn no_text_ends_the_data(operation in any::<String>(), description in "[<>&/!a-z\u{2028}\u{2029}\u{202e}\"'-]{0,20}") {
        let page = hostile(&operation, &description).page();
        let data = between(&page, "<script type=\"application/json\" id=\"report\">", "</script>");
        let ends_it = ['<', '>', '&', '\u{2028}', '\u{2029}', '\u{202e}'];
        prop_assert!(!data.contains(ends_it));
        let data: Value = serde_json::from_str(data).expect("JSON");
        prop_assert_eq!(&data["scopes"][0]["name"], "</script>");
        prop_assert_eq!(page.matches("<script").count(), 2);
    }
}

/// Where the browser is.
fn chromium() -> PathBuf {
    let places = std::env::var_os("PATH").expect("a path");
    let places = std::env::split_paths(&places).map(|place| place.join("chromium"));
    let mut found = places.filter(|place| place.exists());
    found.next().expect("chromium is installed")
}

/// What each set of scopes allows, by the decision itself.
fn expected() -> Value {
    let registry = Registry::of_program();
    let allowed = |caller: &Caller| -> Vec<String> {
        let operations = registry.operations().into_iter();
        let allowed = operations.filter(|one| authorize(&one.requirement, caller).is_ok());
        allowed
            .map(|operation| operation.name.to_string())
            .collect()
    };
    let sets = subsets(&Scope::ALL.iter().copied().collect());
    let sets = sets.iter().map(|set| {
        let caller = testing::caller("ada", &text(set)).expect("valid scopes");
        let names: Vec<&str> = set.iter().map(Scope::as_str).collect();
        json!({ "scopes": names, "allowed": allowed(&caller) })
    });
    let anonymous = json!({ "scopes": null, "allowed": allowed(&Caller::anonymous()) });
    std::iter::once(anonymous).chain(sets).collect()
}

#[test]
#[cfg_attr(
    not(all(has_node, has_chromium)),
    ignore = "node, npm or chromium is not installed"
)]
fn it_works_in_a_browser() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page");
    fs::create_dir_all(&directory).expect("a directory");
    let write = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let operation = "</script><script>alert(1)</script><b>&lt;";
    let description = "<img src=x onerror=alert(1)> \"'`";
    let pages = json!({
        "chromium": chromium(),
        "journal": write("journal.html", &Report::of_program().with_program("Journal", "1.2.3").page()),
        "expected": write("expected.json", &expected().to_string()),
        "arguments": write("arguments.html", &with_arguments().page()),
        "large": write("large.html", &large(500).page()),
        "huge": write("huge.html", &large(10_000).page()),
        "hostile": write("hostile.html", &hostile(operation, description).page()),
        "texts": write("texts.json", &json!({ "operation": operation, "description": description }).to_string()),
    });
    let install = Command::new("npm")
        .args(["ci", "--ignore-scripts"])
        .current_dir(&here)
        .output()
        .expect("npm runs");
    assert!(
        install.status.success(),
        "{}",
        String::from_utf8_lossy(&install.stderr)
    );
    let browser = Command::new("node")
        .arg("browser.mjs")
        .arg(pages.to_string())
        .current_dir(&here)
        .output()
        .expect("node runs");
    println!("{}", String::from_utf8_lossy(&browser.stdout));
    assert!(
        browser.status.success(),
        "{}",
        String::from_utf8_lossy(&browser.stderr)
    );
}
