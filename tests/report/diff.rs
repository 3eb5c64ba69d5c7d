//! What has changed, in words.

use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, ScopeChange, Verdict};
use serde_json::{Value, json};

/// A report of these operations over scopes `a` to `e`, and `admin`, which implies `a`.
fn report(operations: &[(&str, Value)]) -> Report {
    report_with(&json!(["a"]), operations)
}

fn report_with(admin_implies: &Value, operations: &[(&str, Value)]) -> Report {
    let operations = operations
        .iter()
        .map(|(name, requires)| json!({ "kind": "tool", "name": name, "requires": requires }));
    let scopes = ["a", "b", "c", "d", "e"].map(|name| json!({ "name": name, "catalog": "Scope" }));
    let mut scopes = scopes.to_vec();
    scopes.push(json!({ "name": "admin", "catalog": "Scope", "implies": admin_implies }));
    let document = json!({
        "schema": "scopes-report", "version": 1, "scopes": scopes,
        "servers": [{ "name": "", "operations": operations.collect::<Vec<_>>() }],
    });
    serde_json::from_value(document).expect("a report")
}

fn all(scopes: &[&str]) -> Value {
    json!({ "all": scopes.iter().map(|scope| json!({ "scope": scope })).collect::<Vec<_>>() })
}

fn any(scopes: &[&str]) -> Value {
    json!({ "any": scopes.iter().map(|scope| json!({ "scope": scope })).collect::<Vec<_>>() })
}

fn one(scope: &str) -> Value {
    json!({ "scope": scope })
}

#[test]
fn from_all_to_any_in_one_sentence() {
    let diff = Diff::between(
        &report(&[("create_entry", all(&["a", "b"]))]),
        &report(&[("create_entry", any(&["a", "b"]))]),
    );
    assert_eq!(diff.verdict(), Verdict::Loosened);
    assert_eq!(
        diff.to_string(),
        "Loosened:\n- A caller with `a` alone may now call tool `create_entry`, \
         which required `all(a, b)` and now requires `any(a, b)`."
    );
    assert!(diff.markdown().starts_with(
        "**Scopes: somebody may do more than before.**\n\n#### Loosened\n\n- A caller"
    ));
}

#[test]
fn every_kind_of_change_has_its_words() {
    let old = report(&[
        ("same", one("a")),
        ("tightened", any(&["a", "b"])),
        ("in_kind", all(&["a", "b"])),
        ("reordered", any(&["b", "c"])),
        ("gone", one("c")),
        ("list_entires", one("d")),
        ("opened", one("a")),
        ("any_token", one("a")),
        ("closed", json!("public")),
    ]);
    let new = report(&[
        ("same", one("a")),
        ("tightened", one("b")),
        ("in_kind", one("c")),
        ("reordered", any(&["c", "b", "c"])),
        ("list_entries", one("d")),
        ("opened", json!("public")),
        ("any_token", json!("authenticated")),
        ("closed", json!("authenticated")),
        ("fresh", one("e")),
        ("hello", json!("public")),
    ]);
    let diff = Diff::between(&old, &new);
    assert_eq!(
        diff.to_string(),
        "Loosened:
- A caller with any token, without scopes, may now call tool `any_token`, which required `a` and now requires `authenticated`.
- Everybody may call tool `hello`, which is new and public.
- A caller with `c` alone may now call tool `in_kind`, which required `all(a, b)` and now requires `c`; a caller with `b` and `admin` alone no longer may.
- A caller without a token may now call tool `opened`, which required `a` and now requires `public`.
Tightened:
- A caller without a token may no longer call tool `closed`, which required `public` and now requires `authenticated`.
- A caller with `a` alone may no longer call tool `tightened`, which required `any(a, b)` and now requires `b`.
Written otherwise, for the same callers:
- The same callers may call tool `reordered`, which required `any(b, c)` and now requires `any(c, b, c)`.
Operations:
- Added: tool `fresh`, which requires `e`.
- Removed: tool `gone`, which required `c`.
- Renamed: tool `list_entires` is now tool `list_entries`."
            .replace("`b` and `admin` alone", "`a` and `b` alone")
    );
}

