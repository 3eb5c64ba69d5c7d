//! Logs and metrics for operators: everything that happens, and nothing that is secret.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod audit;
mod gate;
mod introspected_reasons;
mod metrics_page;
mod providers;
mod reasons;
mod revocations;
mod start;
mod story;
mod values;
mod wiring;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures::executor::block_on;
use http::{HeaderValue, Request};
use http_body_util::BodyExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use regex::Regex;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    AuthorizeError, Claims, Registry, ResourceServer, TokenVerifier, requires_scopes,
};
use scopes_tests::issuer::RESOURCE;
use scopes_tests::vocabulary::Scope;
use tower::ServiceExt;

use crate::story::{STATUSES, Story, listen, log};

/// An item of a stream that says nothing.
type Never = Result<&'static str, Infallible>;

const SUBJECT: &str = "ada-lovelace-1815";
const EMAIL: &str = "ada@lovelace.example";
const CLIENT_SECRET: &str = "hunter2-hunter2";
const OPAQUE: &str = "opaque-0f1e2d3c4b5a";

#[requires_scopes("entries:read", catalog = Scope)]
async fn list_entries() -> Result<&'static str, AuthorizeError> {
    tracing::info!("said by the handler");
    std::future::ready(Ok("entries")).await
}

#[requires_scopes("entries:write", catalog = Scope)]
async fn create_entry() -> Result<&'static str, AuthorizeError> {
    std::future::ready(Ok("created")).await
}

fn application(verifier: impl TokenVerifier) -> Router {
    let routes = Router::new()
        .route("/", get(list_entries))
        .route("/create", get(create_entry));
    protect(routes, verifier)
}

fn protect(routes: Router, verifier: impl TokenVerifier) -> Router {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    routes.layer(ProtectLayer::new(server, verifier))
}

#[test]
fn what_is_logged_tells_everything_and_gives_nothing_away() {
    listen();
    let story = Story::tell();
    assert_eq!(story.statuses, STATUSES);
    let log = log();
    for secret in story.secrets() {
        assert!(!log.contains(&secret), "{secret} is in\n{log}");
    }

    for outcome in [
        "allowed",
        "missing_token",
        "invalid_request",
        "invalid_token",
        "insufficient_scope",
        "unavailable",
    ] {
        assert!(
            log.contains(&format!("auth.outcome=\"{outcome}\"")),
            "{outcome}\n{log}"
        );
    }
    for field in [
        "protected_request{",
        "auth.operation=\"observe::list_entries\"",
        "auth.operation=\"observe::create_entry\"",
        "auth.missing_scope=entries:write",
        "auth.client_id=\"client-1\"",
        "auth.client_id=\"client-2\"",
        "fetch.purpose=\"keys\"",
        "fetch.purpose=\"introspection\"",
        "fetch.error=answers 500: the server failed",
        "fetch.error=refuses the client credentials",
    ] {
        assert!(log.contains(field), "{field} is not in\n{log}");
    }
    let said = log
        .lines()
        .find(|line| line.contains("said by the handler"));
    assert!(
        said.is_some_and(|line| line.contains("auth.client_id=")),
        "{said:?}"
    );
    // Libraries below us were heard, too.
    assert!(log.contains("reqwest::"), "{log}");
}

