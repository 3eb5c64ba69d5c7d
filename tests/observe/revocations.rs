//! Revocations: why a token is rejected, and the audit of each use.

use std::time::Duration;

use futures::FutureExt as _;
use futures::executor::block_on;
use http::Request;
use http_body_util::Full;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use scopes_core::SecretKeys;
use scopes_core::jwt::Profile;
use scopes_core::revocation::{Revocation, RevocationSecret, Revocations};
use scopes_core::store::{LogEntries, LogPosition, SharedStore, Store, StoreError};
use scopes_core::tower::RevocationEndpoint;
use scopes_tests::issuer::{ISSUER, SigningKey, now_plus};
use serde_json::json;
use tower::ServiceExt;

use crate::reasons::{check_behind, jwt, with};
use crate::story::{listen, log};

#[test]
fn a_revoked_token_says_so_to_the_operator_alone() {
    listen();
    let key = SigningKey::ed25519("1");
    let sign = |changes| key.sign(&key.header(), &with(&changes));
    let token = sign(json!({}));
    let revocations = Revocations::new();
    block_on(revocations.revoke(Revocation::token(&token))).expect("revoked");
    let old = sign(json!({ "iat": now_plus(-90_000) }));
    let future = sign(json!({ "iat": now_plus(60) }));
    let cases = [
        (
            &future,
            "issued_in_future",
            &["more than 10 seconds in the future", "clock_leeway"][..],
        ),
        (&token, "revoked", &["was revoked at this server"]),
        (
            &old,
            "outlives_revocations",
            &["more than 86400 seconds ago", "max_token_lifetime"],
        ),
    ];
    for (token, reason, parts) in cases {
        let verifier = jwt(&key, Profile::access_token());
        let set = |protect: scopes_core::tower::ProtectLayer<_>| protect.revocations(&revocations);
        check_behind(verifier, set, token, reason, parts);
    }
}

#[test]
fn each_use_of_the_endpoint_is_logged_and_counted() {
    listen();
    let secret = "4e2fd9a0b1c8877612cd0e53aa9f06b7";
    let endpoint = RevocationSecret::from_text(secret).expect("a secret");
    let endpoint = RevocationEndpoint::new(&Revocations::new(), endpoint);
    let token = "mF_9.B5f-4.1JqM";
    let person = "ada-lovelace-1815";
    let of_person = json!({ "revoke": "subject", "iss": ISSUER, "sub": person });
    let by_client = json!({ "revoke": "client", "iss": ISSUER, "client_id": "c" });
    let wrong = format!("{secret}0");
    let uses = [
        (
            secret,
            json!({ "revoke": "token", "token": token }),
            "revoked",
        ),
        (secret, of_person, "revoked"),
        (secret, by_client, "not_enabled"),
        (secret, json!({}), "invalid_request"),
        (
            &wrong,
            json!({ "revoke": "token", "token": token }),
            "wrong_credential",
        ),
        (
            &wrong,
            json!({ "revoke": "token", "token": token }),
            "wrong_credential",
        ),
    ];
    let recorder = DebuggingRecorder::new();
    let before = log().len();
    metrics::with_local_recorder(&recorder, || {
        for (secret, body, _) in &uses {
            let request = Request::post("/revoke")
                .header("authorization", format!("Bearer {secret}"))
                .header("content-type", "application/json");
            let request = request.body(Full::from(body.to_string()));
            let answer = endpoint.clone().oneshot(request.expect("a request"));
            block_on(answer).expect("infallible");
        }
    });
    let log = log().split_off(before);
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("revocation.outcome"))
        .collect();
    assert_eq!(lines.len(), uses.len(), "{log}");
    for (line, (.., outcome)) in lines.iter().zip(&uses) {
        assert!(
            line.contains(&format!("revocation.outcome=\"{outcome}\"")),
            "{line}"
        );
    }
    assert!(lines[0].contains(" INFO ") && lines[0].contains("revocation.kind=\"token\""));
    assert!(
        lines[1].contains("revocation.kind=\"subject\""),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains(ISSUER), "{}", lines[1]);
    // Strangers cause one warning, with their number the next time.
    assert!(lines[4].contains(" WARN ") && lines[4].contains("revocation.count=1"));
    assert!(lines[5].contains(" DEBUG "), "{}", lines[5]);
    for told in [token, person, secret] {
        assert!(!log.contains(told), "{log}");
    }
    let counts = recorder.snapshotter().snapshot().into_vec();
    let mut counts: Vec<_> = counts
        .into_iter()
        .filter(|(key, ..)| key.key().name() == "scopes_revocations_total")
        .map(|(key, .., value)| {
            let label = key.key().labels().next().expect("a label");
            let DebugValue::Counter(count) = value else {
                panic!("a counter")
            };
            (label.value().to_owned(), count)
        })
        .collect();
    counts.sort();
    let expected = [
        ("invalid_request", 1),
        ("not_enabled", 1),
        ("revoked", 2),
        ("wrong_credential", 2),
    ];
    let expected = expected.map(|(outcome, count)| (outcome.to_owned(), count));
    assert_eq!(counts, expected);
}

/// A store that never answers.
struct Silent;

impl Store for Silent {
    async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        std::future::pending().await
    }

    async fn put(&self, _: &str, _: &[u8], _: Duration) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn insert(&self, _: &str, _: &[u8], _: Duration) -> Result<bool, StoreError> {
        std::future::pending().await
    }

    async fn remove(&self, _: &str) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn append(&self, _: &str, _: &[u8], _: Duration) -> Result<(), StoreError> {
        std::future::pending().await
    }

    async fn read(
        &self,
        _: &str,
        _: Option<&LogPosition>,
        _: Duration,
    ) -> Result<LogEntries, StoreError> {
        std::future::pending().await
    }
}

/// It is in force, so it has to be in the log.
#[test]
fn a_revocation_whose_client_hangs_up_is_logged() {
    listen();
    let keys = SecretKeys::random().expect("random bytes");
    let store = SharedStore::new(Silent, &keys);
    let revocations = Revocations::builder().store(&store).build();
    let before = log().len();
    let revocation = Revocation::subject(ISSUER, "ada-lovelace-1815");
    assert!(revocations.revoke(revocation).now_or_never().is_none());
    let log = log().split_off(before);
    assert!(log.contains("revocation.outcome=\"interrupted\""), "{log}");
    assert!(log.contains("revocation.kind=\"subject\""), "{log}");
}
