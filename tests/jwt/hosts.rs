//! To which hosts the metadata of an issuer may direct requests.

use futures::executor::block_on;
use scopes_core::ResourceServer;
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::tower::ProtectLayer;
use scopes_tests::issuer::{RESOURCE, SigningKey, Site, claims};
use serde_json::json;

/// Hosts that are not on the internet, and spellings that parsers read differently.
const INSIDE: &[&str] = &[
    "https://127.0.0.1",
    "https://127.1",
    "https://0x7f000001",
    "https://0x7f.1",
    "https://2130706433",
    "https://017700000001",
    "https://0177.0.0.1",
    "https://localhost",
    "https://LOCALHOST",
    "https://localhost.",
    "https://foo.localhost",
    "https://127.0.0.1.",
    "https://[::1]",
    "https://[::]",
    "https://0.0.0.0",
    "https://0",
    "https://%31%32%37.0.0.1",
    "https://%6cocalhost",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[::127.0.0.1]",
    "https://[64:ff9b::127.0.0.1]",
    "https://[2002:7f00:1::]",
    "https://[::1%25lo]",
    "https://[v1.a]",
    "http://localhost:8080",
    "http://127.0.0.1",
    "https://10.0.0.1",
    "https://172.16.0.1",
    "https://172.31.255.255",
    "https://192.168.0.1",
    "https://100.64.0.1",
    "https://169.254.169.254",
    "https://[fc00::1]",
    "https://[fd12::1]",
    "https://[fe80::1]",
    "https://[fec0::1]",
    "https://[ff02::1]",
    "https://[::ffff:10.0.0.1]",
    "https://[64:ff9b::a00:1]",
    "https://[64:ff9b::169.254.169.254]",
    "https://[64:ff9b:1::a00:1]",
    "https://[2002:a00:1::]",
    "https://[2002:c0a8:1::]",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "https://224.0.0.1",
    "https://198.18.0.1",
    "https://keycloak",
    "https://keycloak:8443",
    "https://metadata.google.internal",
    "https://printer.local",
    "https://router.home.arpa",
    "https://a..b",
    "https://a,b.example",
    "https://user@auth.example.com",
];

/// Hosts that are on the internet, as far as their spelling tells.
const OUTSIDE: &[&str] = &[
    "https://keys.example.net",
    "https://auth.example.com:8443",
    "https://8.8.8.8",
    "https://172.32.0.1",
    "https://100.128.0.1",
    "https://11.0.0.1",
    "https://[2606:4700::1]",
    "https://[64:ff9b::808:808]",
    "https://localhost.example.com",
    "https://10.0.0.1.example.com",
];

/// What the metadata of each issuer names, and whether it is asked.
#[test]
fn metadata_directs_no_request_closer_than_the_issuer() {
    let public = "https://auth.example.com";
    let private = "https://10.1.2.3";
    let local = "http://127.0.0.1:9000";
    let asks = |issuer: &str, origin: &str| {
        let key = SigningKey::ed25519("1");
        let site = Site::default();
        let jwks_uri = format!("{origin}/jwks");
        let place = format!("{issuer}/.well-known/oauth-authorization-server");
        site.publish(&place, &json!({ "issuer": issuer, "jwks_uri": jwks_uri }));
        site.publish(&jwks_uri, &json!({ "keys": [key.jwk()] }));
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(issuer));
        let error = block_on(builder.discover(site)).err();
        let error = error.map(|error| error.to_string());
        assert!(
            error.iter().all(|error| error.contains(&jwks_uri)),
            "{error:?}"
        );
        error.is_none()
    };
    for origin in INSIDE {
        assert!(!asks(public, origin), "{origin}");
    }
    for origin in OUTSIDE {
        for issuer in [public, private, local] {
            assert!(asks(issuer, origin), "{origin} named by {issuer}");
        }
    }
    for (issuer, origin, is_asked) in [
        (private, private, true),
        (private, "https://10.1.2.3:8443", true),
        (private, "https://192.168.0.7", true),
        (private, "https://keycloak", true),
        (private, "https://127.0.0.1", false),
        (private, "https://0x0a010203", false),
        ("https://keycloak.internal", "https://10.0.0.9", true),
        (local, local, true),
        (local, "http://localhost:8080", true),
        (local, "https://10.0.0.9", true),
        (local, "http://127.1:9000", false),
        (local, "http://10.0.0.9", false),
    ] {
        assert_eq!(asks(issuer, origin), is_asked, "{origin} named by {issuer}");
    }
}

