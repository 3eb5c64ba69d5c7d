//! Every reason for which a token is rejected: in the log with what to do, to clients one answer.

use std::sync::Arc;

use futures::executor::block_on;
use http::{Request, Response, header};
use http_body_util::BodyExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use scopes_core::jwt::{Issuer, JwtVerifier, Profile};
use scopes_core::testing::StaticVerifier;
use scopes_core::token::{AcceptToken, Rejection, VerifiedToken, VerifyTokenError, verify};
use scopes_core::tower::ProtectLayer;
use scopes_core::{PresentedToken, Registry, ResourceServer, TokenVerifier};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, base64url, claims, now_plus};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::story::{listen, log};

/// The answer to a rejected token: status, challenge and body.
type Answer = (u16, String, Value);

/// Asks with this token through a layer with default settings. Returns the answer, and what was
/// logged meanwhile.
fn ask(verifier: impl TokenVerifier, token: &str) -> (Answer, String) {
    ask_behind(verifier, token, |protect| protect)
}

/// The same, with other settings of the layer.
fn ask_behind<V: TokenVerifier>(
    verifier: V,
    token: &str,
    set: impl FnOnce(ProtectLayer<V>) -> ProtectLayer<V>,
) -> (Answer, String) {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    let protect = set(ProtectLayer::new(server, verifier));
    // So that nothing is said about it.
    let _metadata = protect.metadata();
    let service = protect.layer(service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(
            String::new(),
        )))
    }));
    let request = Request::post("/mcp").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let logged_before = log().len();
    let answer = block_on(service.oneshot(request.body(()).expect("a request")));
    let answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
    let challenge = challenge
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let challenge = challenge.to_owned();
    let body = block_on(answer.into_body().collect()).expect("a body");
    let body = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    ((status, challenge, body), log().split_off(logged_before))
}

/// What a client is told, whatever the reason.
fn told(what: &str) -> Answer {
    let description = format!("The access token {what}.");
    let metadata = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";
    let challenge = format!(
        r#"Bearer error="invalid_token", resource_metadata="{metadata}", error_description="{description}""#
    );
    let body = json!({ "error": "invalid_token", "error_description": description });
    (401, challenge, body)
}

/// Checks that a client is told no more than that the token is invalid, and the operator this reason
/// and these parts of the sentence.
pub(crate) fn check(verifier: impl TokenVerifier, token: &str, reason: &str, parts: &[&str]) {
    check_behind(verifier, |protect| protect, token, reason, parts);
}

/// The same, with other settings of the layer.
pub(crate) fn check_behind<V: TokenVerifier>(
    verifier: V,
    set: impl FnOnce(ProtectLayer<V>) -> ProtectLayer<V>,
    token: &str,
    reason: &str,
    parts: &[&str],
) {
    let (answer, log) = ask_behind(verifier, token, set);
    let what = if reason == "expired" {
        "has expired"
    } else {
        "is not valid"
    };
    assert_eq!(answer, told(what), "{reason}");
    let line = log
        .lines()
        .find(|line| line.contains("the token is rejected: "));
    let line = line.unwrap_or_else(|| panic!("{reason} is logged: {log}"));
    let mut fields = line.split_whitespace();
    let is_first = fields.any(|field| field == "auth.reason_count=1");
    assert!(
        line.contains(if is_first { " WARN " } else { " INFO " }),
        "{line}"
    );
    assert!(
        line.contains(&format!("auth.reason=\"{reason}\"")),
        "{line}"
    );
    for part in parts {
        assert!(line.contains(part), "{reason}: {part} is not in {line}");
    }
    let refused = log
        .lines()
        .find(|line| line.contains("the request is refused"));
    let refused = refused.expect("it is logged");
    assert!(
        refused.contains(&format!("auth.reason=\"{reason}\"")),
        "{refused}"
    );
    for secret in ["ada", "client-1", "entries:read", "secret-value"] {
        assert!(!log.contains(secret), "{reason}: {secret} is in {log}");
    }
}

pub(crate) fn jwt(key: &SigningKey, profile: Profile) -> JwtVerifier {
    let keys = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("a key set");
    let issuer = Issuer::new(ISSUER).jwks(keys).profile(profile);
    let verifier = JwtVerifier::builder(RESOURCE).issuer(issuer).build();
    verifier.expect("valid settings")
}

pub(crate) fn with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

