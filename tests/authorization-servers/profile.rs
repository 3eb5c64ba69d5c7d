//! The profile of a provider at the provider itself: it accepts access tokens, and no other kind.

use scopes_authorization_servers::Client;
use scopes_core::hyper::HyperFetch;
use scopes_core::jwt::{JwtVerifier, Profile};

use crate::site::Site;

pub(crate) async fn at_keycloak(
    site: &mut Site,
    issuer: &str,
    client: &Client,
) -> Result<String, String> {
    let server = site.resource(issuer).build().expect("valid settings");
    let verifier = JwtVerifier::for_server(&server, &Profile::keycloak());
    let verifier = verifier.discover(HyperFetch::new().expect("TLS")).await;
    site.serve(server, verifier.expect("keys")).await;

    let tokens = client.sign_in(&site.url, "openid entries:read").await?;
    site.allowed(&tokens.access, "count_entries", None).await;
    site.lacking(&tokens.access, "create_entry", None).await;
    for (other, reason) in [
        (&tokens.id, r#"auth.reason="not_access_token""#),
        (&tokens.refresh, r#"auth.reason="unsupported_algorithm""#),
    ] {
        site.rejected(other.as_deref().expect("a token"), reason)
            .await;
    }
    Ok("no ID token and no refresh token".to_owned())
}