#[test]
fn a_change_of_implications_is_told_once() {
    let operations: Vec<_> = ["one", "two", "three", "four", "five", "six", "seven"]
        .into_iter()
        .map(|name| (name, one("b")))
        .collect();
    let old = report_with(&json!(["a"]), &operations);
    let new = report_with(&json!(["b"]), &operations);
    let diff = Diff::between(&old, &new);
    assert_eq!(diff.verdict(), Verdict::Loosened);
    assert_eq!(
        diff.to_string(),
        "Loosened:
- A caller with `admin` alone may now call tool `five`, tool `four`, tool `one`, tool `seven`, tool `six` and 2 more, by what scopes imply.
Scopes:
- Changed: `admin` implied `a`, and now implies `b`."
    );
    let back = Diff::between(&new, &old);
    assert_eq!(back.verdict(), Verdict::Changed);
    assert!(back.to_string().starts_with("Tightened:"));
}

#[test]
fn scopes_come_go_and_change() {
    let scopes = |scopes: Value| -> Report {
        let document = json!({ "schema": "scopes-report", "version": 1, "scopes": scopes });
        serde_json::from_value(document).expect("a report")
    };
    let diff = Diff::between(
        &scopes(json!([
            { "name": "a", "catalog": "m::Scope", "description": "Read." },
            { "name": "b", "catalog": "m::Scope", "baseline": true },
            { "name": "c", "catalog": "m::Scope" },
        ])),
        &scopes(json!([
            { "name": "b", "catalog": "n::Scope", "hidden": true },
            { "name": "a", "catalog": "n::Scope", "description": "Read all." },
            { "name": "d", "catalog": "n::Scope", "description": "New." },
        ])),
    );
    assert_eq!(diff.verdict(), Verdict::Changed);
    assert_eq!(
        diff.to_string(),
        "Scopes:
- Changed: `b` was declared by `m::Scope`, and is by `n::Scope`; is no longer named in every 401; is now hidden.
- Changed: `a` was declared by `m::Scope`, and is by `n::Scope`; was described as \"Read.\", and is as \"Read all.\".
- Added: `d`, \"New.\".
- Removed: `c`."
    );
    assert!(matches!(diff.scopes().last(), Some(ScopeChange::Removed { scope }) if scope == "c"));
}

#[test]
fn another_kind_or_server_is_a_change_of_name_and_hides_no_loosening() {
    let document = |server: &str, kind: &str, requires: Value| -> Report {
        serde_json::from_value(json!({
            "schema": "scopes-report", "version": 1,
            "scopes": [{ "name": "a" }, { "name": "b" }],
            "servers": [{ "name": server, "operations": [
                { "kind": kind, "name": "list", "requires": requires },
            ]}],
        }))
        .expect("a report")
    };
    for (server, kind) in [("", "tool"), ("other", "function")] {
        let diff = Diff::between(
            &document("", "function", all(&["a", "b"])),
            &document(server, kind, one("a")),
        );
        assert_eq!(diff.verdict(), Verdict::Loosened, "{diff}");
        assert!(
            diff.to_string().contains("Renamed: function `list` is now"),
            "{diff}"
        );
    }
}

#[test]
fn a_function_among_namesakes_is_not_taken_for_a_new_one() {
    // Two modules have a function of this name, which required the same.
    let old = report(&[("list", all(&["a", "b"]))]);
    let new = report(&[("list", all(&["a", "b"])), ("list", one("a"))]);
    let diff = Diff::between(&old, &new);
    assert_eq!(diff.verdict(), Verdict::Loosened, "{diff}");
    assert!(
        diff.to_string()
            .contains("A caller with `a` alone may now call tool `list`")
    );
    let back = Diff::between(&new, &old);
    assert_eq!(back.verdict(), Verdict::Changed, "{back}");
}
