//! What happens between a client, an authorization server and the MCP server, from no token to a withdrawn
//! one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopes_authorization_servers::{Client, Interruption, Tokens};
use serde_json::{Value, json};

use crate::site::Site;

/// Finds the authorization server as a client without a token does.
pub(crate) async fn finds_the_authorization_server(site: &Site, issuer: &str) {
    let stranger = site.call(None, "count_entries", None).await;
    assert_eq!(stranger.status, 401, "{}", stranger.body);
    let url = stranger.parameter("resource_metadata").expect("a URL");
    let metadata = site.document(url).await;
    assert_eq!(metadata["resource"], site.url);
    assert_eq!(metadata["authorization_servers"], json!([issuer]));
}

/// Signs in with a scope, calls, and steps up to another. Returns the last tokens.
pub(crate) async fn steps_up(site: &Site, client: &Client, first: &str) -> Result<Tokens, String> {
    let reader = client.sign_in(&site.url, first).await?;
    site.allowed(&reader.access, "count_entries", None).await;
    let scope = site.lacking(&reader.access, "create_entry", None).await;
    assert_eq!(scope, "entries:read entries:write");
    // Clients keep what they have asked for besides.
    let writer = client
        .sign_in(&site.url, &format!("{first} {scope}"))
        .await?;
    site.allowed(&writer.access, "create_entry", None).await;
    site.allowed(&writer.access, "count_entries", None).await;
    Ok(writer)
}

/// Why the ID token, if one is issued, and the refresh token are rejected.
pub(crate) type Reasons = (Option<&'static str>, &'static str);

/// Refreshes, and presents every token that is no access token: the ID token and the refresh token.
pub(crate) async fn refreshes(
    site: &Site,
    client: &Client,
    tokens: &Tokens,
    (id, refresh): Reasons,
) -> Result<(), String> {
    let refreshed = client.refresh(tokens, &site.url).await?;
    assert_ne!(refreshed.access, tokens.access);
    site.allowed(&refreshed.access, "create_entry", None).await;
    for (other, reason) in [(&refreshed.id, id), (&refreshed.refresh, Some(refresh))] {
        assert_eq!(other.is_some(), reason.is_some(), "a token is issued");
        if let (Some(other), Some(reason)) = (other, reason) {
            site.rejected(other, reason).await;
        }
    }
    Ok(())
}

/// Steps up for a notebook by the plain scope, which every notebook's implies.
pub(crate) async fn steps_up_for_every_notebook(
    site: &Site,
    client: &Client,
) -> Result<(), String> {
    let reader = client.sign_in(&site.url, "entries:read").await?;
    let scope = site
        .lacking(&reader.access, "write_in_notebook", Some(1))
        .await;
    assert_eq!(scope, "entries:read notebooks:write");
    let writer = client.sign_in(&site.url, &scope).await?;
    for notebook in [1, 2] {
        let token = &writer.access;
        site.allowed(token, "write_in_notebook", Some(notebook))
            .await;
    }
    Ok(())
}

/// Steps up for one notebook by its own name.
///
/// # Errors
///
/// If the authorization server does not issue the name.
pub(crate) async fn steps_up_for_one_notebook(site: &Site, client: &Client) -> Result<(), String> {
    let reader = client.sign_in(&site.url, "entries:read").await?;
    let scope = site.lacking(&reader.access, "read_notebook", Some(1)).await;
    assert_eq!(scope, "entries:read notebooks:1:read");
    let reader = client.sign_in(&site.url, &scope).await?;
    site.allowed(&reader.access, "read_notebook", Some(1)).await;
    let scope = site.lacking(&reader.access, "read_notebook", Some(2)).await;
    assert!(scope.contains("notebooks:2:read"), "{scope}");
    Ok(())
}

/// Revokes a token that was accepted. The server has to ask about a token each time.
pub(crate) async fn revokes(site: &Site, client: &Client, scope: &str) -> Result<(), String> {
    let tokens = client.sign_in(&site.url, scope).await?;
    site.allowed(&tokens.access, "count_entries", None).await;
    client.revoke(&tokens).await?;
    site.rejected(&tokens.access, r#"auth.reason="inactive""#)
        .await;
    Ok(())
}

/// Interrupts an authorization server that is asked about tokens: one that was accepted less than `max_age`
/// ago is known.
pub(crate) async fn outlasts_by_introspection(
    site: &Site,
    server: &mut impl Interruption,
    client: &Client,
    scope: &str,
) -> Result<(), String> {
    let known = client.sign_in(&site.url, scope).await?;
    let unknown = client.sign_in(&site.url, scope).await?;
    site.allowed(&known.access, "count_entries", None).await;
    outlasts_an_interruption(site, server, &[&known], &unknown).await;
    Ok(())
}

/// Interrupts an authorization server. Tokens that need no answer of it, the `known` ones, are accepted in
/// the meantime, and others after it is back: without a restart, and after the pause that the 503 names.
pub(crate) async fn outlasts_an_interruption(
    site: &Site,
    server: &mut impl Interruption,
    known: &[&Tokens],
    unknown: &Tokens,
) {
    server.interrupt().await;
    for tokens in known {
        site.allowed(&tokens.access, "count_entries", None).await;
    }
    let pause = site.unavailable(&unknown.access).await;
    server.restore().await;
    tokio::time::sleep(pause).await;
    site.allowed(&unknown.access, "count_entries", None).await;
}

/// The id of the key that has signed the access token.
pub(crate) fn key_of(tokens: &Tokens) -> String {
    let (header, _) = tokens.access.split_once('.').expect("a JWS");
    let header = URL_SAFE_NO_PAD.decode(header).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a key").to_owned()
}
