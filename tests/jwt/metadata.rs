//! Metadata that is not where or what it should be: the next place is asked, and what is never used.

use std::time::{Duration, Instant};

use futures::executor::block_on;
use scopes_core::ResourceServer;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::tower::ProtectLayer;
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site, claims};
use serde_json::{Value, json};

use super::keys::{ask_now, builder};

const FIRST: &str = "https://auth.example.com/.well-known/oauth-authorization-server";
const SECOND: &str = "https://auth.example.com/.well-known/openid-configuration";

fn metadata() -> Value {
    json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks") })
}

/// Answers that are no usable metadata, each with what the error says of it.
fn bad_answers() -> Vec<(FetchResponse, &'static str)> {
    let ok = |body: &[u8]| FetchResponse::new(200, body);
    let json = |value: Value| ok(value.to_string().as_bytes());
    let status = |status| FetchResponse::new(status, "");
    let jwks_uri = |url: &str| json(json!({ "issuer": ISSUER, "jwks_uri": url }));
    vec![
        (ok(b"\n<!doctype html><title>Sign in</title>"), "HTML"),
        (
            ok(b"").with_header("Content-Type", "application/json"),
            "empty body",
        ),
        (
            ok(b"not found").with_header("content-type", "text/html"),
            "HTML",
        ),
        (ok(b"\x1f\x8b\x08\0\0"), "compressed"),
        (
            ok(b"(\xb5/\xfd").with_header("Content-Encoding", "zstd"),
            "compressed",
        ),
        (ok(b"\xff\xfe{\0}\0"), "UTF-16"),
        (ok(b"{\"issuer\":"), "invalid JSON"),
        (ok(b"[]"), "issuer"),
        (
            json(
                json!({ "issuer": "https://evil.example", "jwks_uri": "https://evil.example/jwks" }),
            ),
            "https://evil.example",
        ),
        (
            json(
                json!({ "issuer": "https://auth.example.com/", "jwks_uri": "https://auth.example.com/jwks" }),
            ),
            "is the metadata of the issuer",
        ),
        (
            json(json!({ "jwks_uri": "https://auth.example.com/jwks" })),
            "no `issuer`",
        ),
        (json(json!({ "issuer": ISSUER })), "no `jwks_uri`"),
        (
            json(json!({ "issuer": ISSUER, "jwks_uri": null })),
            "no `jwks_uri`",
        ),
        (
            json(json!({ "issuer": ISSUER, "jwks_uri": "" })),
            "no `jwks_uri`",
        ),
        (
            json(json!({ "issuer": ISSUER, "jwks_uri": [] })),
            "not a string",
        ),
        (jwks_uri("http://auth.example.com/jwks"), "plain http"),
        (jwks_uri("https://10.0.0.1/jwks"), "private network"),
        (status(204), "answers 204"),
        (
            status(302).with_header("Location", "https://login.example.com/"),
            "https://login.example.com/",
        ),
        (status(307), "redirect"),
        (status(401), "access is denied"),
        (status(403), "access is denied"),
        (status(404), "404"),
        (status(429).with_header("retry-after", "7"), "\"7\""),
        (status(500), "the server failed"),
        (status(503), "the server failed"),
        (ok(&vec![b' '; 300 * 1024]), "more than 262144 bytes"),
    ]
}

#[test]
fn a_bad_answer_does_not_end_discovery() {
    let key = SigningKey::ed25519("1");
    for (answer, named) in bad_answers() {
        let site = Site::default();
        site.publish_keys(&[&key]);
        site.answer(FIRST, Ok(answer));
        // It is an error of its own while there is no other place.
        let error = block_on(builder().discover(site.clone())).expect_err("no metadata");
        let error = error.to_string();
        for text in [FIRST, SECOND, named, "`Issuer::jwks_url`"] {
            assert!(error.contains(text), "{text} in {error}");
        }
        site.publish(SECOND, &metadata());
        let server = ResourceServer::builder(RESOURCE)
            .authorization_server(ISSUER)
            .build()
            .expect("valid settings");
        let verifier = block_on(JwtVerifier::discover(&server, site)).expect("the next place");
        let status = super::status_over_http(&ProtectLayer::new(server, verifier), &key.token());
        assert_eq!(status, 200, "{named}");
    }
}

#[test]
fn an_unreachable_place_does_not_end_discovery() {
    let key = SigningKey::ed25519("1");
    let site = Site::default();
    site.publish_keys(&[&key]);
    site.answer(FIRST, Err(FetchError::new("connection reset")));
    site.publish(SECOND, &metadata());
    let verifier = block_on(builder().discover(site)).expect("the next place");
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
}

