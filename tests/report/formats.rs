//! The formats: what they hold, that they fit, and that they are the same each time.

use scopes_core::report::Report;
use unicode_width::UnicodeWidthStr;

use crate::journal;

#[test]
fn the_table() {
    let table = journal::report().plain_table();
    assert_eq!(
        table,
        "\
7 operations, 8 scopes
  a user:read                 (baseline) See who you are.
  b entries:read              Read your journal entries.
  c entries:write             Create, change and delete your journal entries.
                              Implies entries:read.
  d tags:read                 See your tags.
  e tags:write                Create, change and delete your tags. Implies
                              tags:read.
  f analytics:view            See how often you write.
  g admin                     Do everything. Implies entries:read,
                              entries:write, tags:read, tags:write,
                              analytics:view.
  h audit                     (hidden) See what administrators did.

                                            abcdefgh
  resource  journal://entries/{id}          .##...#.  entries:read
  function  report::journal::create_entry   ..+++.#.  all(entries:write,
                                                      any(tags:read,
                                                      tags:write))
  function  report::journal::list_entries   .##...#.  any(entries:read,
                                                      entries:write)
  function  report::journal::ping           ........  public
  function  report::journal::read_log       .......#  audit
  function  report::journal::read_statistics
                                            ......##  any(audit, admin)
  function  report::journal::who_am_i       ........  authenticated

  # is enough by itself, + together with others.

Server tags: 1 operation, 8 scopes
  a user:read                 (baseline) See who you are.
  b entries:read              Read your journal entries.
  c entries:write             Create, change and delete your journal entries.
                              Implies entries:read.
  d tags:read                 See your tags.
  e tags:write                Create, change and delete your tags. Implies
                              tags:read.
  f analytics:view            See how often you write.
  g admin                     Do everything. Implies entries:read,
                              entries:write, tags:read, tags:write,
                              analytics:view.
  h audit                     (hidden) See what administrators did.

                                        abcdefgh
  function  report::journal::list_tags  ...##.#.  tags:read

  # is enough by itself, + together with others.
"
    );
    let colours = journal::report().table();
    assert!(colours.contains("\u{1b}[31mpublic\u{1b}[0m"), "{colours:?}");
}

#[test]
fn the_markdown() {
    let markdown = journal::report().of_server("tags").markdown();
    assert!(markdown.starts_with("### `tags`\n\n| scope | what it allows | implies | |\n"));
    assert!(markdown.contains("| `audit` | See what administrators did. |  | hidden |\n"));
    let row = "| `report::journal::list_tags` | function | `tags:read` | | | | ● | ● | | ● | |\n";
    assert!(markdown.contains(row), "{markdown}");
    let all = journal::report().markdown();
    let row = "| `report::journal::create_entry` | function | all(`entries:write`, any(`tags:read`, `tags:write`)) | | | ◐ | ◐ | ◐ | | ● | |\n";
    assert!(all.contains(row), "{all}");
}

#[test]
fn many_scopes_are_no_columns() {
    let scope = |number: usize| serde_json::json!({ "scope": format!("s{number}") });
    let pair = |number: usize| serde_json::json!({ "all": [scope(number), scope(number + 1)] });
    let scopes = (0..12).map(|number| serde_json::json!({ "name": format!("s{number}") }));
    let operations = [
        ("open", serde_json::json!("public")),
        ("one", scope(0)),
        ("some", serde_json::json!({ "any": [scope(1), pair(2)] })),
        (
            "many",
            serde_json::json!({ "any": (0..12).map(scope).collect::<Vec<_>>() }),
        ),
    ];
    let operations = operations.map(|(name, requires)| {
        serde_json::json!({ "kind": "tool", "name": name, "requires": requires })
    });
    let report: Report = serde_json::from_value(serde_json::json!({
        "schema": "scopes-report", "version": 1, "scopes": scopes.collect::<Vec<_>>(),
        "servers": [{ "name": "", "operations": operations }],
    }))
    .expect("a report");
    let markdown = report.markdown();
    for row in [
        "| operation | kind | requires | least to ask for |\n|---|---|---|---|\n",
        "| `open` | tool | public |  |\n",
        "| `one` | tool | `s0` | `s0` |\n",
        "| `some` | tool | any(`s1`, all(`s2`, `s3`)) | `s1`, or `s2` `s3` |\n",
        "| `s0`, or `s1`, or `s2`, or `s3`, or another set |\n",
    ] {
        assert!(markdown.contains(row), "{markdown}");
    }
    assert!(report.plain_table().lines().all(|line| line.width() <= 80));
}

