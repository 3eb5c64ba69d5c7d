//! Requirements with arguments in every format, and what is said of them value by value.

use proptest::prelude::*;
use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, OperationChange, Verdict};
use scopes_core::{
    ArgumentValue, Arguments, Expression, GrantedScopes, OperationKind, ProtectedOperation,
    Registry, RequiredScope, Requirement, ScopeCatalog,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ScopeCatalog)]
enum Scope {
    /// Change every project.
    #[scope("projects:write", implies(ProjectWrite))]
    ProjectsWrite,
    /// Change this project.
    #[scope("projects:{project}:write", implies(ProjectRead))]
    ProjectWrite,
    /// See this project.
    #[scope("projects:{project}:read")]
    ProjectRead,
    /// See devices.
    #[scope("devices:read")]
    DevicesRead,
    /// Restart devices.
    #[scope("devices:write", implies(DevicesRead))]
    DevicesWrite,
    /// Everything of devices.
    #[scope("devices:admin", implies(DevicesWrite))]
    DevicesAdmin,
    /// See what was done in a project.
    #[scope("projects:{project}:audit", hidden)]
    Audit,
    /// Support for one customer's project.
    #[scope("support:{customer}:{project}", implies(Audit))]
    Support,
}

fn scope(name: &'static str) -> Expression {
    let scope = RequiredScope::declared_as(Scope::CATALOG, name);
    scope.expect("declared").into()
}

/// `match(action, "list" | "get" => devices:read, "restart" => devices:write, _ => devices:admin)`
fn devices() -> Expression {
    Expression::matching(
        "action",
        [
            (vec!["list", "get"], scope("devices:read")),
            (vec!["restart"], scope("devices:write")),
            (vec![], scope("devices:admin")),
        ],
    )
}

fn tool(name: &'static str, requires: Expression) -> ProtectedOperation {
    ProtectedOperation::at_run_time(OperationKind::Tool, name, Requirement::scopes(requires))
}

fn registry() -> Registry {
    let operations = [
        tool("deploy", scope("projects:{projectId}:write")),
        tool("devices", devices()),
        tool("read_log", scope("projects:{id}:audit")),
    ];
    operations.into_iter().collect()
}

fn report() -> Report {
    Report::from_registry(&registry())
}

fn report_of(requires: Expression) -> Report {
    Report::from_registry(&[tool("operation", requires)].into_iter().collect())
}

fn compare(old: Expression, new: Expression) -> (Verdict, String) {
    let diff = Diff::between(&report_of(old), &report_of(new));
    (diff.verdict(), diff.to_string())
}

#[test]
fn the_lock_file() {
    let lock = report().lock();
    for line in [
        "  scope \"projects:write\" implies(\"projects:{project}:write\"): \"Change every project.\"\n",
        "  scope \"projects:{project}:read\": \"See this project.\"\n",
        "  tool \"deploy\": \"projects:{projectId}:write\"\n",
        "  tool \"devices\": match(action, \"list\" | \"get\" => \"devices:read\", \"restart\" => \"devices:write\", _ => \"devices:admin\")\n",
    ] {
        assert!(lock.contains(line), "{lock}");
    }
    let locked = Report::from_lock(&lock).expect("our own");
    assert_eq!(locked.lock(), lock);
    assert_eq!(Diff::between(&locked, &report()), Diff::default());
}

#[test]
fn the_json() {
    let report = report();
    let json = report.json();
    let read: Report = serde_json::from_str(&json).expect("our own");
    assert_eq!(read, report);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let operations = &json["servers"][0]["operations"];
    assert_eq!(
        operations[0]["requires"],
        serde_json::json!({ "scope": "projects:{projectId}:write" })
    );
    assert_eq!(
        operations[0]["alternatives"],
        serde_json::json!([["projects:{projectId}:write"]])
    );
    assert_eq!(operations[1].get("alternatives"), None);
    assert_eq!(
        operations[1]["cases"],
        serde_json::json!([
            {
                "values": [{ "argument": "action", "values": ["list", "get"] }],
                "alternatives": [["devices:read"]], "alternatives_complete": true,
            },
            {
                "values": [{ "argument": "action", "values": ["restart"] }],
                "alternatives": [["devices:write"]], "alternatives_complete": true,
            },
            {
                "values": [{ "argument": "action" }],
                "alternatives": [["devices:admin"]], "alternatives_complete": true,
            },
        ])
    );
    let project = &json["scopes"][2];
    assert_eq!(project["placeholders"], serde_json::json!(["project"]));
}

