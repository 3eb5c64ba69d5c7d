//! Keycloak: the realm of the tests, and one as it is made.

use scopes_authorization_servers::Keycloak;
use serde_json::json;

use super::{as_client, finds, introspect, serve_naming};
use crate::site::Site;

pub(crate) async fn at_keycloak(site: &mut Site, keycloak: &Keycloak) -> Result<String, String> {
    let (issuer, resource) = (keycloak.issuer(), site.url.clone());
    site.serve_by_signature(&issuer).await;
    let asking = introspect(&issuer, &resource);
    let everything = [&["--register"][..], &asking].concat();
    finds(site, &everything, Keycloak::SECRET, &[]).await?;
    let refused = [("introspection", "the id or the secret is wrong")];
    finds(site, &asking, "another secret", &refused).await?;

    let as_client = as_client(Keycloak::CLIENT);
    finds(site, &as_client, "", &[]).await?;
    site.serve_publishing(&issuer, "entries:read audit:read")
        .await;
    let new_scope = [
        ("scopes", "not listed: audit:read"),
        ("scopes of the client", "`invalid_scope`"),
    ];
    finds(site, &as_client, "", &new_scope).await?;

    // Two policies refuse the client, of which either comes first: no host is trusted, and the scopes are
    // not for clients that register themselves.
    site.serve_by_signature(&new_realm(keycloak).await).await;
    let of_a_new_realm = [
        ("scopes", "not listed: entries:write"),
        (
            "registered client",
            "answers 403 insufficient_scope: Policy",
        ),
    ];
    finds(site, &["--register"], "", &of_a_new_realm).await?;

    serve_naming(site, &format!("{issuer}/"), &issuer).await;
    let other_name = [("issuer", "is of")];
    finds(site, &[], "", &other_name).await?;
    Ok("healthy; five mistakes are found".to_owned())
}

/// Creates a realm with one of the scopes, and returns its issuer.
async fn new_realm(keycloak: &Keycloak) -> String {
    let realm = json!({ "realm": "new", "enabled": true });
    keycloak.admin("POST", "/admin/realms", Some(realm)).await;
    let scope = json!({
        "name": "entries:read",
        "protocol": "openid-connect",
        "attributes": { "include.in.token.scope": "true" },
    });
    let scopes = "/admin/realms/new/client-scopes";
    keycloak.admin("POST", scopes, Some(scope)).await;
    keycloak.issuer_of("new")
}
