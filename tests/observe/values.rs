//! The values of arguments are in no log.

use scopes_core::{AuthorizeError, ResourceServer, ScopeCatalog, requires_scopes, testing};

use crate::story::{listen, log};
use crate::{EMAIL, SUBJECT};

#[derive(ScopeCatalog)]
pub(crate) enum Shelves {
    #[scope("shelves:{shelf}:read", requestable)]
    Read,
}

#[requires_scopes("shelves:{shelf}:read", catalog = Shelves)]
fn open_shelf(shelf: &str) -> Result<(), AuthorizeError> {
    Ok(())
}

#[test]
fn logs_have_templates_and_no_values() {
    listen();
    let caller = testing::caller(SUBJECT, "").expect("scopes");
    let refused = caller.enter(|| open_shelf(EMAIL));
    assert!(
        refused.expect_err("no scope").to_string().contains(EMAIL),
        "for the client"
    );
    let log = log();
    assert!(
        log.contains("auth.missing_scope=shelves:{shelf}:read"),
        "{log}"
    );
    assert!(!log.contains(EMAIL), "{log}");
}

#[test]
fn scopes_that_the_challenge_leaves_out_are_counted() {
    listen();
    let held: Vec<_> = (1..=200)
        .map(|shelf| format!("shelves:{shelf}:read"))
        .collect();
    let caller = testing::caller(SUBJECT, &held.join(" ")).expect("scopes");
    let refusal = caller
        .enter(|| open_shelf("another"))
        .expect_err("no scope");
    let server = ResourceServer::builder("https://mcp.example.com/mcp")
        .authorization_server("https://auth.example.com")
        .build()
        .expect("valid settings");
    let challenge = server.challenge(&refusal).expect("a challenge").to_string();
    let repeated = held
        .iter()
        .filter(|name| challenge.contains(&***name))
        .count();
    let left_out = held.len() - repeated;
    assert!(repeated > 10 && left_out > 10, "{challenge}");
    let log = log();
    let line = format!("auth.scopes_left_out={left_out}");
    assert!(log.contains(&line), "{line}: {log}");
}
