//! Introspection over loopback: which answers are a yes, how long they hold, and who is asked when.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use scopes_core::introspection::{
    ClientAuthentication, IntrospectionVerifier, IntrospectionVerifierBuilder,
};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::token::{VerifyTokenError, verify, verify_at_once};
use scopes_core::{AccessToken, InvalidToken, ResourceServer, TokenVerifier, VerifiedToken};
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::{RESOURCE, now_plus};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const REFUSED: VerifyTokenError = VerifyTokenError::Invalid(InvalidToken::NotAccepted);
const SHORT: Duration = Duration::from_millis(500);

/// A server that is asked, and the runtime that it is asked in.
struct Site {
    server: FaultyServer,
    runtime: Runtime,
}

impl Site {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let server = FaultyServer::start();
        let site = Self { server, runtime };
        site.publish(&site.issuer(), &site.server.url("/introspect"));
        site
    }

    fn issuer(&self) -> String {
        self.server.url("")
    }

    fn publish(&self, issuer: &str, endpoint: &str) {
        let metadata = json!({ "issuer": issuer, "introspection_endpoint": endpoint });
        let path = "/.well-known/oauth-authorization-server";
        self.server.reply(path, Reply::json(&metadata));
    }

    fn answer(&self, reply: Reply) {
        self.server.reply("/introspect", reply);
    }

    fn good(&self) -> Value {
        json!({
            "active": true,
            "iss": self.issuer(),
            "sub": "ada",
            "aud": RESOURCE,
            "client_id": "client-1",
            "exp": now_plus(600),
            "iat": now_plus(-1),
            "scope": "entries:read tags:write",
            "token_type": "Bearer",
        })
    }

    /// A good answer with one member replaced, or removed.
    fn with(&self, name: &str, value: Value) -> Value {
        let mut answer = self.good();
        if value == json!("remove") {
            answer.as_object_mut().expect("an object").remove(name);
        } else {
            answer[name] = value;
        }
        answer
    }

    fn builder(&self) -> IntrospectionVerifierBuilder {
        let client = ClientAuthentication::secret_basic("resource", "secret");
        IntrospectionVerifier::builder(RESOURCE, client)
            .issuer(self.issuer())
            .timeout(SHORT)
    }

    /// A verifier with the endpoint given.
    fn verifier(&self) -> IntrospectionVerifier<ReqwestFetch> {
        let builder = self.builder().endpoint(self.server.url("/introspect"));
        builder.build(fetch()).expect("valid settings")
    }

    fn ask<V: TokenVerifier>(
        &self,
        verifier: &V,
        token: &str,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        self.runtime.block_on(ask(verifier, token))
    }
}

fn fetch() -> ReqwestFetch {
    ReqwestFetch::new().expect("TLS")
}

async fn ask<V: TokenVerifier>(
    verifier: &V,
    token: &str,
) -> Result<VerifiedToken, VerifyTokenError> {
    let header = format!("Bearer {token}");
    let token = AccessToken::from_authorization([&header])
        .expect("well-formed")
        .expect("a token");
    verify(verifier, token).await
}

fn is_unavailable<T>(answer: &Result<T, VerifyTokenError>) -> bool {
    matches!(answer, Err(VerifyTokenError::Unavailable { retry_after }) if !retry_after.is_zero())
}

#[test]
fn a_good_token_says_what_the_server_says() {
    let site = Site::start();
    site.answer(Reply::json(&site.with("username", json!("ada l."))));
    let token = site.ask(&site.verifier(), "opaque").expect("good");
    assert_eq!(token.subject(), Some("ada"));
    assert_eq!(token.client_id(), Some("client-1"));
    assert_eq!(token.scopes().as_str(), "entries:read tags:write");
    assert_eq!(token.claims().issuer, Some(site.issuer()));
    assert_eq!(token.claims().audience, [RESOURCE]);
    assert_eq!(token.claim("username"), Some(&json!("ada l.")));
    assert_eq!(token.claim("active"), None);

    let received = &site.server.received()[0];
    assert_eq!(received.line, "POST /introspect");
    assert_eq!(received.field("token").as_deref(), Some("opaque"));
    assert_eq!(
        received.field("token_type_hint").as_deref(),
        Some("access_token")
    );
}

