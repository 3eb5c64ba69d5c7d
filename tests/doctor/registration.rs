//! `--register`: a client is registered, and asks for more.

use scopes_tests::faulty::Reply;

use crate::Diagnosis;
use crate::site::{METADATA, Site};

fn with_baseline() -> Site {
    let site = Site::healthy();
    let metadata = format!("resource_metadata=\"{}{METADATA}\"", site.origin());
    site.endpoint(|endpoint| {
        endpoint.challenges = vec![format!("Bearer scope=\"entries:read\", {metadata}")];
    });
    site
}

#[test]
fn a_client_registers_as_clients_do_and_is_deleted() {
    let site = with_baseline();
    let diagnosis = Diagnosis::of(&site, &["--register"]);
    diagnosis.expect("scopes after registration", "ok", "every scope");
    diagnosis.expect("resource indicators", "ok", "not refused");
    diagnosis.expect("registered client", "ok", "deleted again");
    let received = site.received();
    let at = |line: &str| {
        received
            .iter()
            .find(|request| request.line.starts_with(line))
    };
    let registered = at("POST /register").expect("registered");
    assert!(
        registered.body.contains(r#""scope":"entries:read""#),
        "{registered:?}"
    );
    let deleted = at("DELETE /register/client-1").expect("deleted");
    assert_eq!(deleted.headers["authorization"], "Bearer management-token");
    let asked = |request: &&_| -> bool {
        let request: &scopes_tests::faulty::Received = request;
        request
            .line
            .contains("scope=entries%3Aread+entries%3Awrite")
    };
    assert!(received.iter().any(|request| asked(&request)));
}

#[test]
fn a_server_that_binds_clients_to_their_scopes() {
    let site = with_baseline();
    site.registering(|query| query.contains("entries%3Awrite").then_some("invalid_scope"));
    let diagnosis = Diagnosis::of(&site, &["--register"]);
    diagnosis.expect_alone(
        "scopes after registration",
        "problem",
        "registered with `entries:read` is refused more: `invalid_scope`",
    );
    diagnosis.expect("registered client", "ok", "deleted again");
}

#[test]
fn a_server_that_does_not_know_the_resource() {
    let site = Site::healthy();
    site.registering(|_| Some("invalid_target"));
    let diagnosis = Diagnosis::of(&site, &["--register"]);
    diagnosis.expect(
        "resource indicators",
        "problem",
        "does not know this resource",
    );
    diagnosis.expect("scopes after registration", "problem", "invalid_target");
}

#[test]
fn registrations_that_fail() {
    let site = Site::healthy();
    let refused = r#"{"error":"invalid_client_metadata"}"#;
    for (reply, found) in [
        (Reply::Answer(403, String::new()), "403"),
        (
            Reply::Answer(400, refused.to_owned()),
            "400 invalid_client_metadata",
        ),
        (Reply::Answer(201, "{}".to_owned()), "without a `client_id`"),
        (Reply::Redirect(307, "/elsewhere".to_owned()), "redirect"),
        (Reply::Answer(201, "<html>".to_owned()), "HTML"),
    ] {
        site.reply("/register", reply);
        Diagnosis::of(&site, &["--register"]).expect_alone("registered client", "problem", found);
    }
    let site = Site::healthy();
    let without = r#"{"client_id":"client-2"}"#.to_owned();
    site.reply("/register", Reply::Answer(201, without));
    let diagnosis = Diagnosis::of(&site, &["--register"]);
    diagnosis.expect(
        "registered client",
        "ok",
        "\"client-2\" was registered, and stays",
    );
}

/// A server need not list its scopes.
#[test]
fn scopes_that_are_not_listed_may_exist() {
    let site = Site::healthy();
    site.with_authorization_server("scopes_supported", serde_json::json!(["entries:read"]));
    let warned = Diagnosis::of(&site, &[]);
    warned.expect("scopes", "warning", "not listed: entries:write");
    let tried = Diagnosis::of(&site, &["--register"]);
    tried.expect("scopes", "ok", "not refused: entries:write");
}