#[test]
fn a_foreign_origin_or_host_is_logged_with_the_setting_that_allows_it() {
    listen();
    let recorder = DebuggingRecorder::new();
    let application = application(StaticVerifier::new());
    let endless = format!("https://{}.example", "a".repeat(1000));
    metrics::with_local_recorder(&recorder, || {
        for (name, values) in [
            (
                "origin",
                ["https://evil.example\tx", "\"\u{e9}\""].as_slice(),
            ),
            ("origin", &[&endless]),
            ("host", &["evil.example"]),
        ] {
            let mut request = Request::get("https://localhost/");
            for value in values {
                let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
                request = request.header(name, value);
            }
            let request = request.body(Body::empty()).expect("a request");
            let answer = block_on(application.clone().oneshot(request));
            assert_eq!(answer.expect("an answer").status(), 403);
        }
    });
    let log = log();
    let told: Vec<_> = log
        .lines()
        .filter(|line| line.contains("is not allowed"))
        .collect();
    let [two, endless, host] = told.as_slice() else {
        panic!("three events, not {told:?}")
    };
    for line in &told {
        assert!(line.contains(" INFO "), "{line}");
        assert!(line.is_ascii() && line.len() < 700, "{line}");
    }
    // Escaped once for the value, and once more by the subscriber.
    assert!(two.contains(r"https://evil.example\\tx, "), "{two}");
    assert!(two.contains("auth.outcome=\"origin_not_allowed\""), "{two}");
    assert!(
        two.contains("setting=\"ProtectLayer::allow_origin\""),
        "{two}"
    );
    assert!(
        endless.contains("request.origin=\"https://aaaa"),
        "{endless}"
    );
    assert!(
        host.contains("request.host=\"localhost, evil.example\""),
        "{host}"
    );
    assert!(
        host.contains("setting=\"ProtectLayer::allow_host\""),
        "{host}"
    );
    let counted = recorder.snapshotter().snapshot().into_vec();
    let counted: BTreeSet<_> = counted
        .iter()
        .map(|(key, _, _, value)| {
            let label = key.key().labels().next().expect("a label");
            format!("{} {} {value:?}", key.key().name(), label.value())
        })
        .collect();
    assert_eq!(
        counted,
        BTreeSet::from([
            "scopes_requests_total host_not_allowed Counter(1)".to_owned(),
            "scopes_requests_total origin_not_allowed Counter(2)".to_owned(),
        ])
    );
}

#[test]
fn a_subject_is_told_by_a_hash_that_only_this_process_can_make() {
    listen();
    let story = Story::tell();
    let log = log();
    let hash = Regex::new("auth.subject_hash=\"?([0-9a-f]+)").expect("a pattern");
    let hashes: BTreeMap<_, usize> =
        hash.captures_iter(&log)
            .fold(BTreeMap::new(), |mut hashes, captures| {
                *hashes.entry(captures[1].to_owned()).or_default() += 1;
                hashes
            });
    assert!(
        !hashes.is_empty() && hashes.keys().all(|hash| hash.len() == 16),
        "{hashes:?}"
    );
    let without_key = |subject: &dyn Fn(&mut DefaultHasher)| {
        let mut state = DefaultHasher::new();
        subject(&mut state);
        format!("{:016x}", state.finish())
    };
    let issuer = Some(story.server.url(""));
    for guess in [
        without_key(&|state| SUBJECT.hash(state)),
        without_key(&|state| (&issuer, SUBJECT).hash(state)),
        without_key(&|state| (story.server.url(""), SUBJECT).hash(state)),
    ] {
        assert!(!hashes.contains_key(&guess));
    }
    // The same person, through both verifiers.
    assert!(
        hashes.len() == 1 && hashes.values().all(|times| *times > 10),
        "{hashes:?}"
    );
}

/// The guard is told of once as a warning, and the request each time.
#[test]
fn a_guard_that_lost_its_caller_is_named() {
    #[requires_scopes("tags:read", catalog = Scope)]
    async fn list_tags() -> Result<&'static str, AuthorizeError> {
        std::future::ready(Ok("tags")).await
    }
    async fn spawned() -> Result<&'static str, AuthorizeError> {
        let task = tokio::spawn(list_tags());
        task.await.expect("it does not panic")
    }
    let listed = log().len();
    listen();
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || {
        let verifier = StaticVerifier::new().token(OPAQUE, SUBJECT, "tags:read");
        let routes = Router::new().route("/", get(spawned));
        let application = protect(routes, verifier.expect("valid scopes"));
        // The spawned task runs on this thread, whose log is read.
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime");
        for _ in 0..2 {
            let request = Request::get("/").header("authorization", format!("Bearer {OPAQUE}"));
            let request = request.body(Body::empty()).expect("a request");
            let answer = runtime.block_on(application.clone().oneshot(request));
            assert_eq!(answer.expect("an answer").status(), 500);
        }
    });
    let log = log().split_off(listed);
    let lines = |level: &str, text: &str| {
        let lines = log
            .lines()
            .filter(|line| line.contains(level) && line.contains(text));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let warned = lines(" WARN ", "the guard has no caller");
    let [warned] = warned.as_slice() else {
        panic!("one warning, not {warned:?}")
    };
    for part in [
        "list_tags\"",
        "auth.outcome=\"missing_context\"",
        "`Caller::current().run(..)`",
    ] {
        assert!(warned.contains(part), "{warned}");
    }
    assert_eq!(lines(" INFO ", "the guard has no caller").len(), 1);
    assert_eq!(lines(" WARN ", "the caller got lost").len(), 2, "{log}");
    let counted = recorder.snapshotter().snapshot().into_vec();
    let counted = counted.iter().find(|(key, ..)| {
        key.key().name() == "scopes_requests_total"
            && key
                .key()
                .labels()
                .any(|label| label.value() == "missing_context")
    });
    assert!(matches!(counted, Some((.., DebugValue::Counter(2)))));
}

