//! The keys and tokens of `vectors.json`, through the layer.
//!
//! With the whole workspace, the verifier has both implementations and uses aws-lc. Alone, by
//! `cargo test -p scopes-backends`, it has `RustCrypto`. Both have to give the answers in the table,
//! which was signed by OpenSSL.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::future::ready;

use futures::executor::block_on;
use http::{Request, Response, header};
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

const ISSUER: &str = "https://auth.example.com";
const RESOURCE: &str = "https://mcp.example.com/mcp";

/// A key that is always there, for no token of the table.
fn other_key() -> Value {
    json!({
        "kty": "OKP", "crv": "Ed25519", "kid": "other",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    })
}

fn status(jwk: &Value, token: &str) -> u16 {
    let keys: JwkSet =
        serde_json::from_value(json!({ "keys": [other_key(), jwk] })).expect("a key set");
    let verifier = JwtVerifier::builder(RESOURCE)
        .issuer(Issuer::new(ISSUER).jwks(keys))
        .build()
        .expect("a key that can verify");
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    let inner =
        service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(String::new()))));
    let service = ProtectLayer::new(server, verifier).layer(inner);
    let request = Request::post("/mcp").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = request.body(()).expect("a request");
    let answer = block_on(service.oneshot(request)).expect("an answer");
    answer.status().as_u16()
}

#[test]
fn every_key_and_token_has_its_answer() {
    let table: Vec<Value> = serde_json::from_str(include_str!("vectors.json")).expect("a table");
    let wrong: Vec<_> = table
        .iter()
        .filter_map(|row| {
            let token = row["token"].as_str().expect("a token");
            let is_accepted = row["is_accepted"].as_bool().expect("yes or no");
            let expected = if is_accepted { 200 } else { 401 };
            let status = status(&row["jwk"], token);
            (status != expected).then(|| format!("{}: {status}", row["name"]))
        })
        .collect();
    assert!(table.len() > 70);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Both implementations call a signature under such a key invalid; the operator learns why.
#[test]
fn points_that_are_not_on_their_curve_are_told() {
    let table: Vec<Value> = serde_json::from_str(include_str!("vectors.json")).expect("a table");
    let build = |jwk: &Value| {
        let keys: JwkSet = serde_json::from_value(json!({ "keys": [jwk] })).expect("a key set");
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
        builder.build().map_err(|error| error.to_string())
    };
    for name in ["ES256 off the curve", "ES384 off the curve"] {
        let row = table.iter().find(|row| row["name"] == name).expect("a row");
        let error = build(&row["jwk"]).expect_err("no key");
        assert!(error.contains("not on the curve"), "{name}: {error}");
    }
    // By Euler's criterion: which small y belong to a point of Ed25519.
    let points = "BEGHIKLMNOPVZbcdegkorstwyz1367-_";
    let others = "CDFJQRSTUWXYafhijlmnpquvx024589";
    for (letters, is_on) in [(points, true), (others, false)] {
        for letter in letters.chars() {
            let x = format!("{letter}{}", "A".repeat(42));
            let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
            let error = build(&jwk).err();
            assert_eq!(error.is_none(), is_on, "{letter}: {error:?}");
            assert!(error.is_none_or(|error| error.contains("not on the curve")));
        }
    }
}