#[test]
fn each_member_has_one_form() {
    let site = Site::start();
    let table = [
        // Good in another form.
        ("iss", json!("remove"), true),
        ("exp", json!("remove"), true),
        ("exp", json!(now_plus(-10)), true),
        ("nbf", json!(now_plus(-10)), true),
        ("aud", json!(["other", RESOURCE]), true),
        ("scope", json!("remove"), true),
        ("scope", json!(["entries:read"]), true),
        ("token_type", json!("remove"), true),
        ("token_type", json!("bearer"), true),
        ("typ", json!("at+jwt"), true),
        // Not active, whatever else.
        ("active", json!(false), false),
        // Not of this issuer.
        ("iss", json!("https://evil.example"), false),
        ("iss", json!(site.issuer() + "/"), false),
        ("iss", json!([site.issuer()]), false),
        ("iss", Value::Null, false),
        // Not for this resource.
        ("aud", json!("remove"), false),
        ("aud", Value::Null, false),
        ("aud", json!(""), false),
        ("aud", json!([]), false),
        ("aud", json!("https://mcp.example.com"), false),
        ("aud", json!([[RESOURCE]]), false),
        ("aud", json!({ "0": RESOURCE }), false),
        // Not now.
        ("exp", json!(now_plus(-60)), false),
        ("exp", json!(now_plus(600).to_string()), false),
        ("exp", Value::Null, false),
        ("exp", json!(-1), false),
        ("nbf", json!(now_plus(60)), false),
        ("nbf", json!("now"), false),
        // Not a bearer access token.
        ("cnf", json!({ "jkt": "x" }), false),
        ("token_type", json!("DPoP"), false),
        ("token_type", json!("refresh_token"), false),
        ("token_type", json!(["Bearer"]), false),
        ("token_type", Value::Null, false),
        ("typ", json!("Refresh"), false),
        ("typ", json!("ID"), false),
        ("token_use", json!("refresh_token"), false),
        // Not readable.
        ("scope", json!("a  b"), false),
        ("scope", json!({}), false),
        ("scope", json!(["a b"]), false),
        ("sub", json!(7), false),
    ];
    for (name, value, is_good) in table {
        let answer = site.with(name, value);
        site.answer(Reply::json(&answer));
        let token = site.ask(&site.verifier(), "opaque");
        assert_eq!(token.is_ok(), is_good, "{answer} gave {token:?}");
        assert!(!is_unavailable(&token), "{answer} gave {token:?}");
    }
}