#[test]
fn the_csv() {
    let csv = journal::report().csv();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head: Vec<String> = reader
        .headers()
        .expect("a head")
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        head[..6],
        [
            "server",
            "kind",
            "operation",
            "requires",
            "when",
            "alternatives"
        ]
    );
    assert_eq!(head.len(), 6 + 8);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 8);
    let created = rows
        .iter()
        .find(|row| &row[2] == "report::journal::create_entry")
        .expect("it is there");
    assert_eq!([&created[4], &created[5]], ["", "entries:write tags:read"]);
    let scope = |name: &str| &created[head.iter().position(|head| head == name).expect("a scope")];
    assert_eq!(
        [scope("entries:write"), scope("tags:write"), scope("admin")],
        ["part", "part", "alone"]
    );
    assert_eq!([scope("user:read"), scope("audit")], ["", ""]);
}

#[test]
fn json_and_lock_are_read_back() {
    let report = journal::report();
    let read: Report = serde_json::from_str(&report.json()).expect("our own JSON");
    assert_eq!(read, report);
    let locked = Report::from_lock(&report.lock()).expect("our own lock file");
    assert_eq!(locked.lock(), report.lock());
    assert_eq!(locked.operations().len(), report.operations().len());
}

#[test]
fn the_same_code_gives_the_same_bytes() {
    let formats = |report: &Report| {
        [
            report.table(),
            report.markdown(),
            report.json(),
            report.csv(),
            report.lock(),
        ]
    };
    assert_eq!(
        formats(&Report::of_program()),
        formats(&Report::of_program())
    );
    // The order in which the linker puts things together does not show.
    let registry = scopes_core::Registry::of_program();
    let turned = registry.operations().into_iter().rev().collect();
    assert_eq!(
        formats(&Report::from_registry(&turned)),
        formats(&Report::of_program())
    );
}

#[test]
fn a_line_has_eighty_columns_at_most() {
    for line in journal::report().plain_table().lines() {
        assert!(line.width() <= 80, "{line}");
        assert_eq!(line.trim_end(), line);
    }
}

#[test]
fn the_schema_is_what_is_written() {
    let schema = include_str!("../../scopes-core/src/report/schema.md");
    let (_, example) = schema.split_once("```json\n").expect("an example");
    let (example, _) = example.split_once("```").expect("its end");
    let example: serde_json::Value = serde_json::from_str(example).expect("JSON");
    let report: Report = serde_json::from_value(example.clone()).expect("a report");
    assert_eq!(serde_json::to_value(&report).expect("JSON"), example);
}

#[test]
fn what_is_no_report_is_refused() {
    for (json, said) in [
        ("{}", "missing field"),
        (
            r#"{"schema": "other", "version": 1}"#,
            "schema is \"other\"",
        ),
        (
            r#"{"schema": "scopes-report", "version": 2}"#,
            "version 2; this program reads 1",
        ),
        (
            r#"{"schema": "scopes-report", "version": 1, "servers": [{"name": "", "operations": [{"kind": "tool", "name": "x", "requires": {"scope": "a"}}]}]}"#,
            "no scope \"a\" is declared here",
        ),
        (
            r#"{"schema": "scopes-report", "version": 1, "scopes": [{"name": "a"}, {"name": "a"}]}"#,
            "scope \"a (undeclared)\" is declared twice",
        ),
        (
            r#"{"schema": "scopes-report", "version": 1, "scopes": [{"name": "a b"}]}"#,
            "scope name has ' ' at byte 1",
        ),
        (
            r#"{"schema": "scopes-report", "version": 1, "servers": [{"name": "", "operations": [{"kind": "tool", "name": "x", "requires": {"any": ["public"]}}]}]}"#,
            "did not match any variant",
        ),
    ] {
        let error = serde_json::from_str::<Report>(json).expect_err("no report");
        assert!(error.to_string().contains(said), "{error}");
    }
    // What a later minor version adds is passed over.
    let more = r#"{"schema": "scopes-report", "version": 1, "more": true}"#;
    assert!(serde_json::from_str::<Report>(more).is_ok());
}
