//! Requests of pages, and those under a foreign `Origin` or `Host`.

use scopes_tests::faulty::{Received, Reply};

use crate::site::{Endpoint, METADATA, Site, raw};
use crate::{Diagnosis, assert_found};

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
    let cases: [(Change<'_>, _, _); 8] = [
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
        (
            &|endpoint| endpoint.cors[2].1 = "authorization",
            "problem",
            "preflight",
        ),
        (
            &|endpoint| endpoint.cors[2].1 = "authorization, *",
            "ok",
            "may read answers",
        ),
        (
            &|endpoint| endpoint.preflight = 429,
            "not tried",
            "the preflight answers 429",
        ),
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

fn is_foreign(request: &Received, header: &str) -> bool {
    let value = request.headers.get(header);
    value.is_some_and(|value| value.ends_with(".example"))
}

#[test]
fn answers_to_a_foreign_host() {
    for (status, result) in [
        (200, "ok"),
        (302, "ok"),
        (400, "ok"),
        (403, "ok"),
        (404, "ok"),
        (421, "ok"),
        (418, "not tried"),
        (429, "not tried"),
        (500, "not tried"),
        (503, "not tried"),
    ] {
        let site = Site::healthy();
        site.answering(
            |request| is_foreign(request, "host"),
            raw(status, &[], "{}"),
        );
        let found = status.to_string();
        Diagnosis::of(&site, &[]).expect("foreign Host", result, &found);
    }
}

/// An answer that is no decision about the origin shows nothing.
#[test]
fn answers_that_do_not_decide_about_origins() {
    for (reply, found) in [
        (raw(429, &[], "{}"), "429"),
        (raw(500, &[], "{}"), "500"),
        (raw(503, &[], "{}"), "503"),
        (Reply::Never, "no complete response"),
        (Reply::garbage(), ""),
    ] {
        let site = Site::healthy();
        site.answering(|request| is_foreign(request, "origin"), reply);
        let diagnosis = Diagnosis::of(&site, &["--timeout", "1"]);
        diagnosis.expect("foreign Origin", "not tried", found);
        diagnosis.expect("CORS", "not tried", found);
    }
    let site = Site::healthy();
    let own = site.origin();
    let is_own = move |request: &Received| request.headers.get("origin") == Some(&own);
    site.answering(is_own, raw(503, &[], "{}"));
    Diagnosis::of(&site, &[]).expect("CORS", "not tried", "503");
}
