//! Metadata of authorization servers that are in use, and of those that publish less than they do.

use scopes_tests::documented;
use scopes_tests::faulty::Reply;
use serde_json::{Value, json};

use crate::Diagnosis;
use crate::site::{AUTHORIZATION_SERVER, Site, keys};

/// `ORIGIN` stands for scheme, host and port. Lists of algorithms and claims are left out.
const RECORDED: &str = include_str!("../recorded/metadata.json");

/// A site whose authorization server publishes this metadata at its place.
fn publishing(server: &Value) -> Site {
    let site = Site::healthy();
    let server = server.to_string().replace("ORIGIN", &site.origin());
    let server: Value = serde_json::from_str(&server).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let metadata = &server["metadata"];
    site.with_metadata("authorization_servers", json!([metadata["issuer"]]));
    site.reply(AUTHORIZATION_SERVER, Reply::Answer(404, String::new()));
    site.document(&text(&server["place"]), metadata);
    let path = text(&metadata["jwks_uri"]).replacen(&site.origin(), "", 1);
    site.document(&path, &keys());
    site
}

#[test]
fn recorded_metadata_has_no_mistake() {
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).expect("JSON");
    assert!(recorded.len() >= 8, "{}", recorded.len());
    for server in recorded {
        let site = publishing(&server);
        let diagnosis = Diagnosis::of(&site, &[]);
        diagnosis.expect_nothing();
        for check in [
            "metadata",
            "endpoints",
            "PKCE",
            "registration",
            "scopes",
            "keys",
        ] {
            diagnosis.expect(check, "ok", "");
        }
    }
}

/// Metadata as providers document it, and the findings that their pages in the guide name.
#[test]
fn documented_metadata_has_the_findings_of_its_provider() {
    for (provider, server) in documented::metadata() {
        let site = publishing(&server);
        let diagnosis = Diagnosis::of(&site, &[]);
        let mut found = Vec::new();
        for result in ["problem", "warning"] {
            let checks = diagnosis.with_result(result);
            found.extend(checks.into_iter().map(|check| json!([check, result])));
        }
        assert_eq!(
            json!(found),
            server["findings"],
            "{provider}: {}",
            diagnosis.text
        );
        diagnosis.expect("metadata", "ok", "");
    }
}

#[test]
fn public_clients_that_are_not_listed_are_no_mistake() {
    let site = Site::healthy();
    let methods = json!(["client_secret_basic", "private_key_jwt"]);
    site.with_authorization_server("token_endpoint_auth_methods_supported", methods);
    let diagnosis = Diagnosis::of(&site, &[]);
    diagnosis.expect_nothing();
    diagnosis.expect("public clients", "not tried", "`none` is not listed");
}

/// A server whose tokens are opaque has no keys.
#[test]
fn a_server_without_keys_has_an_introspection_endpoint() {
    let site = Site::healthy();
    site.with_authorization_server("jwks_uri", Value::Null);
    let diagnosis = Diagnosis::of(&site, &[]);
    diagnosis.expect_nothing();
    diagnosis.expect("keys", "not tried", "there is an introspection endpoint");

    let mut neither = site.authorization_server();
    let members = neither.as_object_mut().expect("an object");
    members.remove("jwks_uri");
    members.remove("introspection_endpoint");
    site.document(AUTHORIZATION_SERVER, &neither);
    let diagnosis = Diagnosis::of(&site, &[]);
    diagnosis.expect_alone("keys", "warning", "`jwks_uri` is missing, and so is");
}

/// Many servers list the scopes of `OpenID Connect` alone.
#[test]
fn a_list_without_any_of_the_scopes_is_no_mistake() {
    for listed in [
        json!([]),
        json!(["openid", "profile", "email", "offline_access"]),
        json!(["other:read"]),
    ] {
        let site = Site::healthy();
        site.with_authorization_server("scopes_supported", listed);
        let diagnosis = Diagnosis::of(&site, &[]);
        diagnosis.expect_nothing();
        diagnosis.expect("scopes", "not tried", "none of the scopes");
    }
    let site = Site::healthy();
    let mut scopes = site.metadata()["scopes_supported"].clone();
    scopes.as_array_mut().expect("a list").push(json!("openid"));
    site.with_metadata("scopes_supported", scopes);
    site.with_authorization_server("scopes_supported", json!(["openid", "email"]));
    Diagnosis::of(&site, &[]).expect_nothing();
}