#[test]
fn a_byte_order_mark_is_ignored() {
    let key = SigningKey::ed25519("1");
    let site = Site::default();
    let with_mark = |document: Value| FetchResponse::new(200, format!("\u{feff}{document}"));
    site.answer(FIRST, Ok(with_mark(metadata())));
    let keys = with_mark(json!({ "keys": [key.jwk()] }));
    site.answer(&format!("{ISSUER}/jwks"), Ok(keys));
    let verifier = block_on(builder().discover(site)).expect("keys");
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
}

#[test]
fn a_key_set_that_cannot_be_read_says_why() {
    for (answer, named) in [
        (FetchResponse::new(200, "<html>"), "HTML"),
        (FetchResponse::new(200, ""), "empty body"),
        (FetchResponse::new(200, "{}"), "keys"),
        (
            FetchResponse::new(200, r#"{"keys":[]}"#),
            "no key that can verify",
        ),
        (
            FetchResponse::new(200, "{}").with_header("content-encoding", "br"),
            "compressed",
        ),
        (
            FetchResponse::new(301, "").with_header("location", "https://new.example/"),
            "https://new.example/",
        ),
        (
            FetchResponse::new(403, "JWKS unavailable"),
            "access is denied",
        ),
        (FetchResponse::new(429, ""), "too many requests"),
        (FetchResponse::new(502, ""), "the server failed"),
    ] {
        let site = Site::with_keys(&[]);
        site.answer(&format!("{ISSUER}/jwks"), Ok(answer));
        let error = block_on(builder().discover(site)).expect_err("no keys");
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
}

/// A site at which one URL never answers.
struct Hanging(Site, &'static str);

impl Fetch for Hanging {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        if request.url == self.1 {
            std::future::pending::<()>().await;
        }
        self.0.fetch(request).await
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

#[test]
fn a_place_that_does_not_answer_leaves_time_for_the_others() {
    let key = SigningKey::ed25519("1");
    let site = Site::default();
    site.publish_keys(&[&key]);
    site.publish(SECOND, &metadata());
    let builder = builder().timeout(Duration::from_secs(2));
    let start = Instant::now();
    let verifier = block_on(builder.discover(Hanging(site, FIRST))).expect("the next place");
    assert!(start.elapsed() < Duration::from_millis(1900));
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
}

#[test]
fn a_server_mounted_at_a_path_is_found() {
    let key = SigningKey::ed25519("1");
    let issuer = "https://auth.example.com/o";
    let site = Site::default();
    site.publish_keys(&[&key]);
    let place = format!("{issuer}/.well-known/oauth-authorization-server");
    let jwks_uri = format!("{ISSUER}/jwks");
    site.publish(&place, &json!({ "issuer": issuer, "jwks_uri": jwks_uri }));
    // The OpenID document of such a server lacks what is wanted.
    let openid = format!("{issuer}/.well-known/openid-configuration");
    site.publish(&openid, &json!({ "issuer": issuer }));
    let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(issuer));
    let verifier = block_on(builder.discover(site)).expect("found");
    let mut claims = claims();
    claims["iss"] = issuer.into();
    assert_eq!(
        ask_now(&verifier, &key.sign(&key.header(), &claims)),
        Ok(())
    );
}

#[test]
fn keys_that_have_moved_are_found() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&old]);
    let verifier = builder()
        .unknown_key_interval(Duration::ZERO)
        .cooldown(Duration::ZERO);
    let verifier = block_on(verifier.discover(site.clone())).expect("keys");
    let moved = format!("{ISSUER}/moved");
    site.publish(FIRST, &json!({ "issuer": ISSUER, "jwks_uri": moved }));
    site.publish(&moved, &json!({ "keys": [new.jwk()] }));
    // The old place still answers, and nobody knows of the move.
    assert!(ask_now(&verifier, &new.token()).is_err());
    site.answer(&format!("{ISSUER}/jwks"), Ok(FetchResponse::new(404, "")));
    assert!(
        ask_now(&verifier, &new.token()).is_err(),
        "this finds it gone"
    );
    assert_eq!(ask_now(&verifier, &new.token()), Ok(()));

    // After `keys_max_age`, the metadata is read again in any case.
    let site = Site::with_keys(&[&old]);
    let verifier = builder()
        .unknown_key_interval(Duration::ZERO)
        .keys_lifetime(Duration::from_millis(10))
        .keys_max_age(Duration::from_millis(50));
    let verifier = block_on(verifier.discover(site.clone())).expect("keys");
    site.publish(FIRST, &json!({ "issuer": ISSUER, "jwks_uri": moved }));
    site.publish(&moved, &json!({ "keys": [new.jwk()] }));
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(ask_now(&verifier, &new.token()), Ok(()));
    // Where it cannot be had, the known place is good enough.
    site.answer(FIRST, Ok(FetchResponse::new(500, "")));
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(ask_now(&verifier, &new.token()), Ok(()));
}
