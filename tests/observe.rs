//! What is told to who runs the server: everything that was said, and nothing that is secret.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::Once;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures::executor::block_on;
use http::{HeaderValue, Request};
use http_body_util::BodyExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use regex::Regex;
use scopes_core::cache::CachedVerifier;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    AuthorizeError, Claims, Registry, ResourceServer, TokenVerifier, requires_scopes,
};
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::{RESOURCE, SigningKey, claims, now_plus};
use scopes_tests::vocabulary::Scope;
use serde_json::json;
use tower::ServiceExt;

/// An item of a stream that says nothing.
type Never = Result<&'static str, std::convert::Infallible>;

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

/// Every answer in the life of two verifiers, as the statuses that clients see.
struct Story {
    server: FaultyServer,
    key: SigningKey,
    jwt: String,
    statuses: Vec<u16>,
}

impl Story {
    fn tell() -> Self {
        let server = FaultyServer::start();
        let key = SigningKey::ed25519("key-1");
        let mut claims = claims();
        claims["iss"] = server.url("").into();
        claims["sub"] = SUBJECT.into();
        claims["email"] = EMAIL.into();
        claims["scope"] = "entries:read".into();
        let mut story = Self {
            jwt: key.sign(&key.header(), &claims),
            server,
            key,
            statuses: Vec::new(),
        };
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(async {
                story.of_jwt().await;
                story.of_introspection().await;
            });
        story
    }

    async fn ask(&mut self, application: &Router, path: &str, authorization: &str) {
        let mut request = Request::get(path);
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        let request = request.body(Body::empty()).expect("a request");
        let answer = application.clone().oneshot(request).await;
        self.statuses
            .push(answer.expect("an answer").status().as_u16());
    }

    async fn of_jwt(&mut self) {
        let issuer = self.server.url("");
        let keys = json!({ "keys": [self.key.jwk()] });
        let metadata = json!({ "issuer": issuer, "jwks_uri": self.server.url("/jwks") });
        let well_known = "/.well-known/oauth-authorization-server";
        let verifier = JwtVerifier::builder(RESOURCE)
            .issuer(Issuer::new(issuer))
            .unknown_key_interval(Duration::ZERO)
            .timeout(Duration::from_secs(1))
            .discover_lazily(ReqwestFetch::new().expect("TLS"))
            .expect("valid settings");
        let application = application(CachedVerifier::new(verifier).refused_for(Duration::ZERO));
        let good = format!("Bearer {}", self.jwt);
        self.ask(&application, "/", &good).await; // 503: there are no keys
        self.server.reply(well_known, Reply::json(&metadata));
        self.server.reply("/jwks", Reply::json(&keys));
        self.ask(&application, "/", &good).await; // 200, fetched
        self.ask(&application, "/", &good).await; // 200, remembered
        self.ask(&application, "/create", &good).await; // 403
        self.ask(&application, "/", "").await; // 401
        self.ask(&application, "/", &format!("{good}x")).await; // 401
        self.ask(&application, "/", &format!("Bearer a, {good}"))
            .await; // 400
    }

    async fn of_introspection(&mut self) {
        let active = json!({
            "active": true,
            "sub": SUBJECT,
            "username": EMAIL,
            "iss": self.server.url(""),
            "aud": RESOURCE,
            "client_id": "client-2",
            "exp": now_plus(600),
            "scope": "entries:read",
        });
        let verifier = IntrospectionVerifier::builder(
            RESOURCE,
            ClientAuthentication::secret_basic("resource", CLIENT_SECRET),
        )
        .endpoint(self.server.url("/introspect"))
        .refused_for(Duration::ZERO)
        .timeout(Duration::from_secs(1))
        .build(ReqwestFetch::new().expect("TLS"))
        .expect("valid settings");
        let application = application(verifier);
        let good = format!("Bearer {OPAQUE}");
        for reply in [
            Reply::Answer(500, active.to_string()),
            Reply::Answer(401, active.to_string()),
            Reply::Never,
            Reply::json(&json!({ "active": false, "sub": SUBJECT })),
            Reply::json(&active),
        ] {
            self.server.reply("/introspect", reply);
            self.ask(&application, "/", &good).await; // 503, 503, 503, 401, 200
        }
        self.ask(&application, "/create", &good).await; // 403
    }

    /// What nobody may read in a log.
    fn secrets(&self) -> BTreeSet<String> {
        let mut secrets: BTreeSet<_> = self.jwt.split('.').map(str::to_owned).collect();
        let received = self.server.received();
        let credentials = received
            .iter()
            .filter_map(|request| request.headers.get("authorization"));
        secrets.extend(credentials.map(|credentials| credentials.replace("Basic ", "")));
        secrets.extend([SUBJECT, EMAIL, CLIENT_SECRET, OPAQUE].map(str::to_owned));
        secrets.extend(["lovelace", "hunter2", "username", "active"].map(str::to_owned));
        assert!(secrets.len() >= 12, "{secrets:?}");
        secrets
    }
}

const STATUSES: [u16; 13] = [
    503, 200, 200, 403, 401, 401, 400, 503, 503, 503, 401, 200, 403,
];

thread_local! {
    /// Each story is told on a thread of its own.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What was logged on this thread, by libraries, too.
fn log() -> String {
    String::from_utf8(LOG.with_borrow(Clone::clone)).expect("UTF-8")
}

/// Logs everything there is.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    });
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
        ("scopes_fetches_total{purpose=introspection,result=ok}", 2),
    ];
    let expected: BTreeMap<_, u64> = expected
        .map(|(name, count)| (name.to_owned(), count))
        .into();
    assert_eq!(counted, expected);
}
