//! `scopes explain`: whether a call is allowed, why, and what to ask for.

use super::{journal, program};

#[test]
fn explain_says_why_and_what_to_ask_for() {
    let explain = |scope: &str, operation: &str| {
        journal(&["explain", "--scope", scope, "--operation", operation])
    };
    let (code, text, _) = explain("entries:read", "create_entry");
    assert_eq!(code, 1);
    assert_eq!(
        text,
        "\
function journal::create_entry: denied
  requires  all(entries:write, any(tags:read, tags:write))
  refusal   403 Required: entries:write and (tags:read or tags:write).
  ask for   entries:write tags:read
"
    );
    let (code, text, _) = explain("admin", "create_entry");
    assert_eq!(code, 0);
    assert_eq!(
        text,
        "\
function journal::create_entry: allowed
  requires  all(entries:write, any(tags:read, tags:write))
  because   entries:write is implied by admin
            tags:read is implied by admin
            tags:write is implied by admin
"
    );
    let (_, text, _) = explain("entries:read user:read", "read_statistics");
    assert!(
        text.ends_with("  lacks     analytics:view\n  ask for   entries:read analytics:view\n"),
        "{text}"
    );

    let (code, text, _) = journal(&["explain", "--operation", "who_am_i"]);
    assert_eq!(code, 1);
    assert!(
        text.ends_with(
            "  refusal   401 An access token is required.\n  ask for   a token, of any scope\n"
        ),
        "{text}"
    );
    assert_eq!(explain("", "who_am_i").0, 0);
    assert_eq!(journal(&["explain", "--operation", "ping"]).0, 0);
    assert!(
        journal(&["explain", "--operation", "list_tags"])
            .1
            .starts_with("function journal::list_tags of server tags: denied\n")
    );
}

