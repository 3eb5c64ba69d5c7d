//! `scopes doctor` at a healthy server, at servers with one mistake, and at hostile ones.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod authorization_servers;
mod documents;
mod hostile;
mod https;
mod introspection;
mod mistakes;
mod pages;
mod planted;
mod registration;
mod sessions;
mod site;

use std::process::Command;

use serde_json::Value;
use site::Site;

const PROGRAM: &str = env!("CARGO_BIN_EXE_journal");

/// Exit code, standard output and standard error.
fn doctor(arguments: &[&str]) -> (i32, String, String) {
    outcome(
        Command::new(PROGRAM)
            .args(["scopes", "doctor"])
            .args(arguments),
    )
}

fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.env("DOCTOR_SECRET", "s3cret").output();
    let output = output.expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ended by itself");
    (code, text(output.stdout), text(output.stderr))
}

/// The checks, and whether there is a problem.
struct Diagnosis {
    checks: Vec<Value>,
    text: String,
}

impl Diagnosis {
    fn of(site: &Site, arguments: &[&str]) -> Self {
        let url = site.url();
        let json = [&[url.as_str(), "--format", "json"], arguments].concat();
        let (code, text, errors) = doctor(&json);
        assert_eq!(errors, "", "{text}");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let checks = document["checks"].as_array().expect("an array").clone();
        let has_problem = checks.iter().any(|check| check["result"] == "problem");
        assert_eq!(code, i32::from(has_problem), "{text}");
        assert_eq!(document["healthy"], !has_problem, "{text}");
        assert_eq!(document["server"], url.as_str(), "{text}");
        Self { checks, text }
    }

    /// The checks with this result, by name.
    fn with_result(&self, result: &str) -> Vec<&str> {
        let checks = self.checks.iter();
        let found = checks.filter(|check| check["result"] == result);
        let names = found.map(|check| check["check"].as_str().expect("a string"));
        names.collect()
    }

    /// Expects a finding, its advice, and no other problem or warning.
    fn expect_alone(&self, check: &str, result: &str, found: &str) {
        let bad = [self.with_result("problem"), self.with_result("warning")].concat();
        assert_eq!(bad, [check], "{}", self.text);
        self.expect(check, result, found);
    }

    /// Expects neither a problem nor a warning.
    fn expect_nothing(&self) {
        let bad = [self.with_result("problem"), self.with_result("warning")].concat();
        assert_eq!(bad, Vec::<&str>::new(), "{}", self.text);
    }

    fn expect(&self, check: &str, result: &str, found: &str) {
        let mut checks = self.checks.iter();
        let is_it = |finding: &&Value| {
            let text = finding["found"].as_str().expect("a string");
            finding["check"] == check && finding["result"] == result && text.contains(found)
        };
        let finding = checks.find(is_it);
        let finding = finding.unwrap_or_else(|| panic!("{check}: {found}\n{}", self.text));
        let needs_advice = ["problem", "warning"].contains(&result);
        assert_eq!(finding["advice"].is_string(), needs_advice, "{finding}");
    }
}

/// Plants a mistake, and expects this check, result and finding alone.
fn assert_found((check, result, found): (&str, &str, &str), plant: impl Fn(&Site)) {
    let site = Site::healthy();
    plant(&site);
    Diagnosis::of(&site, &[]).expect_alone(check, result, found);
}

#[test]
fn a_healthy_server_has_neither_problems_nor_warnings() {
    let site = Site::healthy();
    let diagnosis = Diagnosis::of(&site, &[]);
    diagnosis.expect_nothing();
    assert_eq!(
        diagnosis.with_result("not tried"),
        ["scopes after registration", "resource indicators"]
    );
    assert!(site.received().len() <= 11 + 5, "{}", site.received().len());
    let wrote = site.received().into_iter().find(|request| {
        let is_asked = request.line.ends_with(" /mcp") || request.line.starts_with("GET ");
        !is_asked || request.line.contains("/authorize")
    });
    assert!(wrote.is_none(), "{wrote:?}");
}

#[test]
fn the_table_says_what_to_do() {
    let site = Site::healthy();
    site.with_authorization_server("code_challenge_methods_supported", Value::Null);
    let (code, text, errors) = doctor(&[&site.url()]);
    assert_eq!((code, errors.as_str()), (1, ""));
    assert!(text.starts_with(&format!("{}\n", site.url())), "{text}");
    assert!(text.contains(&format!("\n\n{}\n", site.origin())), "{text}");
    let at = text.find("  problem    PKCE ").expect("a row");
    let rows: Vec<_> = text[at..].lines().take(2).collect();
    assert!(
        rows[0].ends_with("`code_challenge_methods_supported` is missing"),
        "{text}"
    );
    assert!(
        rows[1]
            .trim_start()
            .starts_with("do: turn PKCE with S256 on"),
        "{text}"
    );
    assert!(text.ends_with("\n1 problem, 0 warnings\n"), "{text}");
}

#[test]
fn what_cannot_be_examined_ends_with_3() {
    let site = Site::healthy();
    let url = site.url();
    let gone = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        format!("http://{}/mcp", listener.local_addr().expect("an address"))
    };
    for (arguments, says) in [
        (&[gone.as_str()][..], "cannot be reached"),
        (&["mcp.example.com"], "is not an absolute URL"),
        (&["ftp://mcp.example.com/mcp"], "scheme `ftp`"),
        (&["http://ada:s3cret@127.0.0.1/mcp"], "user name"),
        (&["ftp://ada:s3cret@127.0.0.1/mcp"], "scheme `ftp`"),
        (&["ada:s3cret@127.0.0.1/mcp"], "the URL "),
        (&["http://127.0.0.1/mcp#top"], "fragment"),
        (&[], "required"),
        (&[&url, "--timeout", "0"], "--timeout"),
        (&[&url, "--timeout", "61"], "--timeout"),
        (
            &[&url, "--introspect", "https://auth.example.com"],
            "required",
        ),
        (&[&url, "--client-id", "journal"], "required"),
        (&[&url, "--as-client", "client-7"], "required"),
        (&[&url, "--redirect-uri", "http://127.0.0.1:9"], "required"),
        (
            &[&url, "--as-client", "client-7", "--redirect-uri", ""],
            "--redirect-uri",
        ),
        (
            &[
                &url,
                "--register",
                "--as-client",
                "client-7",
                "--redirect-uri",
                "http://127.0.0.1:9",
            ],
            "--register",
        ),
    ] {
        let (code, text, errors) = doctor(arguments);
        assert_eq!((code, text.as_str()), (3, ""), "{arguments:?} {errors}");
        assert!(errors.contains(says), "{arguments:?} {errors}");
        assert!(!errors.contains("s3cret"), "{arguments:?} {errors}");
    }
    assert_eq!(site.received().len(), 0);
}
