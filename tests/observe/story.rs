//! A story of which everything is logged: every answer in the life of two verifiers.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Once;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use scopes_core::cache::CachedVerifier;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::{RESOURCE, SigningKey, claims, now_plus};
use serde_json::json;
use tower::ServiceExt;

use crate::{CLIENT_SECRET, EMAIL, OPAQUE, SUBJECT, application};

/// Every answer in the life of two verifiers, as the statuses that clients see.
pub(crate) struct Story {
    pub(crate) server: FaultyServer,
    pub(crate) key: SigningKey,
    pub(crate) jwt: String,
    pub(crate) statuses: Vec<u16>,
}

impl Story {
    pub(crate) fn tell() -> Self {
        let server = FaultyServer::start();
        server.call_made_up_tokens_inactive();
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
        let application =
            application(CachedVerifier::new(verifier).max_rejection_age(Duration::ZERO));
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
        .max_rejection_age(Duration::ZERO)
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
    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        let mut secrets: BTreeSet<_> = self.jwt.split('.').map(str::to_owned).collect();
        let received = self.server.received();
        let credentials = received
            .iter()
            .filter_map(|request| request.headers.get("authorization"));
        secrets.extend(credentials.map(|credentials| credentials.replace("Basic ", "")));
        secrets.extend([SUBJECT, EMAIL, CLIENT_SECRET, OPAQUE].map(str::to_owned));
        secrets.extend(["lovelace", "hunter2", "username", "\"active\""].map(str::to_owned));
        assert!(secrets.len() >= 12, "{secrets:?}");
        secrets
    }
}

pub(crate) const STATUSES: [u16; 13] = [
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
pub(crate) fn log() -> String {
    String::from_utf8(LOG.with_borrow(Clone::clone)).expect("UTF-8")
}

/// Logs everything there is.
pub(crate) fn listen() {
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
