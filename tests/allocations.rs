//! What the hot path allocates: nothing to decide, at most once to read a token's scopes; and what
//! remembering keeps.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::mcp::GateLayer;
use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::testing::StaticVerifier;
use scopes_core::token::{AcceptToken, VerifyTokenError, verify};
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    Caller, Claims, Expression, GrantedScopes, OperationKind, PresentedToken, ProtectedOperation,
    Registry, Requirement, ResourceServer, ScopeCatalog, ScopeDeclaration, TokenVerifier,
    VerifiedToken, authorize, requires_scopes, testing,
};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, claims};
use scopes_tests::vocabulary::Scope;
use serde_json::json;
use tower::{Layer, Service};

fn nested() -> Requirement {
    Requirement::all([
        Expression::from(Scope::EntriesWrite),
        Expression::any([
            Expression::from(Scope::TagsRead),
            Expression::all([Scope::UserRead, Scope::AnalyticsView]),
        ]),
    ])
}

fn caller() -> Caller {
    testing::caller(
        "ada",
        "openid user:read entries:write tags:write analytics:view x y z",
    )
    .expect("valid scopes")
}

#[test]
fn an_allowed_decision_allocates_nothing() {
    let (requirement, caller) = (nested(), caller());
    authorize(&requirement, &caller).expect("allowed");
    let allocated = measure(|| authorize(&requirement, &caller).expect("allowed"));
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn an_allowed_guard_allocates_nothing() {
    #[requires_scopes(all("entries:write", any("tags:read", "audit")), catalog = Scope)]
    fn guarded() -> Result<u8, String> {
        Ok(1)
    }

    caller().enter(|| {
        guarded().expect("allowed");
        let allocated = measure(|| {
            guarded().expect("allowed");
        });
        assert_eq!(allocated.count_total, 0);
    });
}

mod catalogs {
    #![allow(dead_code, unreachable_pub, reason = "the benchmarks use more of it")]
    include!(concat!(env!("OUT_DIR"), "/catalogs.rs"));
}

#[test]
fn reading_a_token_allocates_its_text_and_once_more_where_many_scopes_are_declared() {
    // The first decision over the catalog is part of it.
    let read = |scopes: usize, requirement: &Requirement| {
        let declarations = catalogs::Thousand::CATALOG.declarations();
        let names = declarations.iter().take(scopes);
        let text = names.map(ScopeDeclaration::name).collect::<Vec<_>>();
        let text = text.join(" ");
        assert!(!requirement.is_satisfied_by(&GrantedScopes::default()));
        let allocated = measure(|| {
            let granted = GrantedScopes::parse(text.as_str()).expect("valid");
            assert!(requirement.is_satisfied_by(&granted));
        });
        allocated.count_total
    };
    for scopes in [8, 64] {
        let few = Requirement::one(catalogs::SixtyFour::ALL[0]);
        assert_eq!(read(scopes, &few), 1, "the text");
        let many = Requirement::one(catalogs::Thousand::ALL[0]);
        assert_eq!(read(scopes, &many), 2, "the text, and the bits");
    }
}

/// Says much of every token.
struct Talkative {
    letters: usize,
    members: usize,
}

impl TokenVerifier for Talkative {
    async fn verify(
        &self,
        _: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let mut claims = Claims::default();
        for number in 0..self.members {
            let text = "x".repeat(self.letters);
            let value = json!({ "text": text, "list": [text, number, null] });
            claims.further.insert(number.to_string(), value);
        }
        std::future::ready(Ok(accept.token_with(claims))).await
    }
}

#[test]
fn what_is_remembered_takes_the_memory_that_it_may() {
    const BYTES: i64 = 4 << 20;
    for (letters, members) in [(0, 0), (4_000, 2), (40, 40), (0, 200)] {
        let verifier = Talkative { letters, members };
        let cached = CachedVerifier::new(verifier).max_bytes(BYTES.unsigned_abs());
        let held = measure(|| {
            for number in 0..6_000 {
                let header = format!("Bearer token-{number}");
                let token = PresentedToken::from_authorization([&header]);
                let token = token.expect("well-formed").expect("a token");
                block_on(verify(&cached, token)).expect("good");
            }
        });
        let held = held.bytes_current;
        assert!(!cached.is_empty());
        // The table itself, and what is noted of tokens that had to go, come on top.
        let most = BYTES + BYTES / 20;
        assert!(held <= most, "{members} times {letters}: {held} bytes");
    }
}

/// Signs a token of the usual make for each number.
fn signed(count: usize) -> (JwtVerifier, Vec<String>) {
    let key = SigningKey::p256("1");
    let keys: JwkSet = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("keys");
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    let tokens = (0..count).map(|number| {
        let mut claims = claims();
        claims["jti"] = number.to_string().into();
        format!("Bearer {}", key.sign(&key.header(), &claims))
    });
    (verifier.build().expect("valid settings"), tokens.collect())
}

#[test]
fn signed_tokens_take_the_memory_that_is_stated() {
    const BYTES: i64 = 2 << 20;
    let (verifier, tokens) = signed(2_000);
    let cached = CachedVerifier::new(verifier).max_bytes(BYTES.unsigned_abs());
    let held = measure(|| {
        for header in &tokens {
            let token = PresentedToken::from_authorization([header]);
            let token = token.expect("well-formed").expect("a token");
            let token = block_on(verify(&cached, token)).expect("good");
            assert!(token.scopes().includes(Scope::EntriesRead));
        }
    });
    let held = held.bytes_current;
    assert!(cached.len() < tokens.len(), "the cache is not full");
    let stated = BYTES - BYTES / 10..=BYTES + BYTES / 20;
    assert!(stated.contains(&held), "{held} bytes");
}

#[test]
fn a_remembered_token_passes_the_layer_with_few_allocations() {
    let server = ResourceServer::builder("https://api.example.com/journal")
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    let verifier = StaticVerifier::new()
        .token("reader", "ada", "entries:read")
        .expect("valid scopes");
    let inner = tower::service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
    });
    let mut service = ProtectLayer::new(server, CachedVerifier::new(verifier)).layer(inner);
    let mut answer = || {
        let request = Request::get("/journal")
            .header("host", "api.example.com")
            .header("authorization", "Bearer reader");
        let request = request.body(()).expect("a request");
        measure(|| {
            let mut future = pin!(service.call(request));
            let mut context = Context::from_waker(Waker::noop());
            let answer = future.as_mut().poll(&mut context);
            assert!(matches!(answer, Poll::Ready(Ok(answer)) if answer.status() == 200));
        })
    };
    answer();
    let allocated = answer();
    assert!(allocated.count_total <= 4, "{allocated:?}");
}

