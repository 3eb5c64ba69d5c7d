//! Each mistake in a document is found, and nothing else is.

use std::time::Duration;

use scopes_tests::faulty::Reply;
use serde_json::{Value, json};

use crate::site::{AUTHORIZATION_SERVER, METADATA, Site, date, raw};
use crate::{Diagnosis, assert_found};

#[test]
fn members_of_the_resource() {
    let scopes_with_offline_access = json!(["entries:read", "offline_access"]);
    for (check, result, found, member, value) in [
        (
            "authorization servers",
            "problem",
            "names none",
            "authorization_servers",
            Value::Null,
        ),
        (
            "issuer",
            "problem",
            "is plain http",
            "authorization_servers",
            json!(["http://auth.example.com"]),
        ),
        (
            "scopes",
            "warning",
            "`offline_access`",
            "scopes_supported",
            scopes_with_offline_access,
        ),
        (
            "scopes",
            "warning",
            "neither the 401",
            "scopes_supported",
            Value::Null,
        ),
        (
            "metadata",
            "problem",
            "scopes_supported: ",
            "scopes_supported",
            json!("entries:read"),
        ),
        (
            "metadata",
            "warning",
            "`resource_name` has no value",
            "resource_name",
            json!(""),
        ),
    ] {
        assert_found((check, result, found), |site| {
            site.with_metadata(member, value.clone());
        });
    }
    for other in ["/", "/more"] {
        assert_found(("resource", "problem", "was asked"), |site| {
            site.with_metadata("resource", format!("{}{other}", site.url()).into());
        });
    }
}

#[test]
fn places_of_the_resource() {
    let nested = "/api/.well-known/oauth-protected-resource";
    let naming = |site: &Site, place: &str| {
        let url = format!("resource_metadata=\"{}{place}\"", site.origin());
        site.endpoint(|endpoint| endpoint.challenges = vec![format!("Bearer {url}")]);
    };
    assert_found(("metadata of the challenge", "problem", "404"), |site| {
        naming(site, nested);
    });
    assert_found(("metadata of the path", "warning", "404"), |site| {
        site.reply(METADATA, Reply::Answer(404, String::new()));
        site.document(nested, &site.metadata());
        naming(site, nested);
    });
    let site = Site::healthy();
    for (reply, found) in [
        (Reply::Answer(404, String::new()), "404"),
        (Reply::Answer(401, String::new()), "401"),
        (Reply::Redirect(302, "/login".to_owned()), "redirect"),
    ] {
        site.reply(METADATA, reply);
        let diagnosis = Diagnosis::of(&site, &[]);
        let problems = diagnosis.with_result("problem");
        assert_eq!(problems, ["metadata of the challenge", "metadata"]);
        diagnosis.expect("metadata of the challenge", "problem", found);
    }
}

/// Clients that do not read the challenge act on the document of the path.
#[test]
fn the_document_of_the_path_is_out_of_date() {
    let other = "/other/.well-known/oauth-protected-resource";
    for (member, value) in [
        ("resource", json!("https://old.example/mcp")),
        ("authorization_servers", json!(["https://old.example"])),
        ("authorization_servers", Value::Null),
    ] {
        assert_found(("metadata", "problem", member), |site| {
            site.document(other, &site.metadata());
            let url = format!("resource_metadata=\"{}{other}\"", site.origin());
            site.endpoint(|endpoint| endpoint.challenges = vec![format!("Bearer {url}")]);
            site.with_metadata(member, value.clone());
        });
    }
    let site = Site::healthy();
    site.document(other, &site.metadata());
    let url = format!("resource_metadata=\"{}{other}\"", site.origin());
    site.endpoint(|endpoint| endpoint.challenges = vec![format!("Bearer {url}")]);
    Diagnosis::of(&site, &[]).expect_nothing();
    site.with_metadata("resource", json!("https://old.example/mcp"));
    let diagnosis = Diagnosis::of(&site, &[]);
    for place in [other, METADATA] {
        diagnosis.expect("metadata", "problem", &format!("{}{place}", site.origin()));
    }
}

