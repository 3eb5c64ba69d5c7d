//! What an operator sees of keys that are not used, and of plain http.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::executor::block_on;
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::token::verify;
use scopes_core::{PresentedToken, ResourceServer};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site};
use serde_json::{Value, json};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The lines since the last call: warnings, and those about keys.
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().expect("not poisoned"));
        let text = String::from_utf8(bytes).expect("UTF-8");
        let is_told = |line: &&str| !line.contains("DEBUG") || line.contains("key.issuer");
        text.lines().filter(is_told).map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs `test`, which is given what is logged at `DEBUG` and above.
fn logged(test: impl FnOnce(&Log)) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || test(&log));
}

fn publish(site: &Site, keys: &[Value]) {
    site.publish(&format!("{ISSUER}/jwks"), &json!({ "keys": keys }));
}

#[test]
fn each_key_that_is_not_used_is_logged_once_per_change() {
    logged(|log| {
        let key = SigningKey::ed25519("1");
        let for_encryption =
            json!({ "kty": "RSA", "kid": "enc-1", "alg": "RSA-OAEP", "use": "enc" });
        let p521 = json!({ "kty": "EC", "kid": "p521", "crv": "P-521", "alg": "ES512" });
        let site = Site::with_keys(&[]);
        publish(&site, &[for_encryption.clone(), p521.clone(), key.jwk()]);
        let verifier = JwtVerifier::builder(RESOURCE)
            .issuer(Issuer::new(ISSUER))
            .keys_lifetime(Duration::ZERO)
            .discover(site.clone());
        let verifier = block_on(verifier).expect("a key");
        let lines = log.take();
        assert_eq!(lines.len(), 2, "{lines:#?}");
        for (line, texts) in [
            (&lines[0], ["DEBUG", "enc-1", "RSA-OAEP", "`use` is"]),
            (&lines[1], ["WARN", "p521", "ES512", "P-521"]),
        ] {
            assert!(texts.iter().all(|text| line.contains(text)), "{line}");
            assert!(line.contains(ISSUER), "{line}");
        }

        let refresh = || {
            let header = format!("Bearer {}", key.token());
            let token = PresentedToken::from_authorization([&header]);
            let token = token.expect("well-formed").expect("a token");
            block_on(verify(&verifier, token)).expect("a good token");
            log.take()
        };
        assert_eq!(refresh(), [""; 0], "nothing has changed");
        publish(
            &site,
            &[
                key.jwk(),
                json!({ "kty": "oct", "kid": "\u{1b}[31m", "k": "c2VjcmV0" }),
                p521.clone(),
            ],
        );
        let lines = refresh();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(
            lines[0].contains("secret") && !lines[0].contains('\u{1b}'),
            "{lines:?}"
        );
        assert!(!lines[0].contains("c2VjcmV0"), "{lines:?}");
        assert_eq!(refresh(), [""; 0]);
    });
}

/// As Keycloak 26.7 publishes them with every algorithm turned on.
#[test]
fn of_keycloak_s_keys_four_are_not_used() {
    logged(|log| {
        let site = Site::with_keys(&[]);
        let keys: Value = serde_json::from_str(include_str!("keycloak_keys.json")).expect("JSON");
        site.publish(&format!("{ISSUER}/jwks"), &keys);
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER));
        block_on(builder.discover(site)).expect("keys");
        let lines = log.take();
        let told = |level: &str, what: &str| {
            let fits = |line: &&String| line.contains(level) && line.contains(what);
            lines.iter().filter(fits).count()
        };
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert_eq!((told("WARN", "Ed448"), told("WARN", "P-521")), (1, 1));
        assert_eq!(told("DEBUG", "`use` is"), 2);
    });
}

#[test]
fn any_number_of_keys_is_logged_in_a_bounded_number_of_lines() {
    logged(|log| {
        let key = SigningKey::ed25519("1");
        let mut keys = vec![key.jwk()];
        keys.extend((0..10_000).map(Value::from));
        let site = Site::with_keys(&[]);
        publish(&site, &keys);
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER));
        block_on(builder.discover(site)).expect("a key");
        let lines = log.take();
        assert_eq!(lines.len(), 100);
        assert!(lines[99].contains("more than 100 keys"), "{}", lines[99]);
    });
}

#[test]
fn a_published_private_key_is_an_error() {
    logged(|log| {
        let (key, other) = (SigningKey::ed25519("leaked"), SigningKey::ed25519("2"));
        let mut private = key.jwk();
        private["d"] = "c2VjcmV0".into();
        let site = Site::with_keys(&[]);
        publish(&site, &[key.jwk(), private, other.jwk()]);
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER));
        block_on(builder.discover(site)).expect("a key");
        let lines = log.take();
        assert_eq!(lines.len(), 2, "{lines:#?}");
        for line in lines {
            let texts = ["ERROR", "leaked", "everyone can sign", ISSUER];
            assert!(texts.iter().all(|text| line.contains(text)), "{line}");
            assert!(!line.contains("c2VjcmV0"), "{line}");
        }
    });
}

#[test]
fn plain_http_is_warned_of_once_at_the_start() {
    let key = SigningKey::ed25519("1");
    let issuer = "http://keycloak:8080";
    let site = Site::default();
    let place = format!("{issuer}/.well-known/oauth-authorization-server");
    let jwks_uri = format!("{issuer}/certs");
    site.publish(&place, &json!({ "issuer": issuer, "jwks_uri": jwks_uri }));
    site.publish(&jwks_uri, &json!({ "keys": [key.jwk()] }));
    let assert_is_warning = |lines: Vec<String>| {
        assert_eq!(lines.len(), 1, "{lines:#?}");
        let texts = ["WARN", "keycloak", "insecure_allow_http"];
        assert!(
            texts.iter().all(|text| lines[0].contains(text)),
            "{lines:?}"
        );
    };
    logged(|log| {
        let server = ResourceServer::builder(RESOURCE)
            .authorization_server(issuer)
            .insecure_allow_http("keycloak")
            .build()
            .expect("allowed");
        block_on(JwtVerifier::discover(&server, site.clone())).expect("keys");
        assert_is_warning(log.take());
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(issuer));
        let verifier = builder.insecure_allow_http("keycloak");
        assert!(verifier.discover_lazily(Site::default()).is_ok());
        assert_is_warning(log.take());
    });
}
