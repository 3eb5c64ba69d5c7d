//! Each mistake of the endpoint is found, and nothing else is.

use std::time::Duration;

use scopes_tests::faulty::{Received, Reply};

use crate::site::{Endpoint, METADATA, Site, date, raw};
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
            let strangers = Endpoint::new(&site.origin()).reply();
            let reply = move |request: &Received| {
                let has_token = request.headers.contains_key("authorization");
                if has_token {
                    raw(status, &[], "{}")
                } else {
                    strangers.clone()
                }
            };
            site.reply("/mcp", Reply::by(reply));
        });
    }
    assert_found((CHECK, "warning", "without `error`"), |site| {
        site.endpoint(|endpoint| endpoint.invalid = endpoint.challenges[0].clone());
    });
    assert_found((CHECK, "warning", "`error=\"invalid_request\"`"), |site| {
        site.endpoint(|endpoint| endpoint.invalid = "Bearer error=invalid_request".to_owned());
    });
}

#[test]
fn the_clock_is_off() {
    for (seconds, result) in [(120, "problem"), (30, "ok")] {
        let site = Site::healthy();
        site.endpoint(|endpoint| endpoint.date = date(Duration::from_secs(seconds)));
        Diagnosis::of(&site, &[]).expect("clock", result, "the clock of this machine");
    }
}

/// A server may let strangers begin a session, and ask for a token at the first call.
#[test]
fn strangers_may_begin_a_session() {
    let site = Site::healthy();
    let strangers = Endpoint::new(&site.origin()).reply();
    let reply = move |request: &Received| {
        let begins = request.body.contains("initialize");
        if begins {
            raw(200, &[], "{}")
        } else {
            strangers.clone()
        }
    };
    site.reply("/mcp", Reply::by(reply));
    Diagnosis::of(&site, &[]).expect("without a token", "ok", "401");
}

/// The resource need not be an MCP server.
#[test]
fn a_resource_that_takes_no_post() {
    let site = Site::healthy();
    let strangers = Endpoint::new(&site.origin()).reply();
    let reply = move |request: &Received| {
        let posts = request.line.starts_with("POST");
        if posts {
            raw(405, &[], "{}")
        } else {
            strangers.clone()
        }
    };
    site.reply("/mcp", Reply::by(reply));
    Diagnosis::of(&site, &[]).expect("without a token", "ok", "401");
}

#[test]
fn foreign_hosts_and_pages() {
    assert_found(("foreign Host", "problem", "DNS rebinding"), |site| {
        site.endpoint(|endpoint| endpoint.checks_host = false);
    });
    assert_found(
        ("foreign Origin", "problem", "pages of every origin"),
        |site| {
            site.endpoint(|endpoint| endpoint.checks_origin = false);
        },
    );
    assert_found(("CORS", "problem", "not `WWW-Authenticate`"), |site| {
        site.endpoint(|endpoint| endpoint.cors[1].1 = "mcp-session-id");
    });
    assert_found(("metadata for pages", "warning", "cannot read"), |site| {
        site.reply(METADATA, raw(200, &[], &site.metadata().to_string()));
    });
}

type Change<'a> = &'a dyn Fn(&mut Endpoint);

#[test]
fn pages_where_every_origin_is_allowed() {
    let cases: [(Change<'_>, _, _); 5] = [
        (&|_| {}, "ok", "may read answers"),
        (
            &|endpoint| endpoint.cors.clear(),
            "warning",
            "no page may read",
        ),
        (
            &|endpoint| endpoint.cors[1].1 = "mcp-session-id",
            "problem",
            "not `WWW-Authenticate`",
        ),
        (&|endpoint| endpoint.preflight = 401, "problem", "preflight"),
        (&|endpoint| endpoint.cors[2].1 = "*", "problem", "preflight"),
    ];
    for (change, result, found) in cases {
        let site = Site::healthy();
        site.endpoint(|endpoint| {
            endpoint.checks_origin = false;
            change(endpoint);
        });
        Diagnosis::of(&site, &[]).expect("CORS", result, found);
    }
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
