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
        "**Scopes: a caller is allowed more than before.**\n\n#### Loosened\n\n- A caller"
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
- No longer guarded: tool `gone`, which required `c`. Either it was removed, or its annotation was and every caller is allowed to call it; check which.
- Every caller is allowed to call tool `hello`, which is new and public.
- A caller with `c` alone may now call tool `in_kind`, which required `all(a, b)` and now requires `c`; a caller with `b` and `admin` alone no longer may.
- A caller without a token may now call tool `opened`, which required `a` and now requires `public`.
Tightened:
- A caller without a token may no longer call tool `closed`, which required `public` and now requires `authenticated`.
- A caller with `a` alone may no longer call tool `tightened`, which required `any(a, b)` and now requires `b`.
Written otherwise, for the same callers:
- The same callers may call tool `reordered`, which required `any(b, c)` and now requires `any(c, b, c)`.
Operations:
- Added: tool `fresh`, which requires `e`.
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
    // One of the two is no longer guarded.
    let back = Diff::between(&new, &old);
    assert_eq!(back.verdict(), Verdict::Loosened, "{back}");
}

/// A report of plain functions, by their paths.
fn functions(operations: &[(&str, Value)]) -> Report {
    let lines: String = operations
        .iter()
        .map(|(path, requires)| match requires.as_str() {
            Some(level) => format!("function \"{path}\": {level}\n"),
            None => format!(
                "function \"{path}\": \"{}\"\n",
                requires["scope"].as_str().expect("a scope")
            ),
        })
        .collect();
    lock(&lines)
}

/// A report of the lines of a lock file.
fn lock(operations: &str) -> Report {
    let scopes = ["a", "b", "c"]
        .map(|name| format!("  scope \"{name}\": \"\"\n"))
        .concat();
    let text = format!("scopes.lock 1\ncatalog \"Scope\"\n{scopes}server \"\"\n{operations}");
    Report::from_lock(&text).expect("a lock file")
}

#[track_caller]
fn assert_loosened(old: &Report, new: &Report, said: &str) {
    let diff = Diff::between(old, new);
    assert_eq!(diff.verdict(), Verdict::Loosened, "{diff}");
    assert!(diff.to_string().contains(said), "{said}\nis not in\n{diff}");
}

#[test]
fn functions_of_one_name_are_told_apart_by_their_paths() {
    let old = functions(&[("m::a::list", one("a")), ("m::b::list", one("b"))]);
    let swapped = functions(&[("m::a::list", one("b")), ("m::b::list", one("a"))]);
    assert_loosened(
        &old,
        &swapped,
        "A caller with `b` alone may now call function `m::a::list`, which required `a`",
    );
    for gone in [0, 1] {
        let rest = [("m::a::list", one("a")), ("m::b::list", one("b"))];
        let rest = functions(&rest[1 - gone..2 - gone]);
        assert_loosened(&old, &rest, "- No longer guarded: function `m::");
    }
    // They require the same.
    let alike = functions(&[("m::a::list", one("a")), ("m::b::list", one("a"))]);
    let rest = functions(&[("m::a::list", one("a"))]);
    assert_loosened(&alike, &rest, "- No longer guarded: function `m::b::list`");
    // Another one appears where one goes, and requires more.
    let other = functions(&[("m::a::list", one("a")), ("m::c::show", one("b"))]);
    assert_loosened(&alike, &other, "- No longer guarded: function `m::b::list`");
}

#[test]
fn what_is_no_longer_listed_may_be_open() {
    for required in [one("a"), json!("authenticated")] {
        let old = functions(&[("m::gone", required), ("m::kept", one("a"))]);
        let new = functions(&[("m::kept", one("a"))]);
        assert_loosened(
            &old,
            &new,
            "Either it was removed, or its annotation was and every caller is allowed to call it; check which.",
        );
    }
    let old = functions(&[("m::gone", json!("public")), ("m::kept", one("a"))]);
    let new = functions(&[("m::kept", one("a"))]);
    let diff = Diff::between(&old, &new);
    assert_eq!(diff.verdict(), Verdict::Changed);
    assert_eq!(
        diff.to_string(),
        "Operations:\n- Removed: function `m::gone`, which was public."
    );
}