#[test]
fn members_of_the_authorization_server() {
    let http = || json!("http://auth.example.com/token");
    let none: fn() -> Value = || Value::Null;
    for (check, result, found, member, value) in [
        (
            "PKCE",
            "problem",
            "is missing",
            "code_challenge_methods_supported",
            none(),
        ),
        (
            "PKCE",
            "problem",
            "lacks `S256`",
            "code_challenge_methods_supported",
            json!(["plain"]),
        ),
        (
            "registration",
            "warning",
            "cannot register",
            "registration_endpoint",
            none(),
        ),
        (
            "registration",
            "problem",
            "plain http",
            "registration_endpoint",
            http(),
        ),
        (
            "issuer",
            "problem",
            "is of \"https://other.example\"",
            "issuer",
            json!("https://other.example"),
        ),
        ("issuer", "problem", "has no `issuer`", "issuer", none()),
        (
            "endpoints",
            "problem",
            "`token_endpoint` is missing",
            "token_endpoint",
            none(),
        ),
        (
            "endpoints",
            "problem",
            "plain http",
            "token_endpoint",
            http(),
        ),
        (
            "endpoints",
            "problem",
            "lacks `code`",
            "response_types_supported",
            json!(["token"]),
        ),
        (
            "scopes",
            "warning",
            "not listed: entries:write",
            "scopes_supported",
            json!(["entries:read"]),
        ),
        ("keys", "problem", "plain http", "jwks_uri", http()),
    ] {
        assert_found((check, result, found), |site| {
            site.with_authorization_server(member, value.clone());
        });
    }
}

#[test]
fn keys() {
    let private = json!({
        "kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    let other_curve = json!({ "kty": "EC", "crv": "P-521", "x": "AA", "y": "AA" });
    for (keys, found) in [
        (json!([]), "no key that can verify"),
        (json!([other_curve]), "\"P-521\" is not supported"),
        (json!([private]), "everyone can sign"),
    ] {
        let document = json!({ "keys": keys });
        assert_found(("keys", "problem", found), |site| {
            site.document("/jwks", &document);
        });
    }
    assert_found(("keys", "problem", "500"), |site| {
        site.reply("/jwks", Reply::Answer(500, String::new()));
    });
}

#[test]
fn places_of_the_authorization_server() {
    for (reply, found) in [
        (Reply::Answer(404, String::new()), "404"),
        (Reply::Answer(200, "<html>".to_owned()), "HTML"),
        (Reply::Redirect(301, "/elsewhere".to_owned()), "redirect"),
    ] {
        assert_found(("metadata", "problem", found), |site| {
            site.reply(AUTHORIZATION_SERVER, reply.clone());
        });
    }
    let mounted = |site: &Site, place: &str| {
        let issuer = format!("{}/o", site.origin());
        site.with_metadata("authorization_servers", json!([issuer]));
        let mut document = site.authorization_server();
        document["issuer"] = issuer.into();
        site.document(place, &document);
    };
    assert_found(("metadata", "warning", "only at "), |site| {
        mounted(site, "/o/.well-known/oauth-authorization-server");
    });
    for place in [
        "/.well-known/oauth-authorization-server/o",
        "/.well-known/openid-configuration/o",
        "/o/.well-known/openid-configuration",
    ] {
        let site = Site::healthy();
        mounted(&site, place);
        Diagnosis::of(&site, &[]).expect("metadata", "ok", place);
    }
    assert_found(("clock", "problem", "behind the clock"), |site| {
        let late = date(Duration::from_secs(600));
        let document = site.authorization_server().to_string();
        let reply = raw(200, &[("Date", late.as_str())], &document);
        site.reply(AUTHORIZATION_SERVER, reply);
    });
}

#[test]
fn clients_register_with_the_scope_of_the_401() {
    let found = "`entries:read`, the scope of the 401";
    assert_found(("scopes after registration", "warning", found), |site| {
        let metadata = format!("resource_metadata=\"{}{METADATA}\"", site.origin());
        let challenge = format!("Bearer scope=\"entries:read\", {metadata}");
        site.endpoint(|endpoint| endpoint.challenges = vec![challenge]);
    });
}

/// Only the first servers of a long list are asked.
#[test]
fn many_authorization_servers() {
    let site = Site::healthy();
    let issuers: Vec<_> = (0..50).map(|n| format!("{}/{n}", site.origin())).collect();
    site.with_metadata("authorization_servers", json!(issuers));
    let diagnosis = Diagnosis::of(&site, &[]);
    diagnosis.expect("metadata", "not tried", "only the first 3");
    assert!(
        site.received().len() <= 11 + 3 * 5,
        "{}",
        site.received().len()
    );
}
