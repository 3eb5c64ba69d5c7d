//! The endpoint in the metadata, wherever that is, and plain http to a host that is named.

use reqwest::redirect;
use scopes_core::ResourceServer;
use scopes_core::fetch::{Fetch, FetchRequest};
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_tests::faulty::Reply;
use scopes_tests::issuer::RESOURCE;
use serde_json::json;

use crate::site::{Site, fetch};

const FIRST: &str = "/.well-known/oauth-authorization-server";
const SECOND: &str = "/.well-known/openid-configuration";

#[test]
fn metadata_without_the_endpoint_does_not_end_discovery() {
    let site = Site::start();
    site.answer(Reply::about("opaque", &site.good()));
    let issuer = site.issuer();
    let endpoint = site.server.url("/introspect");
    for first in [
        Reply::json(&json!({ "issuer": issuer, "jwks_uri": site.server.url("/jwks") })),
        Reply::json(&json!({ "issuer": issuer, "introspection_endpoint": null })),
        Reply::json(
            &json!({ "issuer": "https://evil.example", "introspection_endpoint": endpoint }),
        ),
        Reply::Answer(200, "<!doctype html>".to_owned()),
        Reply::Answer(500, String::new()),
        Reply::Redirect(302, site.server.url("/login")),
        Reply::CutOff,
        Reply::Never,
        Reply::Drip,
    ] {
        site.server.reply(FIRST, first.clone());
        site.server.reply(SECOND, Reply::Answer(404, String::new()));
        let error = site.runtime.block_on(site.builder().discover(fetch()));
        let error = error.expect_err("no endpoint").to_string();
        let places = [FIRST, SECOND, "`IntrospectionVerifierBuilder::endpoint`"];
        assert!(places.iter().all(|place| error.contains(place)), "{error}");

        let metadata = json!({ "issuer": issuer, "introspection_endpoint": endpoint });
        site.server.reply(SECOND, Reply::json(&metadata));
        let verifier = site.runtime.block_on(site.builder().discover(fetch()));
        let verifier = verifier.expect("the next place");
        assert!(site.ask(&verifier, "opaque").is_ok(), "{first:?}");
    }
}

/// A client to which `keycloak` is the server on loopback.
fn fetch_by_name(site: &Site) -> ReqwestFetch {
    let address = site.issuer().replace("http://", "");
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .resolve("keycloak", address.parse().expect("an address"))
        .build()
        .expect("a client");
    ReqwestFetch::with_client(client)
}

#[test]
fn plain_http_to_a_named_host_is_used_for_everything() {
    let site = Site::start();
    let issuer = site.issuer().replace("127.0.0.1", "keycloak");
    site.publish(&issuer, &format!("{issuer}/introspect"));
    site.answer(Reply::about("opaque", &site.with("iss", json!(issuer))));
    let client = || ClientAuthentication::secret_basic("resource", "secret");
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(&issuer)
        .insecure_allow_http("keycloak")
        .build()
        .expect("allowed");
    let discover = IntrospectionVerifier::discover(&server, client(), fetch_by_name(&site));
    let verifier = site.runtime.block_on(discover).expect("found");
    assert!(site.ask(&verifier, "opaque").is_ok());

    let endpoint = format!("{issuer}/introspect");
    let builder = || IntrospectionVerifier::builder(RESOURCE, client()).endpoint(&endpoint);
    let error = builder()
        .build(fetch_by_name(&site))
        .expect_err("plain http");
    let advice = "`insecure_allow_http(\"keycloak\")`";
    assert!(error.to_string().contains(advice), "{error}");
    for host in ["", "keycloak:8080", "http://keycloak", "key"] {
        let builder = builder().insecure_allow_http(host);
        assert!(builder.build(fetch_by_name(&site)).is_err(), "{host:?}");
    }
    let allowed = builder().insecure_allow_http("keycloak");
    let verifier = allowed.build(fetch_by_name(&site)).expect("allowed");
    assert!(site.ask(&verifier, "opaque").is_ok());

    // An implementation of `Fetch` checks once more.
    let mut request = FetchRequest::get("https://keycloak/").expect("https");
    request.url = endpoint;
    assert!(
        site.runtime
            .block_on(fetch_by_name(&site).fetch(request))
            .is_err()
    );
}

#[test]
fn metadata_cannot_direct_tokens_into_a_private_network() {
    let site = Site::start();
    for endpoint in [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "http://127.1/",
        "ftp://x/",
    ] {
        site.publish(&site.issuer(), endpoint);
        let found = site.runtime.block_on(site.builder().discover(fetch()));
        let error = found.expect_err("refused").to_string();
        assert!(error.contains(endpoint), "{error}");
    }
}