#[test]
fn the_table() {
    let table = report().plain_table();
    let (_, operations) = table.split_once("\n\n").expect("operations");
    assert_eq!(
        operations,
        "                       abcdefgh
  tool      deploy     ##......  projects:{projectId}:write
  tool      devices              match(action, \"list\" | \"get\" => devices:read,
                                 \"restart\" => devices:write, _ => devices:admin)
              action = \"list\" | \"get\"
                       ...###..  devices:read
              action = \"restart\"
                       ....##..  devices:write
              action = _
                       .....#..  devices:admin
  tool      read_log   ......##  projects:{id}:audit

  # is enough by itself, + together with others.
"
    );
}

#[test]
fn a_requestable_template() {
    let lock = report().lock();
    let requestable = lock.replace("{project}:read\":", "{project}:read\" requestable:");
    assert_ne!(requestable, lock);
    let requestable = Report::from_lock(&requestable).expect("a lock file");
    let table = requestable.plain_table();
    assert!(table.contains("(requestable) See this project."), "{table}");
    let read: Report = serde_json::from_str(&requestable.json()).expect("our own");
    assert_eq!(read, requestable);
    let diff = Diff::between(&report(), &requestable);
    assert_eq!(diff.verdict(), Verdict::Changed);
    assert_eq!(
        diff.to_string(),
        "Scopes:\n- Changed: `projects:{project}:read` is now requested with the values of its placeholders."
    );
}

#[test]
fn the_markdown() {
    let markdown = report().markdown();
    for row in [
        "| `deploy` | tool | `projects:{projectId}:write` | ● | ● | | | | | | |\n",
        "| `devices` | tool | match(`action`, `\"list\"` \\| `\"get\"` => `devices:read`, `\"restart\"` => `devices:write`, _ => `devices:admin`) | | | | | | | | |\n",
        "| `action` = `\"list\"` \\| `\"get\"` | | `devices:read` | | | | ● | ● | ● | | |\n",
        "| `action` = _ | | `devices:admin` | | | | | | ● | | |\n",
    ] {
        assert!(markdown.contains(row), "{markdown}");
    }
}

#[test]
fn the_csv() {
    let csv = report().csv();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows = reader.records().map(|row| row.expect("a row"));
    let rows: Vec<Vec<String>> = rows
        .map(|row| row.iter().skip(2).map(str::to_owned).collect())
        .collect();
    assert_eq!(rows.len(), 5);
    assert_eq!(
        rows[0][1..4],
        [
            "projects:{projectId}:write",
            "",
            "projects:{projectId}:write"
        ]
    );
    assert_eq!(
        rows[1][2..4],
        ["action = \"list\" | \"get\"", "devices:read"]
    );
    assert_eq!(rows[3][2..4], ["action = _", "devices:admin"]);
    assert_eq!(
        rows[1][4..],
        ["", "", "", "alone", "alone", "alone", "", ""]
    );
    assert_eq!(rows[3][4..], ["", "", "", "", "", "alone", "", ""]);
}

#[test]
fn published() {
    let published = report().published();
    assert!(!published.json().contains("audit"), "{}", published.json());
    let line = "  tool \"read_log\": \"support:{*}:{id}\"\n";
    assert!(published.lock().contains(line), "{}", published.lock());
    let read: Report = serde_json::from_str(&published.json()).expect("our own");
    assert_eq!(read, published);

    // What the operation publishes by itself is the same.
    let registry = registry();
    let operations = registry.operations();
    let log = operations
        .iter()
        .find(|operation| operation.name == "read_log");
    let published = log.expect("it is there").requirement.published();
    assert_eq!(published.expect("a way").to_string(), "support:{*}:{id}");
}

#[test]
fn what_a_token_permits_with_some_arguments() {
    let names = |scopes: &str| -> Vec<String> {
        let granted = GrantedScopes::parse(scopes).expect("scopes");
        let report = report();
        let permitted = report.permitted(Some(&granted)).into_iter();
        permitted.map(|operation| operation.name.clone()).collect()
    };
    assert_eq!(names("projects:42:write"), ["deploy"]);
    assert_eq!(names("projects:write devices:read"), ["deploy", "devices"]);
    assert_eq!(names("support:acme:42"), ["read_log"]);
    for nothing in [
        "projects:42:read",
        "projects:{projectId}:write",
        "projects:{project}:write",
        "projects::write",
    ] {
        assert!(names(nothing).is_empty(), "{nothing}");
    }
}

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
            "between `:`, `/` and the ends, and stands once",
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

/// Any requirement over the catalog, with the arguments `project`, `id` and `action`.
fn any_expression() -> impl Strategy<Value = Expression> {
    let names = proptest::sample::select(vec![
        "projects:write",
        "projects:{project}:write",
        "projects:{id}:write",
        "projects:{project}:read",
        "devices:read",
        "devices:write",
        "support:{id}:{project}",
    ]);
    let text = prop_oneof![
        4 => proptest::sample::select(vec!["1", "2", "list", "get"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    names.prop_map(scope).prop_recursive(4, 16, 3, move |inner| {
        let members = proptest::collection::vec(inner.clone(), 1..4);
        let argument = prop_oneof![
            6 => proptest::sample::select(vec!["project", "id", "action"]).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        let values = proptest::collection::btree_set(text.clone(), 1..4);
        let arms = proptest::collection::vec((values, inner.clone()), 1..3);
        let choice = (argument, arms, proptest::option::of(inner)).prop_map(|(argument, arms, other)| {
            let mut seen = std::collections::BTreeSet::new();
            let arms = arms.into_iter().filter_map(|(values, requires)| {
                let values: Vec<_> = values.into_iter().filter(|value| seen.insert(value.clone())).collect();
                (!values.is_empty()).then_some((values, requires))
            });
            let mut arms: Vec<_> = arms.collect();
            arms.extend(other.map(|requires| (Vec::new(), requires)));
            Expression::matching(argument, arms)
        });
        prop_oneof![
            members.clone().prop_map(Expression::any),
            members.prop_map(Expression::all),
            choice,
        ]
    })
}

/// An argument and its values; none for all that no arm has.
type Known = (String, Vec<String>);

struct Case {
    values: Vec<Known>,
    alternatives: Vec<Vec<String>>,
}

/// The cases of the one operation, as its JSON has them.
fn cases(report: &Report) -> Vec<Case> {
    let json = serde_json::to_value(report).expect("JSON");
    let operation = &json["servers"][0]["operations"][0];
    let texts = |value: &serde_json::Value| -> Vec<String> {
        let texts = value.as_array().into_iter().flatten();
        let texts = texts.map(|text| text.as_str().expect("a text").to_owned());
        texts.collect()
    };
    let case = |json: &serde_json::Value| Case {
        values: json["values"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|known| {
                let argument = known["argument"].as_str().expect("a name");
                (argument.to_owned(), texts(&known["values"]))
            })
            .collect(),
        alternatives: json["alternatives"]
            .as_array()
            .expect("sets")
            .iter()
            .map(texts)
            .collect(),
    };
    match operation["cases"].as_array() {
        Some(cases) => cases.iter().map(case).collect(),
        None => vec![case(operation)],
    }
}

proptest! {
    #[test]
    fn every_requirement_is_read_back(expression in any_expression()) {
        let report = report_of(expression);
        let locked = Report::from_lock(&report.lock()).expect("our own");
        prop_assert_eq!(locked.lock(), report.lock());
        prop_assert_eq!(Diff::between(&locked, &report), Diff::default());
        let read: Report = serde_json::from_str(&report.json()).expect("our own JSON");
        prop_assert_eq!(&read, &report);
    }

    #[test]
    fn a_case_is_what_the_arguments_choose(
        expression in any_expression(),
        values in proptest::collection::vec(proptest::sample::select(vec!["1", "2", "list", "get", "other"]), 3),
        token in proptest::collection::vec(proptest::sample::select(vec![
            "projects:write", "projects:1:write", "projects:2:read", "projects:other:write",
            "devices:read", "devices:write", "support:1:2", "support:2:other",
        ]), 0..4),
    ) {
        let names = ["project", "id", "action"];
        let given: Vec<_> = names.iter().zip(&values).map(|(name, value)| (*name, ArgumentValue::of(*value))).collect();
        let requirement = Requirement::scopes(expression.clone());
        prop_assume!(requirement.arguments().iter().all(|argument| names.contains(argument)));
        let granted = |names: &str| GrantedScopes::parse(names).expect("scopes");
        let decided = requirement.is_satisfied_with(&granted(&token.join(" ")), Arguments::from(given.as_slice()));

        let cases = cases(&report_of(expression));
        let value = |argument: &str| {
            let place = names.iter().position(|name| *name == argument);
            place.map_or("", |place| values[place])
        };
        // The values of one argument stand in cases that are the same up to there.
        let is_named = |before: &[Known], value: &str| {
            let siblings = cases.iter().filter(|case| case.values.starts_with(before));
            let values = siblings.filter_map(|case| case.values.get(before.len()));
            values.flat_map(|known| &known.1).any(|one| one == value)
        };
        let is_chosen = |case: &&Case| {
            case.values.iter().enumerate().all(|(number, (argument, named))| {
                let value = value(argument);
                if named.is_empty() {
                    !is_named(&case.values[..number], value)
                } else {
                    named.iter().any(|one| one == value)
                }
            })
        };
        // These values belong to one case; to none where they are denied.
        let chosen: Vec<&Case> = cases.iter().filter(is_chosen).collect();
        prop_assert!(chosen.len() <= 1, "{requirement}");
        if decided == Ok(true) {
            prop_assert!(!chosen.is_empty(), "{requirement}");
        }
        for set in chosen.iter().flat_map(|case| &case.alternatives) {
            // With the names that the set stands for, the call is allowed.
            let mut set = set.join(" ");
            for (name, value) in names.iter().zip(&values) {
                set = set.replace(&format!("{{{name}}}"), value);
            }
            let granted = granted(&set);
            let decided = requirement.is_satisfied_with(&granted, Arguments::from(given.as_slice()));
            prop_assert_eq!(decided, Ok(true), "{} with {}", requirement, granted);
        }
    }
}
