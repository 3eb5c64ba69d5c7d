//! Metadata that is not where or what it should be: the next place is asked, and what is never used.

use std::time::{Duration, Instant};

use futures::executor::block_on;
use scopes_core::ResourceServer;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::tower::ProtectLayer;
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site, claims};
use serde_json::{Value, json};

use super::behind_the_layer::{services, status};
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

/// Publishes `keys` at another place; the old one goes on serving what it has.
fn move_keys(site: &Site, keys: &[&SigningKey]) -> String {
    let moved = format!("{ISSUER}/moved");
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    site.publish(&moved, &json!({ "keys": keys }));
    site.publish(FIRST, &json!({ "issuer": ISSUER, "jwks_uri": moved }));
    moved
}

/// With default settings.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_have_moved_are_found_at_once_while_the_old_place_answers() {
    let old = SigningKey::ed25519("1");
    for new in [
        SigningKey::ed25519("2"),
        SigningKey::p256("2"),
        SigningKey::ed25519("1"),
    ] {
        let site = Site::with_keys(&[&old]);
        for (name, service) in services(&builder(), &site).await {
            site.publish(FIRST, &metadata());
            let (old_token, new_token) = (old.token(), new.token());
            assert_eq!(status(&service, &old_token).await, 200, "{name}");
            move_keys(&site, &[&new]);
            assert_eq!(status(&service, &new_token).await, 200, "{name}");
            assert_eq!(status(&service, &old_token).await, 401, "{name}");
        }
    }
}

/// The known place has withdrawn a key, and the new one does not answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_place_that_does_not_answer_keeps_no_withdrawn_key() {
    let (kept, withdrawn, stranger) = (
        SigningKey::ed25519("1"),
        SigningKey::ed25519("2"),
        SigningKey::ed25519("3"),
    );
    let site = Site::with_keys(&[&kept, &withdrawn]);
    for (name, service) in services(&builder(), &site).await {
        site.publish(FIRST, &metadata());
        assert_eq!(status(&service, &withdrawn.token()).await, 200, "{name}");
        site.publish_keys(&[&kept]);
        let nowhere = format!("{ISSUER}/nowhere");
        site.publish(FIRST, &json!({ "issuer": ISSUER, "jwks_uri": nowhere }));
        assert_eq!(status(&service, &stranger.token()).await, 401, "{name}");
        // The new place may have the key, and cannot be asked.
        assert_eq!(status(&service, &withdrawn.token()).await, 503, "{name}");
        assert_eq!(status(&service, &kept.token()).await, 200, "{name}");
        site.publish_keys(&[&kept, &withdrawn]);
    }
}

/// Also where the old place has new keys, as one that somebody else controls may have.
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_place_of_keys_is_not_trusted_for_longer_than_keys() {
    let (old, new, evil) = (
        SigningKey::ed25519("1"),
        SigningKey::ed25519("2"),
        SigningKey::ed25519("3"),
    );
    let lifetime = Duration::from_millis(300);
    let site = Site::with_keys(&[&old]);
    let builder = builder().keys_lifetime(lifetime);
    for (name, service) in services(&builder, &site).await {
        site.publish(FIRST, &metadata());
        assert_eq!(status(&service, &old.token()).await, 200, "{name}");
        move_keys(&site, &[&new]);
        site.publish_keys(&[&old, &evil]);
        tokio::time::sleep(lifetime).await;
        assert_eq!(status(&service, &evil.token()).await, 401, "{name}");
        assert_eq!(status(&service, &new.token()).await, 200, "{name}");
        site.publish_keys(&[&old]);
    }
}

#[test]
fn made_up_key_ids_do_not_have_the_metadata_read_each_time() {
    let (key, stranger) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&key]);
    let verifier = builder().unknown_key_interval(Duration::ZERO);
    let verifier = block_on(verifier.discover(site.clone())).expect("keys");
    let asked = site.asked();
    for _ in 0..10 {
        assert!(ask_now(&verifier, &stranger.token()).is_err());
    }
    assert_eq!(site.asked() - asked, 10 + 1, "the metadata once");
}

#[test]
fn metadata_that_cannot_be_read_again_leaves_the_known_place_for_a_time() {
    let (key, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&key]);
    let verifier = builder()
        .unknown_key_interval(Duration::ZERO)
        .keys_lifetime(Duration::from_millis(10))
        .keys_max_age(Duration::from_secs(2));
    let verifier = block_on(verifier.discover(site.clone())).expect("keys");
    site.answer(FIRST, Ok(FetchResponse::new(500, "")));
    site.publish_keys(&[&key, &new]);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(ask_now(&verifier, &new.token()), Ok(()));
    // From then on, its keys are no longer refreshed, and end as others do.
    std::thread::sleep(Duration::from_secs(2));
    let _ = ask_now(&verifier, &new.token());
    std::thread::sleep(Duration::from_secs(2));
    assert!(ask_now(&verifier, &new.token()).is_err());
    site.publish(FIRST, &metadata());
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(ask_now(&verifier, &new.token()), Ok(()));
}

#[test]
fn a_place_of_keys_that_fails_is_looked_up_again() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&old]);
    let verifier = builder().unknown_key_interval(Duration::ZERO);
    let verifier = block_on(verifier.discover(site.clone())).expect("keys");
    move_keys(&site, &[&new]);
    site.answer(&format!("{ISSUER}/jwks"), Ok(FetchResponse::new(404, "")));
    assert!(
        ask_now(&verifier, &new.token()).is_err(),
        "it is found gone"
    );
    assert_eq!(ask_now(&verifier, &new.token()), Ok(()));
}
