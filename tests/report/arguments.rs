//! Requirements with arguments in every format.

use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, Verdict};
use scopes_core::{
    Expression, GrantedScopes, OperationKind, ProtectedOperation, Registry, RequiredScope,
    Requirement, ScopeCatalog,
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

pub(crate) fn scope(name: &'static str) -> Expression {
    let scope = RequiredScope::declared_as(Scope::CATALOG, name);
    scope.expect("declared").into()
}

/// `match(action, "list" | "get" => devices:read, "restart" => devices:write, _ => devices:admin)`
pub(crate) fn devices() -> Expression {
    Expression::matching(
        "action",
        [
            (vec!["list", "get"], scope("devices:read")),
            (vec!["restart"], scope("devices:write")),
            (vec![], scope("devices:admin")),
        ],
    )
}

pub(crate) fn tool(name: &'static str, requires: Expression) -> ProtectedOperation {
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

pub(crate) fn report() -> Report {
    Report::from_registry(&registry())
}

pub(crate) fn report_of(requires: Expression) -> Report {
    Report::from_registry(&[tool("operation", requires)].into_iter().collect())
}

pub(crate) fn compare(old: Expression, new: Expression) -> (Verdict, String) {
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
