//! Each mistake of the endpoint is found, and nothing else is.

use std::time::Duration;

use scopes_tests::faulty::{Received, Reply};

use crate::site::{AUTHORIZATION_SERVER, METADATA, Site, date, raw};
use crate::{Diagnosis, assert_found};

#[test]
fn a_request_without_a_token_is_not_answered_with_401() {
    const CHECK: &str = "without a token";
    for (reply, found) in [
        (raw(200, &[], "{}"), "without asking for a token"),
        (raw(403, &[], "{}"), "403"),
        (raw(500, &[], "{}"), "500"),
        (
            Reply::Redirect(307, "/mcp/".to_owned()),
            "a redirect to \"/mcp/\"",
        ),
    ] {
        assert_found((CHECK, "problem", found), |site| {
            site.reply("/mcp", reply.clone());
        });
    }
}

#[test]
fn a_made_up_token_is_not_answered_with_invalid_token() {
    const CHECK: &str = "made-up token";
    for (status, found) in [
        (200, "the token is not verified"),
        (400, "400"),
        (503, "503"),
    ] {
        assert_found((CHECK, "problem", found), |site| {
            let has_token = |request: &Received| request.headers.contains_key("authorization");
            site.answering(has_token, raw(status, &[], "{}"));
        });
    }
    assert_found((CHECK, "warning", "without `error`"), |site| {
        site.endpoint(|endpoint| endpoint.invalid = endpoint.challenges[0].clone());
    });
    assert_found((CHECK, "warning", "`error=\"invalid_request\"`"), |site| {
        site.endpoint(|endpoint| endpoint.invalid = "Bearer error=invalid_request".to_owned());
    });
}

/// A server of `DPoP` alone sees no token behind `Bearer`.
#[test]
fn the_made_up_token_has_the_scheme_of_the_challenge() {
    for (error, is_ok) in [
        ("invalid_token", true),
        ("invalid_dpop_proof", true),
        ("use_dpop_nonce", false),
    ] {
        let site = Site::healthy();
        let metadata = format!("resource_metadata=\"{}{METADATA}\"", site.origin());
        let challenge = format!("DPoP algs=\"ES256\", {metadata}");
        let answer = move |request: &Received| {
            let sent = request.headers.get("authorization");
            let has_token = sent.is_some_and(|sent| sent.starts_with("DPoP "));
            let challenge = if has_token {
                format!("DPoP error=\"{error}\"")
            } else {
                challenge.clone()
            };
            let is_foreign = |name| {
                request
                    .headers
                    .get(name)
                    .is_some_and(|it| it.ends_with(".example"))
            };
            let status = if is_foreign("origin") || is_foreign("host") {
                403
            } else {
                401
            };
            raw(status, &[("WWW-Authenticate", &challenge)], "{}")
        };
        site.reply("/mcp", Reply::by(answer));
        let diagnosis = Diagnosis::of(&site, &[]);
        if is_ok {
            diagnosis.expect_nothing();
            diagnosis.expect("made-up token", "ok", &format!("401 {error}"));
        } else {
            diagnosis.expect_alone("made-up token", "warning", error);
        }
    }
    let found = "`error=\"invalid_dpop_proof\"`";
    assert_found(("made-up token", "warning", found), |site| {
        site.endpoint(|endpoint| endpoint.invalid = "Bearer error=invalid_dpop_proof".to_owned());
    });
}

/// As for the first request, the challenge of Bearer counts, wherever it stands.
#[test]
fn the_made_up_token_is_answered_with_two_challenges() {
    let site = Site::healthy();
    let two = "Basic realm=\"x\", Bearer error=\"invalid_token\"";
    site.endpoint(|endpoint| endpoint.invalid = two.to_owned());
    Diagnosis::of(&site, &[]).expect("made-up token", "ok", "401 invalid_token");
}

#[test]
fn the_challenge_is_long() {
    let parameters = (0..33).map(|n| format!("a{n}=b")).collect::<Vec<_>>();
    for (challenge, found) in [
        (format!("Bearer {}", parameters.join(", ")), "33 parameters"),
        (format!("Bearer a=\"{}\"", "x".repeat(9000)), "9011 bytes"),
    ] {
        assert_found(("challenge", "problem", found), |site| {
            site.endpoint(|endpoint| endpoint.challenges = vec![challenge.clone()]);
        });
    }
}

#[test]
fn the_clock_is_off() {
    for (seconds, result) in [(120, "problem"), (30, "ok")] {
        let site = Site::healthy();
        site.endpoint(|endpoint| endpoint.date = date(Duration::from_secs(seconds)));
        Diagnosis::of(&site, &[]).expect("clock", result, "the clock of this machine");
    }
}