#[test]
fn a_stream_that_ends_with_its_token_is_logged_and_counted() {
    listen();
    let mut claims = Claims::default();
    claims.subject = Some(SUBJECT.to_owned());
    claims.client_id = Some("client-1".to_owned());
    claims.expires_at = Some(SystemTime::now() + Duration::from_millis(200));
    let stream = || std::future::ready(Body::from_stream(futures::stream::pending::<Never>()));
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || {
        let application = protect(
            Router::new().route("/", get(stream)),
            StaticVerifier::new().token_with(OPAQUE, claims),
        );
        let request = Request::get("/").header("authorization", format!("Bearer {OPAQUE}"));
        let request = request.body(Body::empty()).expect("a request");
        let answer = block_on(application.oneshot(request)).expect("an answer");
        assert_eq!(answer.status(), 200);
        let body = block_on(answer.into_body().collect());
        assert!(body.expect("a clean end").to_bytes().is_empty());
    });
    let log = log();
    let line = log
        .lines()
        .find(|line| line.contains("a response stream ends with its token"));
    let line = line.expect("it is logged");
    for field in [
        "auth.outcome=\"invalid_token\"",
        "auth.client_id=\"client-1\"",
        "auth.subject_hash=",
    ] {
        assert!(line.contains(field), "{line}");
    }
    assert!(!log.contains(SUBJECT) && !log.contains(OPAQUE), "{log}");
    let counted = recorder.snapshotter().snapshot().into_vec();
    let ended = counted.iter().find(|(key, ..)| {
        key.key().name() == "scopes_streams_ended_total"
            && key
                .key()
                .labels()
                .any(|label| label.value() == "invalid_token")
    });
    assert!(matches!(ended, Some((.., DebugValue::Counter(1)))));
}

#[test]
fn counters_add_up() {
    let recorder = DebuggingRecorder::new();
    let story = metrics::with_local_recorder(&recorder, Story::tell);
    assert_eq!(story.statuses, STATUSES);
    let mut counted = BTreeMap::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let labels = key
            .key()
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()));
        let labels: Vec<_> = labels.collect();
        let DebugValue::Counter(value) = value else {
            panic!("{key:?} is no counter");
        };
        counted.insert(
            format!("{}{{{}}}", key.key().name(), labels.join(",")),
            value,
        );
    }
    let expected = [
        ("scopes_requests_total{outcome=allowed}", 3),
        ("scopes_requests_total{outcome=insufficient_scope}", 2),
        ("scopes_requests_total{outcome=invalid_request}", 1),
        ("scopes_requests_total{outcome=invalid_token}", 2),
        ("scopes_requests_total{outcome=missing_token}", 1),
        ("scopes_requests_total{outcome=unavailable}", 4),
        ("scopes_decisions_total{outcome=allowed}", 3),
        ("scopes_decisions_total{outcome=insufficient_scope}", 2),
        ("scopes_rejections_total{reason=bad_signature}", 1),
        ("scopes_rejections_total{reason=inactive}", 1),
        ("scopes_verifications_total{result=valid}", 5),
        ("scopes_verifications_total{result=invalid}", 2),
        ("scopes_verifications_total{result=unavailable}", 4),
        ("scopes_cache_lookups_total{result=hit}", 3),
        ("scopes_cache_lookups_total{result=miss}", 8),
        ("scopes_fetches_total{purpose=keys,result=failed}", 1),
        // Once more for the signature that does not fit.
        ("scopes_fetches_total{purpose=keys,result=ok}", 2),
        (
            "scopes_fetches_total{purpose=introspection,result=failed}",
            3,
        ),
        // Once more about a made-up token.
        ("scopes_fetches_total{purpose=introspection,result=ok}", 3),
    ];
    let expected: BTreeMap<_, u64> = expected
        .map(|(name, count)| (name.to_owned(), count))
        .into();
    assert_eq!(counted, expected);
}
