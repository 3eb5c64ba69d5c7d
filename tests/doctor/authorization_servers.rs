//! Authorization servers that publish less than they do.

use serde_json::json;

use crate::Diagnosis;
use crate::site::Site;

#[test]
fn public_clients_that_are_not_listed_are_no_mistake() {
    let site = Site::healthy();
    let methods = json!(["client_secret_basic", "private_key_jwt"]);
    site.with_authorization_server("token_endpoint_auth_methods_supported", methods);
    let diagnosis = Diagnosis::of(&site, &[]);
    diagnosis.expect_nothing();
    diagnosis.expect("public clients", "not tried", "`none` is not listed");
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