/// The `Date` of a stored answer says nothing about the clock.
#[test]
fn a_cache_repeats_an_old_date() {
    let late = date(Duration::from_secs(600));
    let headers = [("Date", late.as_str()), ("Age", "600")];
    let site = Site::healthy();
    let document = site.authorization_server().to_string();
    site.reply(AUTHORIZATION_SERVER, raw(200, &headers, &document));
    let diagnosis = Diagnosis::of(&site, &[]);
    assert_eq!(diagnosis.with_result("problem"), Vec::<&str>::new());
    diagnosis.expect("clock", "not tried", "`Age`");
}

/// A server may let strangers begin a session, and ask for a token at the first call.
#[test]
fn strangers_may_begin_a_session() {
    let site = Site::healthy();
    let begins = |request: &Received| request.body.contains("initialize");
    site.answering(begins, raw(200, &[], "{}"));
    Diagnosis::of(&site, &[]).expect("without a token", "ok", "401");
}

/// An unprotected server may hang on the second request.
#[test]
fn the_call_of_a_made_up_tool_is_not_answered() {
    for reply in [Reply::Never, Reply::garbage(), raw(500, &[], "{}")] {
        let site = Site::healthy();
        let calls = move |request: &Received| {
            let begins = request.body.contains("initialize");
            if begins {
                raw(200, &[], "{}")
            } else {
                reply.clone()
            }
        };
        site.reply("/mcp", Reply::by(calls));
        let diagnosis = Diagnosis::of(&site, &["--timeout", "1"]);
        diagnosis.expect_alone("without a token", "problem", "answers 200 without asking");
    }
}

/// The resource need not be an MCP server.
#[test]
fn a_resource_that_takes_no_post() {
    let site = Site::healthy();
    let posts = |request: &Received| request.line.starts_with("POST");
    site.answering(posts, raw(405, &[], "{}"));
    Diagnosis::of(&site, &[]).expect("without a token", "ok", "401");
}

#[test]
fn mistakes_of_the_challenge() {
    for (challenges, result, found) in [
        (&[][..], "problem", "no `WWW-Authenticate`"),
        (
            &["Bearer METADATA", "Basic realm=\"x\""],
            "warning",
            "2 challenges: Bearer, Basic",
        ),
        (
            &["Basic realm=\"x, y\", Bearer METADATA"],
            "warning",
            "2 challenges: Basic, Bearer",
        ),
        (
            &["Bearer scope=\"\", METADATA"],
            "problem",
            "`scope` is empty",
        ),
        (
            &["Bearer scope=\"a  b\", METADATA"],
            "problem",
            "not a list of scopes",
        ),
        (
            &["Bearer scope=\"offline_access\", METADATA"],
            "warning",
            "offline_access",
        ),
        (
            &["Bearer error=\"invalid_token\", METADATA"],
            "warning",
            "`error` in the answer",
        ),
        (
            &["Bearer METADATA, METADATA"],
            "problem",
            "`resource_metadata` is there more than once",
        ),
        (&["bearer METADATA"], "warning", "the scheme is `bearer`"),
        (&["Digest METADATA"], "problem", "the scheme is `Digest`"),
        (&["Bearer realm=\"a\""], "warning", "no `resource_metadata`"),
        (&["Bearer"], "warning", "no `resource_metadata`"),
        (&["Bearer abc=="], "warning", "no `resource_metadata`"),
        (
            &["Bearer METADATA error_description=\"x\""],
            "problem",
            "expected a comma",
        ),
        (&["Bearer realm=\"a"], "problem", "a quote is not closed"),
        (&["Bearer realm=, METADATA"], "problem", "expected a comma"),
        (
            &["Bearer realm=\"\\\"\", METADATA"],
            "warning",
            "which a challenge cannot contain",
        ),
        (
            &["Bearer realm=\"a, b\", METADATA"],
            "warning",
            "split a challenge at every comma",
        ),
        (
            &["Bearer realm=\"caf\u{e9}\", METADATA"],
            "problem",
            "other than visible ASCII",
        ),
        (
            &["Bearer REALM = epicme , METADATA"],
            "ok",
            "Bearer with realm, resource_metadata",
        ),
        (
            &["DPoP algs=\"ES256\", METADATA"],
            "ok",
            "DPoP with algs, resource_metadata",
        ),
    ] {
        let site = Site::healthy();
        let metadata = format!("resource_metadata=\"{}{METADATA}\"", site.origin());
        site.endpoint(|endpoint| {
            let with_url = |challenge: &&str| challenge.replace("METADATA", &metadata);
            endpoint.challenges = challenges.iter().map(with_url).collect();
        });
        let diagnosis = Diagnosis::of(&site, &[]);
        diagnosis.expect("challenge", result, found);
        let is_bad = |name: &&str| !["challenge", "scopes after registration"].contains(name);
        let bad = [
            diagnosis.with_result("problem"),
            diagnosis.with_result("warning"),
        ]
        .concat();
        let others: Vec<_> = bad.into_iter().filter(is_bad).collect();
        assert!(
            others.is_empty(),
            "{challenges:?} {others:?} {}",
            diagnosis.text
        );
    }
}