#[test]
fn plain_http_takes_a_permission_for_this_very_host() {
    let key = SigningKey::ed25519("1");
    let issuer = "http://keycloak:8080/realms/mcp";
    let site = Site::default();
    let place = "http://keycloak:8080/.well-known/oauth-authorization-server/realms/mcp";
    let jwks_uri = format!("{issuer}/certs");
    site.publish(place, &json!({ "issuer": issuer, "jwks_uri": jwks_uri }));
    site.publish(&jwks_uri, &json!({ "keys": [key.jwk()] }));
    let mut claims = claims();
    claims["iss"] = issuer.into();
    let token = key.sign(&key.header(), &claims);

    let server = |host: Option<&str>| {
        let builder = ResourceServer::builder(RESOURCE).authorization_server(issuer);
        match host {
            Some(host) => builder.insecure_allow_http(host).build(),
            None => builder.build(),
        }
    };
    let error = server(None).expect_err("plain http").to_string();
    assert!(
        error.contains("`insecure_allow_http(\"keycloak\")`"),
        "{error}"
    );
    for host in [
        "keycloak.example.com",
        "cloak",
        "keycloak:8081",
        "keycloak:",
        "keycloak:http",
        ":8080",
        "",
        "http://keycloak",
        "127.1",
    ] {
        assert!(server(Some(host)).is_err(), "{host:?}");
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(issuer));
        let builder = builder.insecure_allow_http(host);
        assert!(
            builder.discover_lazily(Site::default()).is_err(),
            "{host:?}"
        );
    }
    for host in ["KeyCloak", "keycloak:8080"] {
        let server = server(Some(host)).expect("allowed");
        let verifier = block_on(JwtVerifier::discover(&server, site.clone())).expect("found");
        let status = super::status_over_http(&ProtectLayer::new(server, verifier), &token);
        assert_eq!(status, 200, "{host}");
    }

    // Another host that the metadata names has no permission.
    site.publish(
        place,
        &json!({ "issuer": issuer, "jwks_uri": "http://keys:8080/certs" }),
    );
    let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(issuer));
    let error = block_on(builder.insecure_allow_http("keycloak").discover(site));
    let error = error.expect_err("plain http").to_string();
    assert!(error.contains("`Issuer::jwks_url`"), "{error}");
}

/// Returns whether the keys that the issuer's metadata names are fetched, with these permissions.
fn finds(issuer: &str, jwks_uri: &str, hosts: &[&str]) -> bool {
    let key = SigningKey::ed25519("1");
    let site = Site::default();
    let place = format!("{issuer}/.well-known/oauth-authorization-server");
    site.publish(&place, &json!({ "issuer": issuer, "jwks_uri": jwks_uri }));
    site.publish(jwks_uri, &json!({ "keys": [key.jwk()] }));
    let builder = ResourceServer::builder(RESOURCE).authorization_server(issuer);
    let builder = hosts
        .iter()
        .fold(builder, |builder, host| builder.insecure_allow_http(*host));
    let server = builder.build().expect("allowed");
    block_on(JwtVerifier::discover(&server, site)).is_ok()
}

/// A permission is for the issuer at that host, not for what other issuers name.
#[test]
fn a_permission_for_plain_http_is_not_for_other_issuers() {
    let keycloak = "http://keycloak:8080";
    for (issuer, jwks_uri, hosts, is_found) in [
        (
            keycloak,
            "http://keycloak:8080/jwks",
            &["keycloak"][..],
            true,
        ),
        (keycloak, "http://keycloak:9000/jwks", &["keycloak"], true),
        (
            keycloak,
            "http://keycloak:8080/jwks",
            &["keycloak:8080"],
            true,
        ),
        (
            keycloak,
            "http://keycloak:9000/jwks",
            &["keycloak:8080"],
            false,
        ),
        (
            keycloak,
            "http://keycloak/jwks",
            &["keycloak:8080", "keycloak:80"],
            false,
        ),
        (
            keycloak,
            "http://vault:8200/jwks",
            &["keycloak", "vault"],
            false,
        ),
        (keycloak, "https://vault:8200/jwks", &["keycloak"], true),
        (
            "http://keycloak",
            "http://keycloak:80/jwks",
            &["keycloak:80"],
            true,
        ),
        (
            "https://keycloak",
            "http://keycloak/jwks",
            &["keycloak"],
            false,
        ),
        (
            "https://auth.example.com",
            "http://keycloak:8080/jwks",
            &["keycloak"],
            false,
        ),
        (
            "https://auth.example.com",
            "https://keycloak/jwks",
            &["keycloak"],
            false,
        ),
        (
            "https://auth.example.com",
            "https://10.0.0.1/jwks",
            &["10.0.0.1"],
            false,
        ),
        (
            "http://10.0.0.1",
            "http://10.0.0.1/jwks",
            &["10.0.0.1"],
            true,
        ),
        (
            "http://[fd12::1]:8080",
            "http://[fd12::1]:8080/jwks",
            &["[fd12::1]:8080"],
            true,
        ),
        (
            "http://[fd12::1]:8080",
            "http://[fd12::1]:8080/jwks",
            &["[fd12::1]"],
            true,
        ),
    ] {
        let found = finds(issuer, jwks_uri, hosts);
        assert_eq!(
            found, is_found,
            "{jwks_uri} named by {issuer}, with {hosts:?}"
        );
    }
}
