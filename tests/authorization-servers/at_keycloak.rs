//! Keycloak: by signature and by introspection, with registered clients and with those that register
//! themselves.

use std::time::Duration;

use scopes_authorization_servers::{Client, Keycloak, Metadata};
use scopes_core::introspection::ClientAuthentication;
use scopes_interop::browser::REDIRECT_URI;
use scopes_interop::clients;
use scopes_interop::task::{FirstGrant, Task};
use serde_json::json;

use crate::doctor;
use crate::keys;
use crate::profile;
use crate::site::Site;
use crate::story::{self, Reasons};
use crate::table::Table;
use crate::tasks::{every_notebook, one_notebook, task};

/// Why the ID token and the refresh token are rejected.
const BY_SIGNATURE: Reasons = (
    Some(r#"auth.reason="not_access_token""#),
    r#"auth.reason="unsupported_algorithm""#,
);
const BY_INTROSPECTION: Reasons = (
    Some(r#"auth.reason="wrong_audience""#),
    r#"auth.reason="wrong_audience""#,
);

const GUIDE: &str = include_str!("../../docs/guide/providers/keycloak.md");

pub(crate) async fn run(
    table: &mut Table,
    mut site: Site,
    mut keycloak: Keycloak,
    clients: &[clients::Client],
    browser: &str,
) {
    let issuer = keycloak.issuer();
    let metadata = Metadata::of(&issuer).await;
    let client = Client::new(&metadata, Keycloak::CLIENT);

    site.serve_by_signature(&issuer).await;
    let outcome = by_signature(&site, &keycloak, &client).await;
    table.row("Keycloak, by signature", "of the test", outcome);
    let outcome = by_hand(&site, &metadata).await;
    table.row("Keycloak, by signature", "by hand", outcome);
    let outcome = scopes_of_your_own(&site, &keycloak, &metadata).await;
    table.row("Keycloak, scopes of your own", "by hand", outcome);
    let registered = registers(&site, &metadata).await;
    table.row(
        "Keycloak, by signature",
        "of the test, registers",
        registered,
    );
    let outcome = profile::at_keycloak(&mut site, &issuer, &client).await;
    table.row("Keycloak, by its profile", "of the test", outcome);
    let outcome = doctor::at_keycloak(&mut site, &keycloak).await;
    table.row("Keycloak", "the doctor", outcome);
    site.serve_by_signature(&issuer).await;
    let all: Vec<_> = clients.iter().collect();
    let everything = task(&site, FirstGrant::Everything, None);
    table
        .clients("Keycloak, by signature", &all, &everything, browser)
        .await;

    site.serve_publishing(&issuer, "entries:read").await;
    let registered = Some(Keycloak::CLIENT);
    // Keycloak always issues a refresh token, and this client then refreshes instead of asking the user.
    let stepping: Vec<_> = all
        .into_iter()
        .filter(|client| client.name != "TypeScript 1.x")
        .collect();
    let asked = task(&site, FirstGrant::Asked, registered);
    for (server, step) in [
        ("Keycloak, by signature", asked.step.clone()),
        ("Keycloak, every notebook", every_notebook()),
        ("Keycloak, one notebook", one_notebook()),
    ] {
        let task = Task {
            step,
            ..asked.clone()
        };
        table.clients(server, &stepping, &task, browser).await;
    }

    let outcome = stock(&mut site, &keycloak).await;
    table.row("Keycloak, a new realm", "of the test", outcome);

    let outcome = keys::change(&mut site, &issuer, &mut keycloak, &client, "entries:read").await;
    table.row("Keycloak, its keys change", "of the test", outcome);
    let outcome = by_introspection(&mut site, &mut keycloak, &client).await;
    table.row("Keycloak, by introspection", "of the test", outcome);
}

async fn by_signature(site: &Site, keycloak: &Keycloak, client: &Client) -> Result<String, String> {
    story::finds_the_authorization_server(site, &keycloak.issuer()).await;
    let tokens = story::steps_up(site, client, "openid entries:read").await?;
    story::refreshes(site, client, &tokens, BY_SIGNATURE).await?;
    story::steps_up_for_every_notebook(site, client).await?;
    story::steps_up_for_one_notebook(site, client).await?;
    Ok("steps up, refreshes, notebooks".to_owned())
}

/// The way to a token that the page of the guide shows.
async fn by_hand(site: &Site, metadata: &Metadata) -> Result<String, String> {
    let client = Client::new(metadata, "try-it");
    let reader = client.sign_in_by_password("ada", "entries:read").await?;
    site.allowed(&reader.access, "count_entries", None).await;
    site.lacking(&reader.access, "create_entry", None).await;
    let nobody = client.sign_in_by_password("ada", "profile").await?;
    site.rejected(&nobody.access, r#"auth.reason="missing_claim""#)
        .await;
    Ok("reads, and is refused to write".to_owned())
}

/// Runs the commands of the guide that add scopes to a realm. Keycloak issues no scope that a client does not have.
async fn scopes_of_your_own(
    site: &Site,
    keycloak: &Keycloak,
    metadata: &Metadata,
) -> Result<String, String> {
    let client = Client::new(metadata, "try-it");
    let unknown = client.sign_in_by_password("ada", "tasks:read").await;
    assert!(unknown.is_err_and(|error| error.contains("invalid_scope")));

    let (_, section) = GUIDE.split_once("\n## Scopes of your own\n").expect("it");
    let (_, script) = section.split_once("```sh\n").expect("commands");
    let (script, _) = script.split_once("```\n").expect("their end");
    keycloak.run_script(&script.replace("http://127.0.0.1:8788/mcp", &site.url));

    let reader = client.sign_in_by_password("ada", "tasks:read").await?;
    site.lacking(&reader.access, "count_entries", None).await;
    let writer = Client::register(metadata, "tasks:write").await?;
    let writer = writer.sign_in(&site.url, "tasks:write").await?;
    site.lacking(&writer.access, "count_entries", None).await;
    Ok("issued for this server".to_owned())
}

/// A client that registers itself has the scopes that it registers with, and each of them the audience.
async fn registers(site: &Site, metadata: &Metadata) -> Result<String, String> {
    let client = Client::register(metadata, "entries:read entries:write").await?;
    story::steps_up(site, &client, "entries:read").await?;
    let few = Client::register(metadata, "entries:read").await?;
    let refused = few.sign_in(&site.url, "entries:read entries:write").await;
    let refused = refused.expect_err("a scope that it did not register");
    assert!(refused.contains("invalid_scope"), "{refused}");
    Ok("steps up to what it has registered for".to_owned())
}

async fn by_introspection(
    site: &mut Site,
    keycloak: &mut Keycloak,
    client: &Client,
) -> Result<String, String> {
    let issuer = keycloak.issuer();
    let server = ClientAuthentication::secret_basic(&site.url, Keycloak::SECRET);
    let settings = site.asking(server);
    let at_once = settings.clone().max_age(Duration::ZERO);
    site.serve_by_introspection(site.resource(&issuer), at_once)
        .await;

    let tokens = story::steps_up(site, client, "openid entries:read").await?;
    story::refreshes(site, client, &tokens, BY_INTROSPECTION).await?;
    story::revokes(site, client, "entries:read").await?;

    site.serve_by_introspection(site.resource(&issuer), settings)
        .await;
    story::outlasts_by_introspection(site, keycloak, client, "entries:read").await?;
    Ok("steps up, refreshes, a revocation, an interruption".to_owned())
}

/// A realm that has nothing but an audience mapper, and the README's server with its issuer's URL.
async fn stock(site: &mut Site, keycloak: &Keycloak) -> Result<String, String> {
    let resource = site.url.clone();
    let post = async |path: &str, body| {
        let path = format!("/admin/realms{path}");
        keycloak.admin("POST", &path, Some(body)).await;
    };
    post("", json!({ "realm": "stock", "enabled": true })).await;
    let mapper = json!({
        "name": "audience",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": { "included.custom.audience": resource, "access.token.claim": "true" },
    });
    for (scope, mappers) in [
        ("entries:read", json!([mapper])),
        ("entries:write", json!([])),
    ] {
        let scope = json!({
            "name": scope,
            "protocol": "openid-connect",
            "attributes": { "include.in.token.scope": "true" },
            "protocolMappers": mappers,
        });
        post("/stock/client-scopes", scope).await;
    }
    let client = json!({
        "clientId": "client",
        "publicClient": true,
        "redirectUris": [REDIRECT_URI],
        "optionalClientScopes": ["entries:read", "entries:write"],
    });
    post("/stock/clients", client).await;
    let ada = json!({
        "username": "ada",
        "email": "ada@example.com",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "enabled": true,
        "credentials": [{ "type": "password", "value": "ada" }],
    });
    post("/stock/users", ada).await;

    let issuer = keycloak.issuer_of("stock");
    site.serve_by_signature(&issuer).await;

    let client = Client::new(&Metadata::of(&issuer).await, "client");
    let tokens = client.sign_in(&resource, "openid entries:read").await?;
    site.allowed(&tokens.access, "count_entries", None).await;
    site.lacking(&tokens.access, "create_entry", None).await;
    let refreshed = client.refresh(&tokens, &resource).await?;
    site.allowed(&refreshed.access, "count_entries", None).await;
    // Without the mapper of `entries:read`, there is no audience.
    let elsewhere = client.sign_in(&resource, "openid entries:write").await?;
    let missing = "The token has no `aud`. Add an audience mapper";
    site.rejected(&elsewhere.access, missing).await;
    Ok("the README's server with another issuer".to_owned())
}