#[test]
fn who_renames_and_opens_at_once_is_told_who_gains() {
    let gains = "A caller with any token, without scopes, may now call";
    // By the function, whatever the names are.
    assert_loosened(
        &lock("tool \"purge\" at \"m::J::purge\": \"a\"\n"),
        &lock("tool \"clear\" at \"m::J::purge\": authenticated\n"),
        &format!("{gains} tool `clear`, which required `a`"),
    );
    // By a near name.
    assert_loosened(
        &lock("tool \"list_entires\" at \"m::J::list_entires\": \"a\"\n"),
        &lock("tool \"list_entries\" at \"m::J::list_entries\": authenticated\n"),
        &format!("{gains} tool `list_entries`, which required `a`"),
    );
    // By the function's own name, in another module.
    assert_loosened(
        &functions(&[("m::first::purge", one("a"))]),
        &functions(&[("m::second::purge", json!("authenticated"))]),
        &format!("{gains} function `m::second::purge`, which required `a`"),
    );
    // Not at all.
    assert_loosened(
        &lock("tool \"purge\" at \"m::J::purge\": \"a\"\n"),
        &lock("tool \"list\" at \"m::J::list\": authenticated\n"),
        "No longer guarded: tool `purge`, which required `a`.",
    );
    // The old name stays, on another function.
    assert_loosened(
        &lock("tool \"purge\" at \"m::J::purge\": \"a\"\n"),
        &lock(
            "tool \"purge\" at \"m::J::other\": \"a\"\n  tool \"clear\" at \"m::J::purge\": authenticated\n",
        ),
        &format!("{gains} tool `clear`, which required `a`"),
    );
}

/// What only probably is the same must not hide that an operation is no longer guarded.
#[test]
fn a_guess_hides_nothing() {
    assert_loosened(
        &functions(&[("m::a::list", one("a"))]),
        &functions(&[("m::b::list", Value::from("authenticated"))]),
        "may now call",
    );
    // `create_entry` is no correction of `delete_entry`, nor a neighbour in the same module.
    for (gone, added) in [
        (
            "tool \"create_entry\" at \"m::create_entry\"",
            "tool \"delete_entry\" at \"m::delete_entry\"",
        ),
        (
            "function \"journal::http::purge\"",
            "function \"journal::http::merge\"",
        ),
        (
            "function \"journal::http::purge\"",
            "function \"journal::html::print\"",
        ),
    ] {
        assert_loosened(
            &lock(&format!("{gone}: \"a\"\n")),
            &lock(&format!("{added}: \"a\"\n")),
            "- No longer guarded: ",
        );
    }
    let stricter = lock("tool \"list_tags\" at \"m::J::list_tags\": all(\"a\", \"b\")\n");
    assert_loosened(
        &lock("tool \"list_tag\" at \"m::J::list_tag\": \"a\"\n"),
        &stricter,
        "No longer guarded: tool `list_tag`, which required `a`.",
    );
}

#[test]
fn what_only_moves_or_is_renamed_is_not_looser() {
    for (old, new) in [
        (
            functions(&[("m::first::purge", one("a"))]),
            functions(&[("m::second::purge", one("a"))]),
        ),
        (
            lock("tool \"purge\" at \"m::J::purge\": \"a\"\n"),
            lock("tool \"clear\" at \"m::J::purge\": \"a\"\n"),
        ),
        (
            functions(&[("m::J::purge", one("a"))]),
            lock("tool \"purge\" at \"m::J::purge\": \"a\"\n"),
        ),
    ] {
        let diff = Diff::between(&old, &new);
        assert_eq!(diff.verdict(), Verdict::Changed, "{diff}");
        assert!(diff.to_string().contains("- Renamed: "), "{diff}");
    }
    // Where a tool stands in the code is no change of what clients may do.
    let diff = Diff::between(
        &lock("tool \"purge\" at \"m::J::purge\": \"a\"\n"),
        &lock("tool \"purge\" at \"m::K::purge\": \"a\"\n"),
    );
    assert_eq!(diff.verdict(), Verdict::Same, "{diff}");
}
