//! The calls that are printed on start work when they are pasted.

use std::process::Command;

use serde_json::Value;

use crate::program::{Home, Program, text};

struct Started {
    program: Program,
    url: String,
    calls: Vec<(String, String)>,
}

fn start(home: &Home) -> Started {
    start_with(home, &["--listen", "127.0.0.1:0"])
}

fn start_with(home: &Home, arguments: &[&str]) -> Started {
    started(home.start(arguments))
}

fn started(mut program: Program) -> Started {
    let first = program.line();
    let url = first.split([' ', ';']).nth(3).expect("a URL").to_owned();
    let mut calls = Vec::new();
    while calls.len() < 5 {
        let line = program.line();
        if let Some(what) = line.strip_prefix("# ") {
            calls.push((what.to_owned(), program.line()));
        }
    }
    Started {
        program,
        url,
        calls,
    }
}

impl Started {
    /// The command that mints another token.
    fn another(&mut self) -> String {
        let mut rest = self.program.lines.by_ref().map_while(Result::ok);
        let another = rest.find_map(|line| {
            let command = line.strip_prefix("# another token: ")?;
            Some(command.to_owned())
        });
        another.expect("how to mint another")
    }

    fn address(&self) -> String {
        let url = self.url.strip_prefix("http://").expect("a URL");
        url.strip_suffix("/mcp").expect("the path").to_owned()
    }
}

/// Status and body.
fn paste(call: &str) -> (u16, Value) {
    let call = call.replacen("curl", "curl --silent --show-error --noproxy '*'", 1);
    let output = Command::new("sh").args(["-c", &call]).output();
    let answer = text(output.expect("a shell").stdout);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = serde_json::from_str(body).expect("JSON");
    (status.expect("a status"), body)
}

fn is_done(answer: &(u16, Value)) -> bool {
    answer.0 == 200 && answer.1["result"]["isError"] == false
}

#[test]
fn the_printed_calls_do_what_they_say() {
    let home = Home::new();
    let started = start(&home);
    assert!(
        started.url.starts_with("http://127.0.0.1:"),
        "{}",
        started.url
    );
    let names: Vec<_> = started
        .calls
        .iter()
        .map(|(what, _)| what.as_str())
        .collect();
    let expected = [
        "no scope",
        "read only",
        "all",
        "notebook 1",
        "notebook 1, refused for notebook 2",
    ];
    assert_eq!(names, expected);
    let answers: Vec<_> = started.calls.iter().map(|(_, call)| paste(call)).collect();
    assert!(!is_done(&answers[0]), "{:?}", answers[0]);
    assert!(answers[0].1.to_string().contains("user:read"));
    assert!(is_done(&answers[1]), "{:?}", answers[1]);
    assert!(is_done(&answers[2]), "{:?}", answers[2]);
    assert!(is_done(&answers[3]), "{:?}", answers[3]);
    let (status, refused) = &answers[4];
    assert_eq!(*status, 403);
    let scope = &refused["error"]["data"]["scope"];
    assert_eq!(scope, "notebooks:1:write notebooks:2:write");
}

#[test]
fn another_process_mints_tokens_for_it() {
    let home = Home::new();
    let mut started = start(&home);
    let address = &*started.address();
    let another = started.another();
    assert!(
        another.ends_with(&format!("--listen {address}")),
        "{another}"
    );
    let mint = |scope: &str| {
        let output = home.run(&[
            "token", "--listen", address, "--scope", scope, "--sub", "bob",
        ]);
        assert_eq!(output.status.code(), Some(0));
        text(output.stdout).trim_end().to_owned()
    };
    let (_, call) = &started.calls[0];
    let (before, rest) = call.split_once("Bearer ").expect("a token");
    let (_, after) = rest.split_once('\'').expect("its end");
    let with = |token: &str| paste(&format!("{before}Bearer {token}'{after}"));
    let answer = with(&mint("user:read"));
    assert!(is_done(&answer), "{answer:?}");
    let told = &answer.1["result"]["structuredContent"];
    assert_eq!(told["user"]["subject"], "bob");
    assert!(!is_done(&with(&mint("tags:read"))));
    // Another key makes other tokens.
    let stranger = Home::new().run(&["token", "--listen", address, "--scope", "user:read"]);
    assert_eq!(with(text(stranger.stdout).trim_end()).0, 401);
}

#[cfg(unix)]
#[test]
fn the_printed_command_is_the_program_as_it_was_started() {
    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    for (name, written) in [("epic-me", "epic-me"), ("it's me", r"it'\''s me")] {
        let program = folder.path().join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_epicme"), &program).expect("a link");
        let mut started = started(home.start_as(&program, &["--listen", "127.0.0.1:0"]));
        let another = started.another();
        assert!(another.contains(written), "{another}");
        let output = home.paste(&another);
        assert_eq!(output.status.code(), Some(0), "{another}: {output:?}");
        let token = text(output.stdout);
        let (before, rest) = started.calls[1].1.split_once("Bearer ").expect("a token");
        let (_, after) = rest.split_once('\'').expect("its end");
        let call = format!("{before}Bearer {}'{after}", token.trim_end());
        assert!(is_done(&paste(&call)), "{another}");
    }
}

#[cfg(unix)]
#[test]
fn a_journal_is_for_its_owner_alone_to_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("journal.db");
    let name = file.to_str().expect("UTF-8");
    let started = start_with(&home, &["--listen", "127.0.0.1:0", "--database", name]);
    assert!(is_done(&paste(&started.calls[2].1)));
    let files = folder.path().read_dir().expect("a folder");
    let files: Vec<_> = files.map(|file| file.expect("a file")).collect();
    assert!(files.iter().any(|found| found.path() == file));
    for file in files {
        let mode = file.metadata().expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn journals_in_a_file_outlive_the_server() {
    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("journal.db");
    let file = file.to_str().expect("UTF-8");
    let keep = |address: &str| start_with(&home, &["--listen", address, "--database", file]);
    // The issuer is part of who the user is, so the port has to stay.
    let first = keep("127.0.0.1:0");
    let address = first.address();
    assert!(is_done(&paste(&first.calls[2].1)));
    drop(first);
    let second = keep(&address);
    let (_, body) = paste(&second.calls[1].1);
    let entries = &body["result"]["structuredContent"]["entries"];
    assert_eq!(entries[0]["title"], "Hello", "{body}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_good_order() {
    for signal in ["-INT", "-TERM"] {
        let home = Home::new();
        let mut started = start(&home);
        assert!(is_done(&paste(&started.calls[2].1)));
        let id = started.program.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill").success());
        let status = started.program.child.wait().expect("its end");
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}
