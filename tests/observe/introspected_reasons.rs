//! The reasons for which a token is rejected after it was introspected.

use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site, claims, now_plus};
use serde_json::{Value, json};

use crate::reasons::{check, with};
use crate::story::listen;

#[test]
fn every_reason_of_an_introspected_token_is_logged() {
    listen();
    let endpoint = "https://auth.example.com/introspect";
    let verifier = |answer: &Value| {
        let site = Site::default();
        site.publish(endpoint, answer);
        let client = ClientAuthentication::secret_basic("resource", "secret-value");
        IntrospectionVerifier::builder(RESOURCE, client)
            .issuer(ISSUER)
            .endpoint(endpoint)
            .insecure_accept_made_up_tokens()
            .build(site)
            .expect("valid settings")
    };
    let active = |changes: &Value| {
        let mut answer = with(changes);
        answer["active"] = true.into();
        answer
    };
    let audience = "`IntrospectionVerifierBuilder::audience`";
    for (answer, reason, parts) in [
        (
            json!({ "active": false }),
            "inactive",
            ["not active", "`IntrospectionVerifier::builder`"],
        ),
        (
            active(&json!({ "aud": "account" })),
            "wrong_audience",
            ["`aud` is `account`", audience],
        ),
        (
            active(&json!({ "aud": null })),
            "missing_claim",
            ["no `aud`", "`insecure_accept_missing_audience`"],
        ),
        (
            active(&json!({ "iss": "https://other.example" })),
            "wrong_issuer",
            [
                "`https://other.example`",
                "`IntrospectionVerifierBuilder::issuer`",
            ],
        ),
        (
            active(&json!({ "exp": now_plus(-60) })),
            "expired",
            ["(`exp`)", "new one"],
        ),
        (
            active(&json!({ "token_type": "Refresh" })),
            "not_access_token",
            ["`token_type` is `Refresh`", "access token"],
        ),
    ] {
        check(verifier(&answer), "opaque", reason, &parts);
    }
    // Of a JWT that the server is not asked about.
    let key = SigningKey::p256("1");
    let good = active(&json!({}));
    let token = key.sign(&key.header(), &with(&json!({ "aud": "account" })));
    check(
        verifier(&good),
        &token,
        "wrong_audience",
        &["`aud` is `account`", audience],
    );
    let header = json!({ "alg": "ES256", "typ": "secevent+jwt" });
    let token = key.sign(&header, &claims());
    check(
        verifier(&good),
        &token,
        "wrong_type",
        &["`typ` is `secevent+jwt`", "`at+jwt`"],
    );
}
