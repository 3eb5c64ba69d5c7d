//! How the client authenticates, read by other means than it was written.

use std::collections::HashSet;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use scopes_core::PresentedToken;
use scopes_core::introspection::{
    ClientAuthentication, IntrospectionVerifier, IntrospectionVerifierBuilder,
};
use scopes_core::jwt::{Algorithm, EncodingKey};
use scopes_core::token::verify;
use scopes_tests::faulty::{FaultyServer, Received, Reply, unescaped};
use scopes_tests::issuer::{RESOURCE, now_plus};
use serde_json::{Value, json};

use crate::site::fetch;

const CLIENT_ID: &str = "https://client.example/\u{fc} a:b+c%20";
const SECRET: &str = "s3cret:/+ %&=\u{20ac}";

/// The requests that arrive when `tokens` are verified by a client like this.
fn received(
    client: ClientAuthentication,
    tokens: &[&str],
    set: impl Fn(IntrospectionVerifierBuilder) -> IntrospectionVerifierBuilder,
) -> (Vec<Received>, String) {
    let server = FaultyServer::start();
    server.call_made_up_tokens_inactive();
    server.reply("/introspect", Reply::json(&json!({ "active": false })));
    let endpoint = server.url("/introspect");
    let builder = IntrospectionVerifier::builder(RESOURCE, client).endpoint(&endpoint);
    let verifier = set(builder).build(fetch()).expect("valid settings");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    for token in tokens {
        let header = format!("Bearer {token}");
        let token = PresentedToken::from_authorization([&header])
            .expect("well-formed")
            .expect("a token");
        assert!(runtime.block_on(verify(&verifier, token)).is_err());
    }
    (server.received(), endpoint)
}

fn once(client: ClientAuthentication) -> Received {
    received(client, &["opaque"], |builder| builder).0.remove(0)
}

#[test]
fn basic_encodes_id_and_secret_before_it_joins_them() {
    let request = once(ClientAuthentication::secret_basic(CLIENT_ID, SECRET));
    let credentials = request.headers["authorization"]
        .strip_prefix("Basic ")
        .expect("the scheme");
    let credentials = STANDARD.decode(credentials).expect("base64");
    let credentials = String::from_utf8(credentials).expect("UTF-8");
    assert!(credentials.is_ascii());
    let (id, secret) = credentials.split_once(':').expect("a colon");
    assert!(!secret.contains(':'), "the colon is the only one");
    assert_eq!(
        (unescaped(id), unescaped(secret)),
        (CLIENT_ID.into(), SECRET.into())
    );
    assert!(request.field("client_id").is_none() && request.field("client_secret").is_none());
}

#[test]
fn post_puts_them_into_the_form() {
    let request = once(ClientAuthentication::secret_post(CLIENT_ID, SECRET));
    assert_eq!(request.field("client_id").as_deref(), Some(CLIENT_ID));
    assert_eq!(request.field("client_secret").as_deref(), Some(SECRET));
    assert_eq!(request.field("token").as_deref(), Some("opaque"));
    assert!(!request.headers.contains_key("authorization"));
}

