//! Invalid command lines print an error as clap does, and exit with 2, or with 3 under `scopes`.

use std::net::TcpListener;

use crate::program::{Home, text};

const ANY: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// The message behind `error: `.
fn refused(arguments: &[&str]) -> String {
    refused_with(2, arguments)
}

fn refused_with(code: i32, arguments: &[&str]) -> String {
    let output = Home::new().run(arguments);
    let said = text(output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert_eq!(text(output.stdout), "", "{arguments:?}");
    let message = said.strip_prefix("error: ").expect("an error");
    let message = message.strip_suffix('\n').expect("an end");
    let is_usage = message.ends_with("\n\nFor more information, try '--help'.");
    // One sentence, or a list of all mistakes.
    let mut lines = message.lines().skip(1);
    assert!(
        is_usage || lines.all(|line| line.starts_with("- ")),
        "{arguments:?}: {said}"
    );
    for noise in ["panicked", "backtrace"] {
        assert!(!message.contains(noise), "{arguments:?}: {said}");
    }
    message.to_owned()
}

#[track_caller]
fn says(arguments: &[&str], words: &str) {
    let sentence = refused(arguments);
    assert!(sentence.contains(words), "{arguments:?}: {sentence}");
}

#[test]
fn flags_that_cannot_be() {
    says(
        &["--lisen", "127.0.0.1:1"],
        "a similar argument exists: '--listen'",
    );
    says(&["--listen", "here"], "'here' for '--listen <ADDRESS>'");
    says(
        &["--verify", "jwts"],
        "[possible values: jwt, introspection]",
    );
    says(&["--scopes-supported"], "annotated, baseline, omitted");
    says(&["--stdio-scopes", "trusted"], "--stdio");
    says(&["--stdio", "--stdio-scopes", "a\"b"], "--stdio-scopes");
    says(&["tokens"], "'token'");
    let with = |more: &[&'static str]| refused(&[&ANY, more].concat());
    let sentence = with(&["--client-id", "me"]);
    assert_eq!(sentence, "--client-id goes with `verify` introspection");
    let sentence = with(&["--verify", "introspection", "--client-id", "me"]);
    let needed = "EPICME_INTROSPECTION_CLIENT_SECRET is missing; set it, or name a file with \
                  `introspection.client_secret_file`";
    assert_eq!(sentence, needed);
    assert!(with(&["--resource-url", "nowhere"]).contains("--resource-url \"nowhere\""));
    let sentence = with(&["--allow-origin", "app.example"]);
    assert!(sentence.starts_with("--allow-origin \"app.example\" is not an origin"));
    let sentence = with(&["--allow-host", "https://epicme.internal"]);
    assert!(sentence.starts_with("--allow-host \"https://epicme.internal\" is not a host"));
}

#[test]
fn every_help_states_the_exit_codes() {
    for (arguments, codes) in [
        (&["--help"][..], &["0", "2"][..]),
        (&["token", "--help"], &["0", "2"]),
        (&["scopes", "--help"], &["0", "1", "2", "3"]),
    ] {
        let output = Home::new().run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let help = text(output.stdout);
        let (_, stated) = help.split_once("\nExit codes:\n").expect("exit codes");
        for code in codes {
            let line = format!("  {code}  ");
            assert!(stated.lines().any(|said| said.starts_with(&line)), "{help}");
        }
    }
}

#[test]
fn mistakes_under_scopes_are_no_verdict() {
    let sentence = refused_with(3, &["scopes"]);
    assert!(sentence.contains("requires a subcommand"), "{sentence}");
    assert!(
        sentence.contains("report, explain, diff, metadata"),
        "{sentence}"
    );
    for arguments in [
        &["scopes", "repot"][..],
        &["scopes", "diff"],
        &["scopes", "report", "--format", "yaml"],
        &["scopes", "metadata", "--listen", "here"],
        &["--listen", "here", "scopes", "diff"],
    ] {
        refused_with(3, arguments);
    }
    says(&["--lisen", "127.0.0.1:1", "scopes", "diff"], "--listen");
}

#[test]
fn scopes_over_stdio_are_declared_ones() {
    let stdio = |scopes: &'static str| refused(&["--stdio", "--stdio-scopes", scopes]);
    let sentence = stdio("tags:read entries:reed");
    assert!(
        sentence.contains("did you mean `entries:read`?"),
        "{sentence}"
    );
    let sentence = stdio("trusted tags:read");
    assert!(sentence.contains("unknown scope \"trusted\""), "{sentence}");
}

#[test]
fn no_token_is_shown_over_stdio() {
    for (flag, value) in [
        ("--authorization-server", "https://auth.example"),
        ("--verify", "jwt"),
        ("--profile", "keycloak"),
        ("--allow-origin", "https://app.example"),
        ("--allow-host", "epicme.internal"),
        ("--api-keys", "keys"),
        ("--introspection-endpoint", "https://auth.example/i"),
        ("--client-id", "me"),
        ("--client-secret-file", "secret"),
        ("--subject-claim", "username"),
        ("--resource-url", "https://epicme.example/mcp"),
    ] {
        says(
            &["--stdio", flag, value],
            &format!("cannot be used with '{flag}"),
        );
    }
    says(
        &["--stdio", "--anonymous"],
        "cannot be used with '--anonymous",
    );
}

#[test]
fn the_embedded_authorization_server_stays_on_this_machine() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8788"] {
        says(&["--listen", address], "--authorization-server");
    }
    let elsewhere = ["--resource-url", "https://epicme.example/mcp"];
    says(
        &[&ANY, &elsewhere[..]].concat(),
        "the embedded authorization server",
    );
    let token = ["token", "--scope", "user:read", "--listen", "0.0.0.0:8788"];
    says(&token, "--authorization-server");
}