#[test]
fn explain_without_an_operation_lists_them() {
    let (code, text, errors) = journal(&["explain", "--scope", "entries:read", "--server", ""]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert_eq!(
        text,
        "\
allowed:
  resource journal://entries/{id}
  function journal::list_entries
  function journal::ping
  function journal::who_am_i
denied:
  function journal::create_entry: lacks entries:write tags:read
  function journal::read_statistics: lacks analytics:view
"
    );
    let (_, json, _) = journal(&["explain", "--scope", "entries:read", "--format", "json"]);
    let decisions: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let created = decisions.as_array().expect("an array").iter();
    let mut created = created.filter(|decision| decision["operation"] == "journal::create_entry");
    let created = created.next().expect("it is there");
    assert_eq!(created["allowed"], false);
    assert_eq!(created["ask_for"], "entries:write tags:read");
}

#[test]
fn questions_that_are_none() {
    let (code, _, errors) = journal(&["explain", "--operation", "list_entires"]);
    assert_eq!(code, 3);
    assert_eq!(
        errors,
        "error: unknown operation \"list_entires\"; did you mean \"list_entries\"?\n\n\
         For more information, try '--help'.\n"
    );
    let (code, _, errors) = journal(&[
        "explain",
        "--scope",
        "entires:read",
        "--operation",
        "list_entries",
    ]);
    assert_eq!(code, 1);
    assert_eq!(
        errors,
        "warning: unknown scope `entires:read`; did you mean `entries:read`?\n"
    );
    let (code, _, errors) = journal(&["explain", "--scope", "a\tb"]);
    assert_eq!(code, 3);
    assert_eq!(
        errors,
        "error: invalid value 'a\tb' for '--scope <SCOPES>': scope name has '\\t' at byte 1\n\n\
         For more information, try '--help'.\n"
    );
}

#[test]
fn explain_finds_a_function_by_its_own_name() {
    let whole = journal(&["explain", "--operation", "journal::who_am_i", "--scope", ""]);
    let own = journal(&["explain", "--operation", "who_am_i", "--scope", ""]);
    assert_eq!(whole, own);
    assert!(
        own.1.starts_with("function journal::who_am_i: allowed\n"),
        "{}",
        own.1
    );
}

fn explain(scope: &str, more: &[&str]) -> (i32, String, String) {
    let explain = ["projects", "explain", "--scope", scope];
    program(&[&explain, more].concat())
}

#[test]
fn explain_decides_on_the_arguments_of_a_call() {
    let deploy = ["--operation", "deploy", "--arg", "id=42"];
    assert_eq!(
        explain("projects:42:write", &deploy),
        (
            0,
            "\
tool deploy: allowed
  requires  projects:{id}:write
  resolved  any(projects:write, projects:42:write)
  because   projects:42:write is granted
"
            .to_owned(),
            String::new()
        )
    );
    let (code, text, _) = explain("projects:43:write", &deploy);
    assert_eq!(code, 1);
    assert!(text.starts_with("tool deploy: denied\n"), "{text}");
    assert!(text.contains("\n  refusal   403 "), "{text}");
    assert!(text.ends_with("  ask for   projects:write\n"), "{text}");
    let (code, text, _) = explain(
        "projects:write",
        &["--operation", "deploy", "--arg", "id=a/b"],
    );
    assert_eq!(code, 1);
    assert!(
        text.ends_with("  ask for   nothing: no scope gives access with this value\n"),
        "{text}"
    );
    let restart = ["--operation", "devices", "--arg", "action=restart"];
    assert_eq!(explain("devices:write", &restart).0, 0);
    assert_eq!(explain("projects:write", &restart).0, 1);
    let other = ["--operation", "devices", "--arg", "action=purge"];
    assert_eq!(explain("projects:write devices:write", &other).0, 1);
}

#[test]
fn explain_without_arguments_says_for_which_a_call_is_allowed() {
    let (code, text, errors) = explain("projects:42:write", &["--operation", "devices"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert_eq!(
        text,
        "\
tool devices: allowed with some arguments
  requires  match(action, \"list\" | \"get\" => projects:{id}:write, \"restart\" => devices:write)
  allowed   if action = \"list\" | \"get\": with some values of the placeholders
  denied    if action = \"restart\": lacks devices:write
  denied    if action = _
  one call  --arg action=.. --arg id=..
"
    );
    // An argument that is given counts, also where another one is missing.
    let list = ["--operation", "devices", "--arg", "action=list"];
    let (code, text, _) = explain("projects:42:write", &list);
    assert_eq!(code, 0);
    assert!(
        text.contains("\n  allowed   with some values of the placeholders\n"),
        "{text}"
    );
    let (code, text, _) = explain("devices:write", &list);
    assert_eq!(code, 1);
    assert!(text.starts_with("tool devices: denied\n"), "{text}");
    let by_project = ["--operation", "devices", "--arg", "id=43"];
    let (code, text, _) = explain("projects:42:write", &by_project);
    assert_eq!(code, 1);
    assert!(
        text.contains("  denied    if action = \"list\" | \"get\": lacks projects:write\n"),
        "{text}"
    );

    let (_, text, _) = explain("projects:42:write", &[]);
    assert_eq!(
        text,
        "allowed with some arguments:\n  tool deploy\n  tool devices\n"
    );
    let (_, json, _) = explain("devices:write", &["--format", "json"]);
    let decisions: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(decisions[0]["allowed"], false);
    assert_eq!(decisions[1]["allowed"], serde_json::Value::Null);
    assert_eq!(
        decisions[1]["cases"][1],
        serde_json::json!({ "when": "action = \"restart\"", "allowed": true, "missing": "" })
    );
    let anonymous = program(&["projects", "explain", "--operation", "deploy"]);
    assert_eq!(anonymous.0, 1);
    assert!(anonymous.1.contains("  refusal   401 "), "{}", anonymous.1);
}

#[test]
fn arguments_that_nothing_depends_on() {
    let (code, _, errors) = explain("", &["--operation", "deploy", "--arg", "idd=1"]);
    assert_eq!(code, 1);
    assert_eq!(
        errors,
        "warning: no requirement names the argument `idd`; did you mean `id`?\n"
    );
    let (code, _, errors) = explain("", &["--operation", "deploy", "--arg", "id"]);
    assert_eq!(code, 3);
    assert_eq!(
        errors,
        "error: invalid value 'id' for '--arg <NAME=VALUE>': expected a name and a value with `=` \
         between them\n\nFor more information, try '--help'.\n"
    );
    // Nobody grants a template by its name.
    let (code, _, errors) = explain("projects:{id}:write", &["--operation", "deploy"]);
    assert_eq!(code, 1);
    assert!(
        errors.starts_with("warning: unknown scope `projects:{id}:write`"),
        "{errors}"
    );
}