#[test]
fn what_says_neither_yes_nor_no_is_a_503() {
    let site = Site::start();
    let good = site.good().to_string();
    let text = |text: &str| Reply::Answer(200, text.to_owned());
    let twice = good.replacen('{', r#"{"active":true,"#, 1);
    for reply in [
        Reply::json(&site.with("active", json!("remove"))),
        Reply::json(&site.with("active", json!("true"))),
        Reply::json(&site.with("active", json!(1))),
        Reply::json(&site.with("active", Value::Null)),
        Reply::json(&json!([site.good()])),
        text(""),
        text("active"),
        text("<html>"),
        text(&good[..good.len() - 1]),
        text(&format!("{good}{good}")),
        text(&twice),
        text(&format!("{good}{}", " ".repeat(300 * 1024))),
        Reply::Answer(201, good.clone()),
        Reply::Answer(401, r#"{"error":"invalid_client"}"#.to_owned()),
        Reply::Answer(401, good.clone()),
        Reply::Answer(403, good.clone()),
        Reply::Answer(400, r#"{"error":"invalid_client"}"#.to_owned()),
        Reply::Answer(404, good.clone()),
        Reply::Answer(429, String::new()),
        Reply::Answer(500, good.clone()),
        Reply::Redirect(307, site.server.url("/elsewhere")),
        Reply::Endless { announced: false },
        Reply::CutOff,
        Reply::garbage(),
        Reply::Never,
    ] {
        site.answer(reply.clone());
        let start = Instant::now();
        let token = site.ask(&site.verifier(), "opaque");
        assert!(is_unavailable(&token), "{reply:?} gave {token:?}");
        assert!(start.elapsed() < 4 * SHORT, "{reply:?}");
    }
    // A server may refuse what cannot be a token of its own.
    site.answer(Reply::Answer(
        400,
        r#"{"error":"invalid_request"}"#.to_owned(),
    ));
    assert_eq!(site.ask(&site.verifier(), "opaque"), Err(REFUSED));
}

#[test]
fn a_missing_audience_is_accepted_only_where_that_is_said() {
    let site = Site::start();
    let endpoint = site.server.url("/introspect");
    let weaker = || {
        let builder = site.builder().endpoint(&endpoint);
        let builder = builder.dangerous_accept_missing_audience();
        builder.build(fetch()).expect("valid settings")
    };
    site.answer(Reply::json(&site.with("aud", json!("remove"))));
    assert_eq!(site.ask(&site.verifier(), "opaque"), Err(REFUSED));
    assert!(site.ask(&weaker(), "opaque").is_ok());
    for audience in [json!("https://other.example"), Value::Null, json!([])] {
        site.answer(Reply::json(&site.with("aud", audience)));
        assert_eq!(site.ask(&weaker(), "opaque"), Err(REFUSED));
    }

    let other = site.builder().endpoint(&endpoint).audience("journal");
    let other = other.build(fetch()).expect("valid settings");
    site.answer(Reply::json(&site.with("aud", json!("journal"))));
    assert!(site.ask(&other, "one").is_ok());
    site.answer(Reply::json(&site.good()));
    assert_eq!(site.ask(&other, "another"), Err(REFUSED));
}

#[test]
fn answers_are_remembered_for_as_long_as_said() {
    let site = Site::start();
    let builder = || site.builder().endpoint(site.server.url("/introspect"));
    let asked_for_two = |verifier: &IntrospectionVerifier<ReqwestFetch>, pause: u64| {
        let before = site.server.asked();
        let first = site.ask(verifier, "opaque");
        std::thread::sleep(Duration::from_millis(pause));
        assert_eq!(site.ask(verifier, "opaque"), first);
        site.server.asked() - before
    };
    let zero = Duration::ZERO;

    site.answer(Reply::json(&site.good()));
    assert_eq!(asked_for_two(&site.verifier(), 0), 1);
    let never = builder().longest(zero).build(fetch()).expect("valid");
    assert_eq!(asked_for_two(&never, 0), 2);
    let short = builder().longest(Duration::from_millis(50));
    assert_eq!(asked_for_two(&short.build(fetch()).expect("valid"), 60), 2);

    // Within the leeway, but over: such an answer is good once.
    site.answer(Reply::json(&site.with("exp", json!(now_plus(-5)))));
    assert_eq!(asked_for_two(&site.verifier(), 0), 2);

    site.answer(Reply::json(&json!({ "active": false })));
    assert_eq!(asked_for_two(&site.verifier(), 0), 1);
    let never = builder().refused_for(zero).build(fetch()).expect("valid");
    assert_eq!(asked_for_two(&never, 0), 2);

    site.answer(Reply::Answer(500, String::new()));
    assert_eq!(asked_for_two(&site.verifier(), 0), 1);
    assert_eq!(asked_for_two(&site.verifier(), 1100), 2);
}

#[test]
fn refusals_of_strangers_do_not_pile_up() {
    let site = Site::start();
    site.answer(Reply::json(&json!({ "active": false })));
    let verifier = site
        .builder()
        .endpoint(site.server.url("/introspect"))
        .bytes(64 << 10)
        .build(fetch())
        .expect("valid settings");
    let tokens: Vec<_> = (0..300)
        .map(|number| format!("stranger-{number}"))
        .collect();
    let ask_all = || {
        let before = site.server.asked();
        let asked = tokens.iter().map(|token| ask(&verifier, token));
        let answers = site.runtime.block_on(join_all(asked));
        assert!(answers.iter().all(Result::is_err));
        site.server.asked() - before
    };
    ask_all();
    let anew = ask_all();
    assert!(anew >= 300 - 64, "only {anew} of 300 were forgotten");
}

#[test]
fn requests_with_one_token_ask_once() {
    let site = Site::start();
    let good = Reply::json(&site.good());
    let slow = Reply::After(Duration::from_millis(100), Box::new(good));
    // Even where nothing is remembered afterwards.
    for longest in [Duration::from_secs(60), Duration::ZERO] {
        site.answer(slow.clone());
        let builder = site.builder().longest(longest);
        let verifier = builder.endpoint(site.server.url("/introspect"));
        let verifier = verifier.build(fetch()).expect("valid settings");
        let before = site.server.asked();
        let requests = (0..50).map(|_| ask(&verifier, "opaque"));
        let answers = site.runtime.block_on(join_all(requests));
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(site.server.asked() - before, 1);
    }
}

#[test]
fn who_gives_up_hands_the_work_on() {
    let site = Site::start();
    let good = Reply::json(&site.good());
    let pause = Duration::from_millis(200);
    site.answer(Reply::After(pause, Box::new(good)));
    let verifier = Arc::new(site.verifier());
    let start = Instant::now();
    let answers: Vec<_> = site.runtime.block_on(async {
        let request = || {
            let verifier = Arc::clone(&verifier);
            tokio::spawn(async move { ask(&*verifier, "opaque").await.is_ok() })
        };
        let impatient: Vec<_> = (0..5).map(|_| request()).collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let patient: Vec<_> = (0..5).map(|_| request()).collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        impatient.iter().for_each(tokio::task::JoinHandle::abort);
        join_all(patient).await
    });
    assert!(answers.into_iter().all(|answer| answer.expect("no panic")));
    assert_eq!(
        site.server.asked(),
        1,
        "the work goes on, it does not begin anew"
    );
    assert!(start.elapsed() < 4 * pause);
}

#[test]
fn work_that_everybody_has_left_is_begun_anew() {
    let site = Site::start();
    site.answer(Reply::Never);
    let verifier = site.verifier();
    site.runtime.block_on(async {
        let given_up = ask(&verifier, "opaque");
        let waited = tokio::time::timeout(Duration::from_millis(50), given_up);
        assert!(waited.await.is_err());
    });
    site.answer(Reply::json(&site.good()));
    assert!(site.ask(&verifier, "opaque").is_ok());
}

#[test]
fn the_endpoint_is_discovered() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let server = ResourceServer::builder(RESOURCE).authorization_server("https://auth.example.com");
    let several = server.authorization_server("https://other.example.com");
    let several = several.build().expect("valid settings");
    let client = ClientAuthentication::secret_basic("resource", "secret");
    let verifier = IntrospectionVerifier::discover(&several, client, fetch());
    assert!(site.runtime.block_on(verifier).is_err(), "which of them?");

    let verifier = site.runtime.block_on(site.builder().discover(fetch()));
    let verifier = verifier.expect("the endpoint is found");
    assert_eq!(site.server.asked(), 1);
    assert!(site.ask(&verifier, "opaque").is_ok());

    for (issuer, endpoint) in [
        ("https://evil.example", site.server.url("/introspect")),
        (&*site.issuer(), "http://evil.example/introspect".to_owned()),
        (&*site.issuer(), String::new()),
    ] {
        site.publish(issuer, &endpoint);
        let verifier = site.runtime.block_on(site.builder().discover(fetch()));
        assert!(verifier.is_err(), "{issuer} {endpoint}");
        let lazy = site.builder().discover_lazily(fetch()).expect("valid");
        assert!(is_unavailable(&site.ask(&lazy, "opaque")));
    }
}

#[test]
fn many_requests_discover_once() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let verifier = site.builder().discover_lazily(fetch()).expect("valid");
    let tokens: Vec<_> = (0..20).map(|number| format!("token-{number}")).collect();
    let requests = tokens.iter().map(|token| ask(&verifier, token));
    let answers = site.runtime.block_on(join_all(requests));
    assert!(answers.iter().all(Result::is_ok));
    let received = site.server.received();
    let discoveries = received
        .iter()
        .filter(|request| request.line.starts_with("GET"));
    assert_eq!(discoveries.count(), 1);
}

#[test]
fn known_answers_need_no_waiting() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let verifier = site.verifier();
    let token = AccessToken::from_authorization(["Bearer opaque"])
        .expect("well-formed")
        .expect("a token");
    assert!(verify_at_once(&verifier, token).is_none());
    assert!(site.ask(&verifier, "opaque").is_ok());
    assert!(verify_at_once(&verifier, token).is_some_and(|answer| answer.is_ok()));
}
