//! The endpoint: who may revoke what, and what it answers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use scopes_core::revocation::{RevocationSecret, RevocationSecretError, Revocations};
use scopes_core::tower::RevocationEndpoint;
use scopes_tests::issuer::{ISSUER, now_plus};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::site::{Answer, Issuers, protect, status};

const SECRET: &str = "4e2fd9a0b1c8877612cd0e53aa9f06b7";
const NEXT_SECRET: &str = "rA9x_T-0pQ7vLk2mZc81Yw";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn secret(text: &str) -> RevocationSecret {
    RevocationSecret::from_text(text).expect("a secret")
}

fn endpoint(revocations: &Revocations) -> RevocationEndpoint {
    RevocationEndpoint::new(revocations, secret(SECRET))
}

/// Sends a request with these headers through a router, as it is mounted.
async fn send(
    endpoint: &RevocationEndpoint,
    method: Method,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let app = Router::<()>::new().route_service("/revoke", endpoint.clone());
    let mut request = Request::builder().method(method).uri("/revoke");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).expect("a request");
    Answer::of(app.oneshot(request).await.expect("infallible")).await
}

async fn post(endpoint: &RevocationEndpoint, media_type: &str, body: impl Into<Body>) -> Answer {
    let authorization = format!("Bearer {SECRET}");
    let headers = [
        ("authorization", &*authorization),
        ("content-type", media_type),
    ];
    send(endpoint, Method::POST, &headers, body).await
}

