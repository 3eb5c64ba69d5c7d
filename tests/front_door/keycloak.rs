//! The server of the README and a real Keycloak, both behind nginx under their names.

use std::net::{Ipv4Addr, SocketAddr};

use reqwest::Client;
use scopes_authorization_servers::Keycloak;
use serde_json::{Value, json};

use crate::client::{call, check_resource_with, get, send};
use crate::nginx::{Door, HOSTS};
use crate::readme::ReadmeServer;

/// A client that signs users in by their password, so that no browser is needed.
const CLIENT: &str = "journal-app";

/// Has ada sign in, and returns the access token.
async fn sign_in(client: &Client, metadata: &Value, scope: &str) -> String {
    let endpoint = metadata["token_endpoint"].as_str().expect("an endpoint");
    let form = [
        ("client_id", CLIENT),
        ("grant_type", "password"),
        ("username", "ada"),
        ("password", "ada"),
        ("scope", scope),
    ];
    let body = form.map(|(name, value)| format!("{name}={}", value.replace(':', "%3A")));
    let request = client
        .post(endpoint)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.join("&").replace(' ', "+"));
    let answer = send(request).await;
    assert_eq!(answer.status, 200, "{endpoint}: {}", answer.body);
    let token = answer.json()["access_token"].as_str().map(str::to_owned);
    token.expect("an access token")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_server_steps_up_at_a_keycloak_behind_nginx() {
    let door = Door::choose();
    let resource = format!("{}/mcp", door.origin);
    let keycloak = match Keycloak::start_behind(&door.login_origin, &resource).await {
        Ok(keycloak) => keycloak,
        Err(problem) => {
            assert!(std::env::var_os("CI").is_none(), "Keycloak: {problem}");
            eprintln!("not tried: Keycloak: {problem}");
            return;
        }
    };
    let app = json!({
        "clientId": CLIENT,
        "publicClient": true,
        "directAccessGrantsEnabled": true,
        "standardFlowEnabled": false,
        "fullScopeAllowed": false,
        "optionalClientScopes": ["entries:read", "entries:write"],
    });
    keycloak
        .admin("POST", "/admin/realms/journal/clients", Some(app))
        .await;
    let issuer = format!("{}/realms/journal", door.login_origin);
    let login = door.login(SocketAddr::from((Ipv4Addr::LOCALHOST, keycloak.port())));
    for lines in HOSTS {
        let server = ReadmeServer::start(&door, &issuer, &login, lines);
        let (client, url) = (&server.nginx.client, &server.url);

        let stranger = call(client, url, None, "count_entries").await;
        assert_eq!(stranger.status, 401, "{lines}");
        let metadata = get(client, stranger.metadata_url()).await.json();
        assert_eq!(metadata["resource"], **url);
        assert_eq!(metadata["authorization_servers"], json!([issuer]));
        let inserted = format!(
            "{}/.well-known/oauth-authorization-server/realms/journal",
            door.login_origin
        );
        let metadata = get(client, &inserted).await.json();
        assert_eq!(metadata["issuer"], issuer);

        // A scope of another server, which brings the audience and not the scope.
        let nothing = sign_in(client, &metadata, "entries:write").await;
        let refused = call(client, url, Some(&nothing), "count_entries").await;
        assert_eq!(refused.status, 403, "{lines}: {}", refused.body);
        let scope = refused.parameter("scope").expect("a scope");
        let stepped_up = sign_in(client, &metadata, scope).await;
        check_resource_with(client, url, &stepped_up, &nothing).await;

        // Without a scope of this resource, the token is for another audience.
        let elsewhere = sign_in(client, &metadata, "openid").await;
        let rejected = call(client, url, Some(&elsewhere), "count_entries").await;
        assert_eq!(rejected.status, 401, "{lines}");
        assert_eq!(rejected.parameter("error"), Some("invalid_token"));
    }
}
