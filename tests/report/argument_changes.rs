//! Changes of requirements with arguments, and mistakes in their lines of a lock file.

use scopes_core::Expression;
use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, OperationChange, Verdict};

use crate::arguments::{compare, devices, report, report_of, scope};

#[test]
fn looser_and_tighter() {
    let write = || scope("projects:{project}:write");
    let every = || scope("projects:write");
    let read = || scope("projects:{project}:read");
    // A scope of every project also gives this one: nobody gains by asking for it.
    assert_eq!(compare(write(), every()).0, Verdict::Changed);
    let (verdict, text) = compare(every(), write());
    assert_eq!(verdict, Verdict::Loosened);
    assert!(text.contains("A caller with `projects:{project}:write` alone may now call tool `operation`, which required `projects:write`"), "{text}");
    assert_eq!(compare(read(), write()).0, Verdict::Changed);
    assert_eq!(compare(write(), read()).0, Verdict::Loosened);
    // Another argument is another project.
    let (verdict, text) = compare(write(), scope("projects:{other}:write"));
    assert_eq!(verdict, Verdict::Loosened);
    assert!(
        text.contains("A caller with `projects:{other}:write` alone"),
        "{text}"
    );
    // The same for the same callers, written otherwise.
    let both = Expression::any([every(), write()]);
    assert_eq!(
        Diff::between(&report_of(write()), &report_of(both)).verdict(),
        Verdict::Changed
    );

    let swapped = Expression::matching(
        "action",
        [
            (vec!["list"], scope("devices:read")),
            (vec!["get", "restart"], scope("devices:read")),
            (vec![], scope("devices:admin")),
        ],
    );
    let (verdict, text) = compare(devices(), swapped);
    assert_eq!(verdict, Verdict::Loosened);
    assert!(text.contains("A caller with `devices:read` alone, where `action` is \"restart\", may now call tool `operation`"), "{text}");
    let closed = Expression::matching(
        "action",
        [(vec!["list", "get", "restart"], scope("devices:admin"))],
    );
    let (verdict, text) = compare(devices(), closed.clone());
    assert_eq!(verdict, Verdict::Changed, "{text}");
    let (verdict, text) = compare(closed, devices());
    assert_eq!(verdict, Verdict::Loosened);
    assert!(
        text.contains(
            "A caller with `devices:read` alone, where `action` is \"list\" or \"get\", may now"
        ),
        "{text}"
    );
    // A name that a value makes is the name of that project.
    let by_value = |name: &'static str| Expression::matching("project", [(vec!["7"], scope(name))]);
    let (_, text) = compare(
        by_value("projects:write"),
        by_value("projects:{project}:write"),
    );
    assert!(
        text.contains(
            "A caller with `projects:7:write` alone, where `project` is \"7\", may now call"
        ),
        "{text}"
    );
}

#[test]
fn more_combinations_than_can_be_compared_count_as_looser() {
    let choices = |more: &'static str| {
        let choice = |argument: &'static str| {
            let arm = |number: usize| {
                let name = if number.is_multiple_of(2) {
                    "devices:read"
                } else {
                    more
                };
                (vec![format!("{number}")], scope(name))
            };
            Expression::matching(argument, (0..40).map(arm))
        };
        Expression::all([choice("a"), choice("b"), choice("c")])
    };
    let (old, new) = (choices("devices:write"), choices("devices:admin"));
    assert_eq!(compare(old.clone(), new).0, Verdict::Loosened);
    assert_eq!(compare(old.clone(), old).0, Verdict::Same);
}

/// The line of the tool `deploy` in a lock file, read by these expressions.
fn reading(arguments: &str) -> Report {
    let lock = report().lock();
    let lock = lock.replace("tool \"deploy\":", &format!("tool \"deploy\"{arguments}:"));
    Report::from_lock(&lock).expect("a lock file")
}

#[test]
fn a_changed_expression_counts_as_looser() {
    let expressions = [
        "",
        " args(projectId = \"request.project_id\")",
        " args(\"projectId\" = \"request.parent_id\", other = \"1\")",
    ];
    for old in expressions {
        for new in expressions {
            let diff = Diff::between(&reading(old), &reading(new));
            let expected = if old == new {
                Verdict::Same
            } else {
                Verdict::Loosened
            };
            assert_eq!(diff.verdict(), expected, "{old} {new}");
        }
    }
    let diff = Diff::between(&reading(""), &reading(expressions[1]));
    let [
        OperationChange::Changed {
            gains: None,
            loses: None,
            arguments,
            ..
        },
    ] = diff.operations()
    else {
        panic!("{diff}");
    };
    assert_eq!(arguments[0].name, "projectId");
    assert!(diff.to_string().starts_with("Loosened:\n- Argument `projectId` of tool `deploy` is now read from `request.project_id`, and was read from the binding of that name. Expressions are not compared:"), "{diff}");
    // An argument that the requirement does not name decides nothing.
    let unnamed = Diff::between(
        &reading(" args(other = \"1\")"),
        &reading(" args(other = \"2\")"),
    );
    assert_eq!(unnamed, Diff::default());
    let written = reading(expressions[2]).lock();
    assert!(
        written
            .contains("  tool \"deploy\" args(other = \"1\", projectId = \"request.parent_id\"): "),
        "{written}"
    );
    let read: Report = serde_json::from_str(&reading(expressions[2]).json()).expect("our own");
    assert_eq!(read, reading(expressions[2]));
}

#[test]
fn mistakes_in_lock_files() {
    let text = |line: &str| {
        format!(
            "scopes.lock 1\ncatalog \"C\"\nscope \"a\": \"\"\nscope \"t:{{x}}\": \"\"\nserver \"\"\n{line}\n"
        )
    };
    for (line, said) in [
        (
            "tool \"t\": \"t:{x:y}\"",
            "no scope \"t:{x:y}\" is declared here",
        ),
        ("tool \"t\": \"t:\"", "no scope \"t:\" is declared here"),
        ("tool \"t\": \"t:1\"", "no scope \"t:1\" is declared here"),
        (
            "tool \"t\": match(",
            "expected the name of an argument at the end",
        ),
        (
            "tool \"t\": match(x, => \"a\")",
            "expected a value in quotes, or `_` before \"=>",
        ),
        ("tool \"t\": match(x, \"1\" \"a\")", "expected `=>` before"),
        (
            "tool \"t\": match(x, \"1\" | => \"a\")",
            "expected a value in quotes, or `_`",
        ),
        ("tool \"t\" args(x): \"a\"", "expected `=` before"),
        (
            "tool \"t\" args(): \"a\"",
            "expected the name of an argument before",
        ),
        (
            "catalog \"D\"\nscope \"x{y}\": \"\"",
            "scope \"x{y}\": a placeholder is a whole segment",
        ),
        (
            "catalog \"D\"\nscope \"{y}:{y}\": \"\"",
            "between `:`, `/` and the ends, and appears once",
        ),
    ] {
        let error = Report::from_lock(&text(line))
            .expect_err("a mistake")
            .to_string();
        assert!(error.contains(said), "{error} is not {said}");
    }
    let deep = format!("tool \"t\": {}", "match(x, _ => ".repeat(100_000));
    let error = Report::from_lock(&text(&deep)).expect_err("too deep");
    assert_eq!(error.line(), 6);
    for line in [
        "tool \"t\": \"t:{z}\"",
        "tool \"t\": \"t:{*}\"",
        "tool \"t\": \"t:1 (C)\"",
    ] {
        let report = Report::from_lock(&text(line)).expect("a lock file");
        assert!(report.lock().contains(line), "{}", report.lock());
    }
}
