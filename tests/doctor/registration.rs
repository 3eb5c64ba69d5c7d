//! `--register`: a client is registered, and asks for more.

use scopes_tests::faulty::Reply;
use serde_json::json;

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
    for member in [
        r#""scope":"entries:read""#,
        r#""application_type":"native""#,
    ] {
        assert!(registered.body.contains(member), "{registered:?}");
    }
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

/// The policies of Keycloak refuse strangers until they are changed.
#[test]
fn registrations_that_take_more_than_an_anonymous_request() {
    let refused = |code: &str, description: &str| {
        json!({ "error": code, "error_description": description }).to_string()
    };
    let policy = "Policy 'Trusted Hosts' rejected request to client-registration service. Details: \
                  Host not trusted.";
    for (status, body, found) in [
        (403, refused("insufficient_scope", policy), policy),
        (
            401,
            refused("invalid_token", "\u{1b}[2J"),
            "401 invalid_token: ",
        ),
        (401, String::new(), "answers 401"),
    ] {
        let site = Site::healthy();
        site.reply("/register", Reply::Answer(status, body));
        let diagnosis = Diagnosis::of(&site, &["--register"]);
        diagnosis.expect_alone("registered client", "problem", found);
        let advice = diagnosis.text.contains("initial access token");
        assert!(
            advice && diagnosis.text.contains("`Trusted Hosts`"),
            "{}",
            diagnosis.text
        );
    }
}

/// Only an answer to the client's redirect URI, or a status, refuses a request.
#[test]
fn answers_before_sign_in() {
    const CHECKS: [&str; 2] = ["scopes after registration", "resource indicators"];
    let redirect = |target: &str| Reply::Redirect(302, target.to_owned());
    for (reply, result, found) in [
        (
            Reply::Answer(200, "<html>".to_owned()),
            "ok",
            "not refused before sign-in",
        ),
        (
            redirect("/sign-in?state=x"),
            "ok",
            "not refused before sign-in",
        ),
        (
            redirect("/oops?error=invalid_scope"),
            "not tried",
            "the error `invalid_scope`",
        ),
        (
            redirect("/oops#error=server_error"),
            "not tried",
            "the error `server_error`",
        ),
        (Reply::Answer(429, String::new()), "not tried", "429"),
        (Reply::Answer(503, String::new()), "not tried", "503"),
        (Reply::Never, "not tried", "no complete response"),
    ] {
        let site = with_baseline();
        site.reply("/authorize", reply);
        let diagnosis = Diagnosis::of(&site, &["--register", "--timeout", "1"]);
        diagnosis.expect_nothing();
        for check in CHECKS {
            diagnosis.expect(check, result, found);
        }
    }
    let site = Site::healthy();
    let refused = json!({ "error": "invalid_scope" });
    site.reply("/authorize", Reply::Answer(400, refused.to_string()));
    let diagnosis = Diagnosis::of(&site, &["--register"]);
    diagnosis.expect_alone(
        "scopes after registration",
        "problem",
        "refused: invalid_scope",
    );
}

/// No server reads a URL that is as long as this.
#[test]
fn more_scopes_than_a_url_holds() {
    let site = Site::healthy();
    let scopes: Vec<_> = (0..8000).map(|n| format!("entries{n}:read")).collect();
    site.with_metadata("scopes_supported", json!(scopes));
    site.with_authorization_server("scopes_supported", json!(scopes));
    let diagnosis = Diagnosis::of(&site, &["--register"]);
    diagnosis.expect_nothing();
    diagnosis.expect("scopes after registration", "not tried", "too long");
    diagnosis.expect("resource indicators", "not tried", "too long");
    diagnosis.expect("registered client", "ok", "deleted again");
}

/// A server need not list its scopes.
#[test]
fn scopes_that_are_not_listed_may_exist() {
    let site = Site::healthy();
    site.with_authorization_server("scopes_supported", json!(["entries:read"]));
    let warned = Diagnosis::of(&site, &[]);
    warned.expect("scopes", "warning", "not listed: entries:write");
    let tried = Diagnosis::of(&site, &["--register"]);
    tried.expect("scopes", "ok", "not refused: entries:write");
}

pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback";
pub(crate) const AS_CLIENT: [&str; 4] = ["--as-client", "client-7", "--redirect-uri", CALLBACK];

/// A client that was registered before a scope was added may be refused the whole request.
#[test]
fn a_client_that_is_registered_already() {
    for (reply, result, found) in [
        (
            Reply::Redirect(302, "/sign-in".to_owned()),
            "ok",
            "\"client-7\" is not refused",
        ),
        (
            Reply::Redirect(302, format!("{CALLBACK}?error=invalid_scope")),
            "problem",
            "refused a request for every scope: `invalid_scope`",
        ),
        (
            Reply::Answer(400, "<html>".to_owned()),
            "problem",
            "a request of \"client-7\" is refused: answers 400",
        ),
        (Reply::Answer(503, String::new()), "not tried", "503"),
        (
            Reply::Redirect(302, "/oops?error=invalid_scope".to_owned()),
            "not tried",
            "the error `invalid_scope`",
        ),
    ] {
        let site = Site::healthy();
        site.reply("/authorize", reply);
        let diagnosis = Diagnosis::of(&site, &AS_CLIENT);
        match result {
            "problem" => diagnosis.expect_alone("scopes of the client", "problem", found),
            _ => diagnosis.expect_nothing(),
        }
        diagnosis.expect("scopes of the client", result, found);
        let received = site.received();
        let lines = received.iter().map(|request| request.line.as_str());
        let asked: Vec<_> = lines.filter(|line| line.contains("/authorize")).collect();
        assert_eq!(asked.len(), 1, "{asked:?}");
        for part in [
            "client_id=client-7",
            "127.0.0.1%3A9%2Fcallback",
            "resource=",
        ] {
            assert!(asked[0].contains(part), "{asked:?}");
        }
        let registered = received
            .iter()
            .any(|request| request.line.contains("/register"));
        assert!(!registered, "{received:?}");
    }
}

/// A client is registered at one of several authorization servers, and unknown at the others.
#[test]
fn a_client_of_one_of_several_servers() {
    let site = Site::healthy();
    let issuer = site.metadata()["authorization_servers"][0].clone();
    site.with_metadata("authorization_servers", json!([issuer, issuer]));
    site.reply("/authorize", Reply::Answer(400, "<html>".to_owned()));
    let diagnosis = Diagnosis::of(&site, &AS_CLIENT);
    let found = "a request of \"client-7\" is refused";
    diagnosis.expect("scopes of the client", "warning", found);
}

/// A request without a scope tells nothing about scopes.
#[test]
fn a_client_of_a_server_that_names_no_scopes() {
    let site = Site::healthy();
    site.with_metadata("scopes_supported", json!([]));
    site.reply("/authorize", Reply::Redirect(302, "/sign-in".to_owned()));
    let diagnosis = Diagnosis::of(&site, &AS_CLIENT);
    diagnosis.expect("scopes of the client", "not tried", "names no scopes");
}