/// The header and the claims of an assertion whose signature is good.
fn open(request: &Received, is_good: impl Fn(&[u8], &[u8]) -> bool) -> (Value, Value) {
    assert_eq!(
        request.field("client_assertion_type").as_deref(),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    assert!(!request.headers.contains_key("authorization"));
    let assertion = request.field("client_assertion").expect("an assertion");
    let (message, signature) = assertion.rsplit_once('.').expect("a signature");
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
    assert!(is_good(message.as_bytes(), &decode(signature)));
    let (header, claims) = message.split_once('.').expect("two parts");
    let json = |part: &str| serde_json::from_slice(&decode(part)).expect("JSON");
    (json(header), json(claims))
}

#[test]
fn private_key_jwt_is_signed_anew_for_each_request() {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref().to_vec());
    let is_good = |message: &[u8], signature: &[u8]| public.verify(message, signature).is_ok();
    let der = pair.to_pkcs8v1().expect("PKCS #8");
    let client = || {
        let key = EncodingKey::from_ed_der(der.as_ref());
        ClientAuthentication::private_key_jwt("resource", key, Algorithm::EdDSA).key_id("key-1")
    };

    let (requests, endpoint) = received(client(), &["one", "two", "three"], |builder| builder);
    let mut ids = HashSet::new();
    for request in &requests {
        let (header, claims) = open(request, is_good);
        assert_eq!(
            (&header["alg"], &header["kid"]),
            (&json!("EdDSA"), &json!("key-1"))
        );
        assert_eq!(
            (&claims["iss"], &claims["sub"]),
            (&json!("resource"), &json!("resource"))
        );
        assert_eq!(claims["aud"], json!(endpoint), "one string, not a list");
        let (exp, iat) = (claims["exp"].as_i64(), claims["iat"].as_i64());
        let (exp, iat) = (exp.expect("exp"), iat.expect("iat"));
        assert!((now_plus(-10)..=now_plus(0)).contains(&iat));
        assert!((now_plus(30)..=now_plus(60)).contains(&exp));
        let id = claims["jti"].as_str().expect("jti").to_owned();
        assert!(id.len() >= 22 && ids.insert(id), "{claims}");
    }
    assert_eq!(ids.len(), 3);

    let issuer = "https://auth.example.com";
    let (requests, _) = received(client(), &["one"], |builder| builder.issuer(issuer));
    assert_eq!(open(&requests[0], is_good).1["aud"], json!(issuer));
}

#[test]
fn private_key_jwt_by_another_algorithm() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let der = pair.to_pkcs8v1().expect("PKCS #8");
    let key = EncodingKey::from_ec_der(der.as_ref());
    let client = ClientAuthentication::private_key_jwt("resource", key, Algorithm::ES256);
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    let (header, _) = open(&once(client), |message, signature| {
        public.verify(message, signature).is_ok()
    });
    assert_eq!(header["alg"], json!("ES256"));
    assert!(header.get("kid").is_none());
}

#[test]
fn settings_that_cannot_be_are_refused_at_once() {
    let problems = |builder: IntrospectionVerifierBuilder| {
        let error = builder.build(fetch()).expect_err("refused");
        assert!(error.to_string().lines().count() > 1);
        error.problems().len()
    };
    let builder = |client| IntrospectionVerifier::builder(RESOURCE, client);
    let basic = || ClientAuthentication::secret_basic("resource", SECRET);
    let url = "https://auth.example.com/introspect";
    assert_eq!(problems(builder(basic())), 1, "no endpoint");
    assert!(
        builder(basic()).discover_lazily(fetch()).is_err(),
        "nobody to ask"
    );
    let wrong = IntrospectionVerifier::builder("", basic())
        .endpoint("http://auth.example.com/introspect")
        .issuer("auth.example.com")
        .audience("")
        .timeout(std::time::Duration::ZERO);
    assert_eq!(problems(wrong), 5);
    let forever = builder(basic()).endpoint(url);
    assert_eq!(problems(forever.timeout(std::time::Duration::MAX)), 1);

    let key = |der: &[u8]| EncodingKey::from_ed_der(der);
    let random = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    for client in [
        ClientAuthentication::secret_basic("", SECRET),
        ClientAuthentication::secret_post("resource", ""),
        ClientAuthentication::private_key_jwt("resource", key(b"no key"), Algorithm::EdDSA),
        ClientAuthentication::private_key_jwt("resource", key(random.as_ref()), Algorithm::ES256),
        ClientAuthentication::private_key_jwt("", key(random.as_ref()), Algorithm::EdDSA),
        ClientAuthentication::private_key_jwt(
            "resource",
            EncodingKey::from_secret(SECRET.as_bytes()),
            Algorithm::HS256,
        ),
    ] {
        let name = format!("{client:?}");
        assert_eq!(problems(builder(client).endpoint(url)), 1, "{name}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let builder = IntrospectionVerifier::builder(
        RESOURCE,
        ClientAuthentication::secret_basic("resource", "hunter2"),
    );
    let builder = builder.endpoint("https://auth.example.com/introspect");
    let shown = format!("{builder:?}{:?}", builder.clone().build(fetch()));
    assert!(!shown.contains("hunter2"), "{shown}");
}