#[test]
fn a_server_for_others_needs_its_public_name() {
    let real = ["--authorization-server", "https://auth.example"];
    let open = ["--listen", "0.0.0.0:0"];
    says(&[&real[..], &open].concat(), "EPICME_RESOURCE is missing");
}

#[test]
fn a_busy_port() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    says(&["--listen", &address], &format!("{address} is not free"));
}

#[test]
fn an_authorization_server_that_cannot_be_reached() {
    let nobody = "http://127.0.0.1:1";
    says(
        &[&ANY[..], &["--authorization-server", nobody]].concat(),
        nobody,
    );
    let plain = ["--authorization-server", "http://auth.example"];
    says(&[&ANY[..], &plain].concat(), "https");
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "sesame").expect("a secret");
    let secret = secret.to_str().expect("UTF-8");
    let ask = [
        "--verify",
        "introspection",
        "--client-id",
        "me",
        "--client-secret-file",
        secret,
    ];
    says(
        &[&ANY[..], &["--authorization-server", nobody], &ask].concat(),
        nobody,
    );
    let endpoint = "http://127.0.0.1:1/i";
    let server = [
        "--authorization-server",
        nobody,
        "--introspection-endpoint",
        endpoint,
    ];
    let sentence = refused(&[&ANY[..], &server, &ask].concat());
    assert!(sentence.contains(endpoint), "{sentence}");
}

#[test]
fn files_that_cannot_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.txt");
    std::fs::write(
        &file,
        "not a database, and long enough to be read as one".repeat(20),
    )
    .expect("a file");
    let file = file.to_str().expect("UTF-8");
    let missing = format!("{file}/missing");
    says(
        &[&ANY[..], &["--database", file]].concat(),
        "is not a database",
    );
    says(&[&ANY[..], &["--database", &missing]].concat(), &missing);
    says(&[&ANY[..], &["--signing-key", &missing]].concat(), &missing);
    says(&[&ANY[..], &["--api-keys", &missing]].concat(), &missing);
    says(
        &[&ANY[..], &["--api-keys", file]].concat(),
        "notes.txt:1\" ",
    );
    says(&["--stdio", "--database", file], "is not a database");
    let keys = ["--session-key-file", &missing];
    says(&[&ANY[..], &keys].concat(), &missing);
    let keys = ["--session-key-file", file];
    says(&[&ANY[..], &keys].concat(), "line 1: not a secret key");
    let ask = [
        "--verify",
        "introspection",
        "--client-id",
        "me",
        "--client-secret-file",
        &missing,
    ];
    says(&[&ANY[..], &ask].concat(), &missing);
}

#[test]
fn tokens_that_cannot_be() {
    says(&["token"], "--scope");
    says(&["token", "--scope", "user:read  tags:read"], "--scope");
    let real = ["--authorization-server", "https://auth.example"];
    says(
        &[&real[..], &["token", "--scope", "user:read"]].concat(),
        "mints its own",
    );
}

#[test]
fn help_is_no_mistake() {
    for arguments in [&["--help"][..], &["--version"], &["token", "--help"]] {
        let output = Home::new().run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(text(output.stdout).contains("epicme"), "{arguments:?}");
    }
}