#[tokio::test]
async fn a_provider_revokes_a_token_as_rfc_7009_says() {
    let issuers = Issuers::new();
    for hint in [
        "",
        "&token_type_hint=access_token",
        "&token_type_hint=other&extra=1",
    ] {
        let revocations = Revocations::new();
        let protect = protect(issuers.verifier().await, &revocations);
        let token = issuers.token(json!({ "jti": hint }));
        assert_eq!(status(&protect, &token).await, 200);
        let media_type = "Application/X-WWW-Form-Urlencoded; charset=utf-8";
        let body = format!("token={token}{hint}");
        let answer = post(&endpoint(&revocations), media_type, body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(status(&protect, &token).await, 401);
    }
    // It does not tell whether there is such a token.
    let answer = post(&endpoint(&Revocations::new()), FORM, "token=unknown").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn an_operator_revokes_by_each_kind() {
    let issuers = Issuers::new();
    let token = issuers.token(json!({ "sub": "ada", "sid": "s1" }));
    let bodies = [
        json!({ "revoke": "token", "token": token }),
        json!({ "revoke": "session", "iss": ISSUER, "sid": "s1" }),
        json!({ "revoke": "subject", "iss": ISSUER, "sub": "ada" }),
        json!({ "revoke": "client", "iss": ISSUER, "client_id": "client-1" }),
        json!({ "revoke": "issued_before", "iss": ISSUER, "issued_before": now_plus(0) }),
    ];
    for body in bodies {
        let revocations = Revocations::new();
        let protect = protect(issuers.verifier().await, &revocations);
        assert_eq!(status(&protect, &token).await, 200);
        let endpoint = endpoint(&revocations);
        let endpoint = endpoint.accept_clients().accept_issued_before();
        let answer = post(&endpoint, JSON, body.to_string()).await;
        assert_eq!(answer.status, 200, "{body} {answer:?}");
        let until = answer.json()["revoked_until"].as_u64().expect("a time");
        let until = UNIX_EPOCH + Duration::from_secs(until);
        assert!(until > SystemTime::now() + Duration::from_secs(86_000));
        assert_eq!(status(&protect, &token).await, 401, "{body}");
    }
}

#[tokio::test]
async fn what_shuts_out_many_has_to_be_turned_on() {
    let issuers = Issuers::new();
    let token = issuers.token(json!({}));
    let revocations = Revocations::new();
    let protect = protect(issuers.verifier().await, &revocations);
    let by_client = json!({ "revoke": "client", "iss": ISSUER, "client_id": "client-1" });
    let by_time = json!({ "revoke": "issued_before", "iss": ISSUER, "issued_before": now_plus(0) });
    let cases = [
        (endpoint(&revocations), &by_client, "accept_clients"),
        (endpoint(&revocations), &by_time, "accept_issued_before"),
        (
            endpoint(&revocations).accept_issued_before(),
            &by_client,
            "accept_clients",
        ),
        (
            endpoint(&revocations).accept_clients(),
            &by_time,
            "accept_issued_before",
        ),
    ];
    for (endpoint, body, setting) in cases {
        let answer = post(&endpoint, JSON, body.to_string()).await;
        assert_eq!(answer.status, 403, "{answer:?}");
        assert_eq!(answer.json()["error"], "not_enabled");
        assert!(answer.body.contains(setting), "{answer:?}");
        assert_eq!(status(&protect, &token).await, 200);
    }
}

#[tokio::test]
async fn only_the_secret_is_a_credential() {
    let issuers = Issuers::new();
    let token = issuers.token(json!({}));
    let revocations = Revocations::new();
    let protect = protect(issuers.verifier().await, &revocations);
    let endpoint = endpoint(&revocations);
    let digest = "20a2a73926def830ce85e573aa688c9ce6d6b763e9f5293525a9d6d2f42f3331";
    let basic = "Basic NGUyZmQ5YTBiMWM4ODc3NjEyY2QwZTUzYWE5ZjA2Yjc6";
    let wrong = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer wrong".to_owned(),
        // An access token is none, however valid, nor is what is stored of the secret.
        format!("Bearer {token}"),
        format!("Bearer {digest}"),
        format!("Bearer {}", &SECRET[1..]),
        format!("Bearer {SECRET}0"),
        format!("Bearer {}", SECRET.to_uppercase()),
        basic.to_owned(),
        SECRET.to_owned(),
    ];
    for authorization in wrong {
        let headers = [("authorization", &*authorization), ("content-type", FORM)];
        let headers = if authorization.is_empty() {
            &headers[1..]
        } else {
            &headers
        };
        let body = format!("token={token}");
        let answer = send(&endpoint, Method::POST, headers, body).await;
        assert_eq!(answer.status, 401, "{authorization} {answer:?}");
        assert_eq!(answer.json()["error"], "invalid_client");
        assert_eq!(answer.challenge, "Bearer");
        assert_eq!(status(&protect, &token).await, 200, "{authorization}");
    }
    // In no other place either, and not twice.
    let authorization = format!("Bearer {SECRET}");
    let twice = [
        ("authorization", &*authorization),
        ("authorization", &*authorization),
    ];
    let body = format!("token={token}&client_secret={SECRET}&access_token={SECRET}");
    for headers in [&[("content-type", FORM)][..], &twice] {
        let answer = send(&endpoint, Method::POST, headers, body.clone()).await;
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    assert_eq!(status(&protect, &token).await, 200);
}

/// The endpoint's secret opens nothing else.
#[tokio::test]
async fn the_secret_is_no_access_token() {
    let issuers = Issuers::new();
    let protect = protect(issuers.verifier().await, &Revocations::new());
    assert_eq!(status(&protect, SECRET).await, 401);
}

#[tokio::test]
async fn secrets_are_replaced_one_after_the_other() {
    let endpoint = endpoint(&Revocations::new()).secret(secret(NEXT_SECRET));
    for (secret, expected) in [(SECRET, 200), (NEXT_SECRET, 200), ("other", 401)] {
        let authorization = format!("Bearer {secret}");
        let headers = [("authorization", &*authorization), ("content-type", FORM)];
        let answer = send(&endpoint, Method::POST, &headers, "token=unknown").await;
        assert_eq!(answer.status, expected, "{secret}");
    }
}

#[test]
fn a_secret_has_128_bits() {
    for short in [
        "",
        "letmein",
        "4e2fd9a0b1c8877612cd0e53aa9f06b",
        "rA9x_T-0pQ7vLk2mZc81Y",
    ] {
        let made = RevocationSecret::from_text(short);
        assert_eq!(made.err(), Some(RevocationSecretError::TooShort), "{short}");
    }
    let made = RevocationSecret::from_text("a secret with spaces in it, long enough");
    assert_eq!(made.err(), Some(RevocationSecretError::Characters));
    let digest = "3608bca1e44ea6c4d268eb6db02260269892c0b42b86bbf1e77a6fa16c3c9282";
    for text in [
        digest.to_owned(),
        format!("sha256:{digest}"),
        digest.to_uppercase(),
    ] {
        let secret = RevocationSecret::from_sha256(&text).expect("a digest");
        assert!(secret.is("xyz") && !secret.is("xyy"), "{text}");
    }
    for wrong in ["", "sha256:", &digest[1..], &digest.replace('3', "g")] {
        let made = RevocationSecret::from_sha256(wrong);
        assert_eq!(
            made.err(),
            Some(RevocationSecretError::NotDigest),
            "{wrong}"
        );
    }
    assert!(!format!("{:?}", secret(SECRET)).contains("4e2f"));
}

#[tokio::test]
async fn what_cannot_be_read_revokes_nothing() {
    let issuers = Issuers::new();
    let token = issuers.token(json!({}));
    let revocations = Revocations::new();
    let protect = protect(issuers.verifier().await, &revocations);
    let endpoint = endpoint(&revocations)
        .accept_clients()
        .accept_issued_before();
    let form = [
        (String::new(), "invalid_request"),
        ("token=".to_owned(), "invalid_request"),
        (format!("Token={token}"), "invalid_request"),
        (format!("token={token}&token=other"), "invalid_request"),
        (
            format!("token={token}&token_type_hint=refresh_token"),
            "unsupported_token_type",
        ),
    ];
    for (body, error) in form {
        let answer = post(&endpoint, FORM, body.clone()).await;
        assert_eq!(answer.status, 400, "{body} {answer:?}");
        assert_eq!(answer.json()["error"], error, "{body}");
    }
    let subject = |iss: &str, sub: &str| json!({ "revoke": "subject", "iss": iss, "sub": sub });
    let by_time = |instant: Value| json!({ "revoke": "issued_before", "iss": ISSUER, "issued_before": instant });
    let json = [
        json!({}),
        json!([]),
        json!({ "token": token }),
        json!({ "revoke": "everything", "token": token }),
        json!({ "revoke": "token" }),
        json!({ "revoke": "token", "token": 1 }),
        json!({ "revoke": "subject", "sub": "ada" }),
        json!({ "revoke": "subject", "iss": ISSUER, "sub": "ada", "sid": "s1" }),
        subject("", "ada"),
        subject(ISSUER, ""),
        by_time(json!("2026-01-01T00:00:00Z")),
        by_time(json!(-1)),
        by_time(json!(1e300)),
        by_time(json!(null)),
        // In the future, however near.
        by_time(json!(now_plus(2))),
        by_time(json!(now_plus(1_000_000))),
    ];
    let texts = json.iter().map(Value::to_string);
    let twice = format!(r#"{{"revoke":"subject","iss":"{ISSUER}","sub":"bob","sub":"ada"}}"#);
    for body in texts.chain([twice, "{".to_owned(), "null".to_owned(), String::new()]) {
        let answer = post(&endpoint, JSON, body.clone()).await;
        assert_eq!(answer.status, 400, "{body} {answer:?}");
        assert_eq!(answer.json()["error"], "invalid_request", "{body}");
        assert!(answer.json()["error_description"].is_string());
    }
    let answer = post(&endpoint, JSON, vec![b' '; 65 * 1024]).await;
    assert_eq!(answer.status, 413, "{answer:?}");
    for media_type in ["", "text/plain", "application/jsonx"] {
        let answer = post(&endpoint, media_type, format!("token={token}")).await;
        assert_eq!(answer.status, 415, "{media_type} {answer:?}");
    }
    let authorization = format!("Bearer {SECRET}");
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let headers = [("authorization", &*authorization), ("content-type", FORM)];
        let body = format!("token={token}");
        let answer = send(&endpoint, method.clone(), &headers, body).await;
        assert_eq!(answer.status, 405, "{method} {answer:?}");
    }
    assert_eq!(status(&protect, &token).await, 200);
}