/// Sends a call of `method` through layer and gate to a server that answers it by `reply`, and reads
/// the whole answer.
fn send<F>(protect: &ProtectLayer<StaticVerifier>, gate: &GateLayer, token: &str, reply: F)
where
    F: Fn() -> Response<Full<Bytes>> + Clone,
{
    let server = tower::service_fn(move |_: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(reply()))
    });
    let mut service = protect.layer(gate.clone().layer(server));
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"export"}}"#;
    let request = Request::post("/mcp")
        .header("authorization", format!("Bearer {token}"))
        .body(Full::new(Bytes::from_static(call.as_bytes())));
    block_on(async {
        let answer = service.call(request.expect("a request")).await;
        let answer = answer.expect("infallible");
        assert_eq!(answer.status(), 200);
        answer.into_body().collect().await.expect("it ends");
    });
}

fn protect(users: usize) -> ProtectLayer<StaticVerifier> {
    let server = ResourceServer::builder("https://api.example.com/journal")
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    let mut verifier = StaticVerifier::new();
    for number in 0..users {
        let name = format!("user-{number}");
        verifier = verifier.token(&name, &name, "").expect("valid scopes");
    }
    ProtectLayer::new(server, verifier)
}

#[test]
fn a_refusal_at_the_gate_is_written_once() {
    let requirement = Requirement::all([Scope::EntriesWrite, Scope::TagsWrite]);
    let tool = ProtectedOperation::at_run_time(OperationKind::Tool, "export", requirement);
    let registry: Registry = [tool].into_iter().collect();
    let server = tower::service_fn(|_: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    });
    let mut service = protect(1).layer(GateLayer::new(&registry).layer(server));
    let mut answer = || {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"export"}}"#;
        let request = Request::post("/mcp").header("authorization", "Bearer user-0");
        let request = request.body(Full::new(Bytes::from_static(call.as_bytes())));
        let request = request.expect("a request");
        measure(|| {
            let mut future = pin!(service.call(request));
            let mut context = Context::from_waker(Waker::noop());
            let answer = future.as_mut().poll(&mut context);
            assert!(matches!(answer, Poll::Ready(Ok(answer)) if answer.status() == 403));
        })
    };
    answer();
    let allocated = answer().count_total;
    assert!(allocated <= 28, "{allocated}");
}

/// The tool `export`, which takes any token.
fn export() -> Registry {
    let requirement = Requirement::authenticated();
    let tool = ProtectedOperation::at_run_time(OperationKind::Tool, "export", requirement);
    [tool].into_iter().collect()
}

#[test]
fn opened_sessions_take_no_memory() {
    let (protect, gate) = (protect(10), GateLayer::new(&export()));
    let open = |number: usize| {
        let token = format!("user-{}", number % 10);
        send(&protect, &gate, &token, || {
            let mut answer = Response::new(Full::default());
            let id = format!("session-{number}").parse().expect("a header value");
            answer.headers_mut().insert("mcp-session-id", id);
            answer
        });
    };
    (0..100).for_each(open);
    let held = measure(|| (100..5_000).for_each(open));
    assert_eq!(held.bytes_current, 0);
}

#[test]
fn started_tasks_take_the_memory_that_they_may() {
    const MOST: i64 = 20 << 20;
    // Many tasks of some, and one of each of many.
    for users in [17, 17_000] {
        let (protect, gate) = (protect(users), GateLayer::new(&export()));
        let held = measure(|| {
            for number in 0..17_000 {
                let token = format!("user-{}", number % users);
                send(&protect, &gate, &token, || {
                    let id = format!("{number:0>512}");
                    let task = json!({ "result": { "task": { "taskId": id } } });
                    Response::new(Full::new(task.to_string().into()))
                });
            }
        });
        let held = held.bytes_current;
        assert!((8 << 20..MOST).contains(&held), "{users}: {held} bytes");
    }
}

/// The documentation of `max_revocations` names this bound.
#[test]
fn revocations_take_less_than_25_mebibytes() {
    let revocations = Revocations::new();
    let kept = measure(|| {
        for number in 0..100_000 {
            let subject = Revocation::subject("https://auth.example.com", &number.to_string());
            block_on(revocations.revoke(subject)).expect("kept");
        }
    });
    let bound = 25 * 1024 * 1024;
    assert!(kept.bytes_current < bound, "{} bytes", kept.bytes_current);
    println!("{} bytes", kept.bytes_current);
}
