//! What happens between a client, an authorization server and the MCP server, from no token to a withdrawn
//! one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopes_authorization_servers::{Client, Tokens};
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

/// Refreshes, and presents every token that is no access token: the ID token and the refresh token, each
/// with the reason for which it is rejected.
pub(crate) async fn refreshes(
    site: &Site,
    client: &Client,
    tokens: &Tokens,
    [id, refresh]: [&str; 2],
) -> Result<(), String> {
    let refreshed = client.refresh(tokens, &site.url).await?;
    assert_ne!(refreshed.access, tokens.access);
    site.allowed(&refreshed.access, "create_entry", None).await;
    for (other, reason) in [(&refreshed.id, id), (&refreshed.refresh, refresh)] {
        site.rejected(other.as_deref().expect("a token"), reason)
            .await;
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

/// The id of the key that has signed the access token.
pub(crate) fn key_of(tokens: &Tokens) -> String {
    let (header, _) = tokens.access.split_once('.').expect("a JWS");
    let header = URL_SAFE_NO_PAD.decode(header).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a key").to_owned()
}
