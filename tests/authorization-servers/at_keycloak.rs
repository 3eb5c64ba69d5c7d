//! Keycloak: by signature and by introspection, with registered clients and with those that register
//! themselves.

use std::time::Duration;

use scopes_authorization_servers::{Client, Keycloak, Metadata};
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_interop::clients;
use scopes_interop::task::{FirstGrant, Task};

use crate::site::Site;
use crate::story;
use crate::table::Table;
use crate::tasks::{every_notebook, one_notebook, task};

/// # Errors
///
/// If Keycloak is not installed.
pub(crate) async fn run(
    table: &mut Table,
    clients: &[clients::Client],
    browser: &str,
) -> Result<(), String> {
    let mut site = Site::new();
    let keycloak = Keycloak::start(&site.url).await?;
    let issuer = keycloak.issuer();
    let metadata = Metadata::of(&issuer).await;
    let client = Client::new(&metadata, Keycloak::CLIENT);

    site.serve_by_signature(&issuer).await;
    let outcome = by_signature(&site, &keycloak, &client).await;
    table.row("Keycloak, by signature", "of the test", outcome);
    let registered = registers(&site, &metadata).await;
    table.row(
        "Keycloak, by signature",
        "of the test, registers",
        registered,
    );
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

    let outcome = by_introspection(&mut site, &issuer, &client).await;
    table.row("Keycloak, by introspection", "of the test", outcome);
    Ok(())
}

async fn by_signature(site: &Site, keycloak: &Keycloak, client: &Client) -> Result<String, String> {
    story::finds_the_authorization_server(site, &keycloak.issuer()).await;
    let tokens = story::steps_up(site, client, "openid entries:read").await?;
    story::refreshes(site, client, &tokens).await?;
    story::steps_up_for_every_notebook(site, client).await?;
    story::steps_up_for_one_notebook(site, client).await?;

    keycloak.rotate_keys().await;
    let newer = client.refresh(&tokens, &site.url).await?;
    assert_ne!(story::key_of(&newer), story::key_of(&tokens));
    for token in [&newer.access, &tokens.access] {
        site.allowed(token, "create_entry", None).await;
    }
    Ok("steps up, refreshes, notebooks, a new key".to_owned())
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
    issuer: &str,
    client: &Client,
) -> Result<String, String> {
    let server = site.resource(issuer).build().expect("valid settings");
    let authentication = ClientAuthentication::secret_basic(&site.url, Keycloak::SECRET);
    let verifier = IntrospectionVerifier::builder(&site.url, authentication)
        .issuer(issuer)
        // A revocation takes effect at once.
        .max_age(Duration::ZERO);
    let verifier = verifier.discover(HyperFetch::new().expect("TLS")).await;
    site.serve(server, verifier.expect("an endpoint")).await;

    let tokens = story::steps_up(site, client, "openid entries:read").await?;
    story::refreshes(site, client, &tokens).await?;
    let tokens = client.sign_in(&site.url, "entries:read").await?;
    site.allowed(&tokens.access, "count_entries", None).await;
    client.revoke(&tokens).await?;
    site.rejected(&tokens.access).await;
    Ok("steps up, refreshes, a revocation".to_owned())
}
