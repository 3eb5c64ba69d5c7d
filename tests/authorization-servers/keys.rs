//! Keys of an authorization server that change, while tokens of the earlier ones are in use.

use std::time::Duration;

use scopes_authorization_servers::{Client, Interruption, SigningKeys};
use scopes_core::jwt::{JwtVerifier, Profile};

use crate::site::Site;
use crate::story::{key_of, outlasts_an_interruption};

/// The age at which keys are refreshed, in one part of the test: ten minutes is too long to wait.
const LIFETIME: Duration = Duration::from_secs(2);

const WITHDRAWN: &str = r#"auth.reason="unknown_key""#;

/// Replaces a key, withdraws one, and makes one before the server is out of reach. All of it with default
/// settings, but for the withdrawal that no new key gives away.
pub(crate) async fn change(
    site: &mut Site,
    issuer: &str,
    server: &mut (impl SigningKeys + Interruption),
    client: &Client,
    scope: &str,
) -> Result<String, String> {
    site.serve_by_signature(issuer).await;
    let first = client.sign_in(&site.url, scope).await?;
    site.allowed(&first.access, "count_entries", None).await;

    // A key that is withdrawn because it has leaked is replaced at the same time: the first token of the new
    // one has the keys fetched.
    server.rotate_keys().await;
    server.withdraw_key(&key_of(&first)).await;
    let second = client.sign_in(&site.url, scope).await?;
    site.allowed(&second.access, "count_entries", None).await;
    site.rejected(&first.access, WITHDRAWN).await;

    let also_second = client.sign_in(&site.url, scope).await?;
    server.rotate_keys().await;
    let third = client.sign_in(&site.url, scope).await?;
    let known = [&second, &also_second];
    outlasts_an_interruption(site, server, &known, &third).await;

    let settings = |server: &_| JwtVerifier::for_server(server, &Profile::default());
    site.serve_with(issuer, |server| settings(server).keys_lifetime(LIFETIME))
        .await;
    for tokens in [&second, &third] {
        site.allowed(&tokens.access, "count_entries", None).await;
    }
    server.withdraw_key(&key_of(&second)).await;
    tokio::time::sleep(LIFETIME).await;
    site.rejected(&second.access, WITHDRAWN).await;
    site.allowed(&third.access, "count_entries", None).await;
    Ok("a leaked key, a withdrawn one, an interruption".to_owned())
}