/// The server of the README, and an access token of a stock Keycloak.
#[test]
fn the_operator_of_a_stock_keycloak_is_told_to_add_an_audience_mapper() {
    listen();
    let key = SigningKey::rsa("1");
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "1" });
    let claims = json!({
        "exp": now_plus(300), "iat": now_plus(-1), "jti": "onrtac:1", "iss": ISSUER, "aud": "account",
        "sub": "ada", "typ": "Bearer", "azp": "client-1", "scope": "email entries:read",
    });
    check(
        jwt(&key, Profile::default()),
        &key.sign(&header, &claims),
        "wrong_audience",
        &[
            "`aud` is `account`; expected `https://mcp.example.com/mcp`. Add an audience mapper for the \
           resource at the authorization server, correct the URL in `ResourceServer::builder`, or accept another \
           audience with `Issuer::audience`.",
        ],
    );
}

#[test]
fn every_reason_for_which_a_jwt_is_rejected_is_logged_and_no_client_is_told() {
    listen();
    let key = SigningKey::p256("1");
    let other = SigningKey::p256("1");
    let check = |token: &str, reason: &str, parts: &[&str]| {
        check(jwt(&key, Profile::default()), token, reason, parts);
    };
    let long = "a".repeat(PresentedToken::MAX_BYTES + 1);
    check(&long, "too_long", &["16385 bytes", "at most 16384"]);
    check("opaque", "not_jwt", &["`IntrospectionVerifier`"]);
    check("a.b.c", "malformed", &["header", "base64url"]);
    let array = format!("{}.e30.c2ln", base64url("[]"));
    check(
        &array,
        "malformed",
        &["The header of the token is not a JSON object"],
    );
    let twice = key.sign_text(&key.header().to_string(), r#"{"iss":"a","iss":"b"}"#);
    check(
        &twice,
        "malformed",
        &["The payload of the token has a member twice"],
    );

    for parameter in ["crit", "b64", "enc", "zip"] {
        let mut header = key.header();
        header[parameter] = json!("secret-value");
        let token = key.sign(&header, &claims());
        check(
            &token,
            "unsupported_parameter",
            &[&format!("`{parameter}`")],
        );
    }
    for algorithm in ["none", "HS256", "ES512"] {
        let mut header = key.header();
        header["alg"] = algorithm.into();
        let token = key.sign(&header, &claims());
        let actual = format!("`alg` is `{algorithm}`");
        let parts = [&actual, "`ES256`", "`Profile::algorithms`"];
        check(&token, "unsupported_algorithm", &parts);
    }
    let mut header = key.header();
    header["typ"] = "logout+jwt".into();
    let parts = ["`typ` is `logout+jwt`", "`at+jwt`", "`Issuer::profile`"];
    check(&key.sign(&header, &claims()), "wrong_type", &parts);

    let mut unknown = key.header();
    unknown["kid"] = "secret-value".into();
    let parts = [ISSUER, "`ES256`", "`Issuer::jwks_url`"];
    check(&key.sign(&unknown, &claims()), "unknown_key", &parts);
    check(&other.token(), "bad_signature", &parts);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_reason_in_the_claims_of_a_jwt_is_logged() {
    listen();
    let key = SigningKey::p256("1");
    let untyped = json!({ "alg": "ES256", "kid": "1", "typ": "JWT" });
    let is_typed = |reason: &str| !matches!(reason, "no_evidence" | "audience_is_client");
    for (changes, reason, parts) in [
        (
            json!({ "iss": "https://other.example" }),
            "wrong_issuer",
            [
                "`iss` is `https://other.example`; expected `https://auth.example.com`",
                "`JwtVerifierBuilder::issuer`",
            ],
        ),
        (
            json!({ "iss": null }),
            "missing_claim",
            ["no `iss`", "Configure"],
        ),
        (
            json!({ "iss": "\n\u{1b}[31m" }),
            "wrong_issuer",
            [r"`\n\u{1b}[31m`", "expected"],
        ),
        (
            json!({ "aud": ["a", "https://b.example"] }),
            "wrong_audience",
            ["`aud` is `a`, `https://b.example`", "`Issuer::audience`"],
        ),
        (
            json!({ "aud": null }),
            "missing_claim",
            ["no `aud`", "audience mapper"],
        ),
        (
            json!({ "aud": 1 }),
            "invalid_claim",
            [
                "`aud` has an invalid form",
                "a string or an array of strings",
            ],
        ),
        (
            json!({ "exp": null }),
            "missing_claim",
            ["no `exp`", "Configure"],
        ),
        (
            json!({ "exp": "secret-value" }),
            "invalid_claim",
            ["`exp`", "a number of seconds"],
        ),
        (
            json!({ "exp": now_plus(-60) }),
            "expired",
            ["(`exp`)", "`JwtVerifierBuilder::leeway`"],
        ),
        (
            json!({ "nbf": now_plus(60) }),
            "not_yet_valid",
            ["(`nbf`)", "`JwtVerifierBuilder::leeway`"],
        ),
        (
            json!({ "jti": null }),
            "missing_claim",
            ["no `jti`", "`Issuer::profile`"],
        ),
        (
            json!({ "scope": { "secret-value": 1 } }),
            "invalid_claim",
            ["`scope`", "separated by spaces"],
        ),
        (
            json!({ "token_use": "id" }),
            "not_access_token",
            ["`token_use` is `id`", "must send its access token"],
        ),
        (
            json!({ "at_hash": "secret-value" }),
            "not_access_token",
            ["The token has `at_hash`", "ID token"],
        ),
        (
            json!({ "cnf": { "jkt": "secret-value" } }),
            "bound_to_key",
            ["(`cnf`)", "`TokenVerifier::presentation`"],
        ),
        (
            json!({ "scope": null, "client_id": null }),
            "no_evidence",
            ["one of `scope`, `scp`, `client_id`, `cid`", "`at+jwt`"],
        ),
        (
            json!({ "azp": RESOURCE }),
            "audience_is_client",
            ["is the client", "`Profile::at_jwt`"],
        ),
    ] {
        let header = if is_typed(reason) {
            key.header()
        } else {
            untyped.clone()
        };
        let token = key.sign(&header, &with(&changes));
        check(jwt(&key, Profile::default()), &token, reason, &parts);
    }
    let token = key.sign(&key.header(), &with(&json!({ "ver": "secret-value" })));
    let required = Profile::at_jwt().required_value("ver", "2.0");
    let parts = ["`ver` is not `2.0`", "`Profile::required_value`"];
    check(jwt(&key, required), &token, "wrong_value", &parts);
}

#[test]
fn long_audiences_are_shortened_where_they_are_kept_and_logged() {
    listen();
    let key = SigningKey::p256("1");
    let audiences: Vec<_> = (0..20).map(|_| "\u{e9}".repeat(250)).collect();
    let token = key.sign(&key.header(), &with(&json!({ "aud": audiences })));
    let verifier = Arc::new(jwt(&key, Profile::default()));
    let shown = format!("`{}..`", "\u{e9}".repeat(200));
    let all = format!("`aud` is {} and more; expected", vec![shown; 8].join(", "));
    check(Arc::clone(&verifier), &token, "wrong_audience", &[&all]);

    let header = format!("Bearer {token}");
    let presented = PresentedToken::from_authorization([&header]);
    let presented = presented.expect("well-formed").expect("a token");
    let answer = block_on(verify(&verifier, presented));
    let Err(VerifyTokenError::Invalid(rejection)) = answer else {
        panic!("rejected, not {answer:?}")
    };
    let Rejection::WrongAudience { actual, .. } = *rejection else {
        panic!("for its audience, not because {rejection}")
    };
    assert!(actual.len() <= 9, "{} names are kept", actual.len());
    assert!(actual.iter().all(|name| name.chars().count() <= 201));
}

/// Rejects every token for a reason that no other test has.
struct Closed;

impl TokenVerifier for Closed {
    async fn verify(
        &self,
        _: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let problem = "The journal is closed. Open it.".into();
        let label = "journal_closed";
        Err(Rejection::Other { label, problem }.into())
    }
}

#[test]
fn the_first_rejection_for_a_reason_is_a_warning_and_the_others_are_counted() {
    listen();
    for (level, count) in [(" WARN ", 1), (" INFO ", 2), (" INFO ", 3)] {
        let (_, log) = ask(Closed, "opaque");
        let mut lines = log.lines();
        let line =
            lines.find(|line| line.contains("the token is rejected: The journal is closed."));
        let line = line.unwrap_or_else(|| panic!("it is logged: {log}"));
        assert!(line.contains(level), "{line}");
        let counted = format!("auth.reason_count={count}");
        assert!(
            line.split_whitespace().any(|field| field == counted),
            "{line}"
        );
    }
}

#[test]
fn reasons_are_counted_and_remembered() {
    listen();
    let list = StaticVerifier::new();
    check(
        list.clone(),
        "opaque",
        "unknown",
        &["`StaticVerifier::token`"],
    );
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || {
        ask(list.clone(), "opaque");
        ask(list, "opaque");
    });
    let counted = recorder.snapshotter().snapshot().into_vec();
    let rejections = counted.iter().find(|(key, ..)| {
        let mut labels = key.key().labels();
        key.key().name() == "scopes_rejections_total"
            && labels.any(|label| (label.key(), label.value()) == ("reason", "unknown"))
    });
    assert!(matches!(rejections, Some((.., DebugValue::Counter(2)))));
}
