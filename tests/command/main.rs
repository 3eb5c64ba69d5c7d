//! `scopes` as a subcommand: what it prints, and its exit codes.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod explain;
mod key;
mod token;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use scopes_core::report::Report;

/// Exit code, standard output and standard error.
fn journal(arguments: &[&str]) -> (i32, String, String) {
    program(&[&["scopes"], arguments].concat())
}

fn program(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_journal"))
        .args(arguments)
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ended by itself");
    (code, text(output.stdout), text(output.stderr))
}

fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn report_prints_every_format() {
    let (code, table, errors) = journal(&["report"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(table.starts_with("6 operations, 8 scopes\n"), "{table}");
    assert!(
        !table.contains('\u{1b}'),
        "no colour where there is no terminal"
    );
    for (format, said) in [
        ("markdown", "| operation | kind | requires |"),
        ("json", "\"schema\": \"scopes-report\""),
        ("csv", "server,kind,operation,requires,when,alternatives,"),
        ("lock", "scopes.lock 1\n"),
        ("html", "<!doctype html>"),
    ] {
        let (code, text, _) = journal(&["report", "--format", format]);
        assert_eq!(code, 0, "{format}");
        assert!(text.contains(said), "{format}: {text}");
    }
    let (_, published, _) = journal(&["report", "--published", "--format", "json"]);
    assert!(!published.contains("audit"), "{published}");
    let (_, tags, _) = journal(&["report", "--server", "tags"]);
    assert!(
        tags.starts_with("Server tags: 1 operation, 8 scopes\n"),
        "{tags}"
    );
}

#[test]
fn report_names_the_program_and_describes_operations() {
    let (_, page, _) = journal(&["report", "--format", "html"]);
    assert!(page.contains("<title>Operations and scopes · Journal 1.2.3</title>"));
    let described = |more: &[&str]| {
        let (_, json, _) = journal(&[&["report", "--format", "json"], more].concat());
        let report: Report = serde_json::from_str(&json).expect("a report");
        let program = report.program().expect("it is named");
        assert_eq!((&*program.name, &*program.version), ("Journal", "1.2.3"));
        let operations = report.operations().iter();
        let described = operations.filter(|operation| !operation.description.is_empty());
        let described = described.map(|operation| operation.description.clone());
        described.collect::<Vec<_>>()
    };
    assert_eq!(described(&[]), ["One entry.", "For load balancers."]);
    // Plain functions are described for developers.
    assert_eq!(described(&["--published"]), ["One entry."]);
}

#[test]
fn a_server_that_is_none() {
    for arguments in [
        &["report"][..],
        &["explain", "--scope", "tags:read"],
        &["explain", "--operation", "list_tags"],
        &["metadata"],
    ] {
        let (code, text, errors) = journal(&[arguments, &["--server", "tag"]].concat());
        assert_eq!((code, text.as_str()), (3, ""), "{arguments:?}");
        assert_eq!(
            errors,
            "error: unknown server \"tag\"; the servers are: \"\", \"tags\"\n\n\
             For more information, try '--help'.\n",
            "{arguments:?}"
        );
    }
    assert_eq!(journal(&["metadata", "--server", ""]).0, 0);
}

#[test]
fn arguments_that_are_none() {
    for arguments in [
        &[][..],
        &["repot"],
        &["report", "--format", "yaml"],
        &["explain", "--scopes"],
        &["diff"],
        &["metadata", "more"],
    ] {
        for name in ["scopes", "audit"] {
            let (code, text, errors) = program(&[&[name], arguments].concat());
            assert_eq!((code, text.as_str()), (3, ""), "{name} {arguments:?}");
            assert!(
                errors.starts_with("error: "),
                "{name} {arguments:?}: {errors}"
            );
        }
    }
    let (_, _, errors) = journal(&[]);
    assert!(
        errors.contains("report, explain, diff, metadata, doctor"),
        "{errors}"
    );
    for others in [
        &["scope"][..],
        &["serve", "--quitely"],
        &["--lisen", "scopes", "report"],
    ] {
        assert_eq!(program(others).0, 2, "{others:?}");
    }
    for help in [
        &["--help"][..],
        &["scopes", "--help"],
        &["scopes", "diff", "--help"],
    ] {
        assert_eq!(program(help).0, 0, "{help:?}");
    }
}

/// The exit codes in a help, in order.
fn stated(help: &str) -> Vec<String> {
    let (_, codes) = help.split_once("\nExit codes:\n").expect("exit codes");
    let codes = codes.lines().filter_map(|line| line.strip_prefix("  "));
    let code = |line: &str| line.split_once("  ").map(|(code, _)| code.to_owned());
    let codes = codes.filter_map(code);
    codes.filter(|code| !code.is_empty()).collect()
}

/// A subcommand, and arguments with the exit code that they end with.
type Row<'a> = (&'a [&'a str], &'a [(i32, Vec<&'a str>)]);

#[test]
fn every_help_states_the_exit_codes_of_its_command() {
    let lock = journal(&["report", "--format", "lock"]).1;
    let same = file("stated.lock", &lock);
    let stricter = file(
        "stated-stricter.lock",
        &lock.replace(
            "any(\"entries:read\", \"entries:write\")",
            "\"entries:write\"",
        ),
    );
    let list_entries = ["--operation", "list_entries", "--scope"];
    let explain = |scope| [&["explain"], &list_entries[..], &[scope]].concat();
    let key = [
        "key",
        "new",
        "--prefix",
        "journal_",
        "--name",
        "ci",
        "--expires",
    ];
    let make_key = |expires| [&key[..], &[expires]].concat();
    let rows: [Row<'_>; 7] = [
        (
            &["report"],
            &[(0, vec!["report"]), (3, vec!["report", "--server", "tag"])],
        ),
        (
            &["explain"],
            &[
                (0, explain("entries:read")),
                (1, explain("")),
                (3, explain("a\"b")),
            ],
        ),
        (
            &["diff"],
            &[
                (0, vec!["diff", &same]),
                (1, vec!["diff", &same, &stricter]),
                (2, vec!["diff", &stricter]),
                (3, vec!["diff", "/nowhere/scopes.lock"]),
            ],
        ),
        (
            &["metadata"],
            &[
                (0, vec!["metadata"]),
                (3, vec!["metadata", "--server", "tag"]),
            ],
        ),
        // `tests/doctor` runs it.
        (&["doctor"], &[(3, vec!["doctor", "nowhere"])]),
        (
            &["key"],
            &[(0, make_key("never")), (3, make_key("yesterday"))],
        ),
        (
            &["key", "new"],
            &[(0, make_key("never")), (3, make_key("yesterday"))],
        ),
    ];
    for (command, runs) in rows {
        for flag in ["-h", "--help"] {
            let (code, help, errors) = journal(&[command, &[flag]].concat());
            assert_eq!((code, errors.as_str()), (0, ""), "{command:?}");
            assert!(help.contains("\nUsage: "), "{help}");
            // An example is for the documentation alone.
            assert!(!help.contains("```"), "{help}");
            let stated = stated(&help);
            for (code, run) in runs {
                assert_eq!(journal(run).0, *code, "{run:?}");
                assert!(stated.contains(&code.to_string()), "{command:?}: {help}");
            }
            if command != ["doctor"] {
                assert_eq!(stated.len(), runs.len(), "{command:?}: {help}");
            }
        }
    }
    assert_eq!(stated(&journal(&["--help"]).1), ["0", "1", "2", "3"]);
}

#[test]
fn colour_is_for_who_wants_it() {
    let table = |variables: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_journal"))
            .args(["scopes", "report"])
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied())
            .output()
            .expect("it runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(table(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[31mpublic"));
    assert!(!table(&[]).contains('\u{1b}'));
    assert!(!table(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn report_writes_a_file() {
    let path = file("written.json", "");
    let (code, text, _) = journal(&["report", "--format", "json", "--output", &path]);
    assert_eq!((code, text.as_str()), (0, ""));
    let report: Report =
        serde_json::from_str(&fs::read_to_string(&path).expect("there")).expect("a report");
    assert_eq!(report.operations().len(), 7);
    let (code, _, errors) = journal(&["report", "--output", "/nowhere/report"]);
    assert_eq!(code, 3);
    assert!(errors.starts_with("error: /nowhere/report: "), "{errors}");
}

#[test]
fn diff_ends_with_what_it_found() {
    let lock = journal(&["report", "--format", "lock"]).1;
    let json = file("same.json", &journal(&["report", "--format", "json"]).1);
    let same = file("same.lock", &lock);
    assert_eq!(journal(&["diff", &same]), (0, String::new(), String::new()));
    assert_eq!(journal(&["diff", &same, &json]).0, 0);

    let all = lock.replace(
        "any(\"entries:read\", \"entries:write\")",
        "all(\"entries:write\", \"tags:read\")",
    );
    let all = file("all.lock", &all);
    let (code, text, _) = journal(&["diff", &all]);
    assert_eq!(code, 2);
    assert!(text.starts_with("Loosened:\n- A caller with `entries:read` alone may now call function `journal::list_entries`, which"), "{text}");
    let (code, text, _) = journal(&["diff", &same, &all, "--format", "markdown"]);
    assert_eq!(code, 1);
    assert!(
        text.starts_with("**Scopes: no caller is allowed more than before.**\n\n#### Tightened\n"),
        "{text}"
    );

    let broken = file("broken.lock", "scopes.lock 1\nserver\n");
    let (code, _, errors) = journal(&["diff", &broken]);
    assert_eq!(code, 3);
    assert!(
        errors.ends_with("broken.lock: line 2: expected a text in quotes at the end of the line\n"),
        "{errors}"
    );
    let broken = file("broken.json", "{\n");
    assert_eq!(journal(&["diff", &same, &broken]).0, 3);
    assert_eq!(journal(&["diff", "/nowhere/report.json"]).0, 3);
}

#[test]
fn metadata_is_that_of_the_resource() {
    let (code, text, _) = journal(&["metadata"]);
    assert_eq!(code, 0);
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["resource"], "https://mcp.example.com/journal");
    let scopes = serde_json::json!([
        "user:read",
        "entries:read",
        "entries:write",
        "tags:read",
        "tags:write",
        "analytics:view"
    ]);
    assert_eq!(document["scopes_supported"], scopes);
    let (_, text, _) = journal(&["metadata", "--server", "tags"]);
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        document["scopes_supported"],
        serde_json::json!(["user:read", "tags:read"])
    );
}

#[test]
fn a_lock_file_is_about_its_packages() {
    let lock = journal(&["report", "--format", "lock"]).1;
    assert!(lock.contains("\npackages \"scopes-tests\"\n"), "{lock}");
    let named = journal(&["report", "--format", "lock", "--package", "scopes-tests"]);
    assert_eq!(named, (0, lock.clone(), String::new()));
    let (code, _, errors) = journal(&["report", "--package", "scope-tests"]);
    assert_eq!(code, 3);
    assert_eq!(
        errors,
        "error: package \"scope-tests\" has no operation in this program; those that have are: \
         \"scopes-tests\"\n\nFor more information, try '--help'.\n"
    );

    // One that names another package has nothing here, and what it does not name is told.
    let other = lock.replace("packages \"scopes-tests\"", "packages \"other\"");
    let other = file("other.lock", &other);
    let (code, text, errors) = journal(&["diff", &other]);
    assert_eq!(code, 2);
    assert!(text.contains("- No longer guarded: "), "{text}");
    assert_eq!(
        errors,
        "warning: the lock file does not name these packages, which are not compared: \"scopes-tests\"\n"
    );
    // One that names none is about the whole program.
    let all = lock.replace("packages \"scopes-tests\"\n", "");
    let all = file("all-packages.lock", &all);
    assert_eq!(journal(&["diff", &all]), (0, String::new(), String::new()));
}

#[test]
fn a_file_that_is_no_text_says_so() {
    let lock = journal(&["report", "--format", "lock"]).1;
    let utf16: Vec<u8> = lock.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, said) in [
        (
            "utf16.lock",
            [vec![0xff, 0xfe], utf16].concat(),
            "the file is UTF-16; save it as UTF-8",
        ),
        ("empty.lock", Vec::new(), "the file is empty"),
    ] {
        let path = file(name, "");
        fs::write(&path, bytes).expect("written");
        let (code, _, errors) = journal(&["diff", &path]);
        assert_eq!(code, 3);
        assert!(errors.ends_with(&format!("{name}: {said}\n")), "{errors}");
    }
}
