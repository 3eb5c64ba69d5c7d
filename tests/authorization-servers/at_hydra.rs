//! Ory Hydra: by signature and by introspection, with registered clients and with those that register
//! themselves.

use std::time::Duration;

use scopes_authorization_servers::{Client, Hydra, Metadata};
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_interop::clients;
use scopes_interop::task::{FirstGrant, Task};

use crate::doctor;
use crate::site::Site;
use crate::story;
use crate::table::Table;
use crate::tasks::{every_notebook, one_notebook, task};

const READ: &str = "openid offline_access entries:read";

/// Why the ID token and the refresh token, which is opaque, are rejected.
const BY_SIGNATURE: [&str; 2] = [
    r#"auth.reason="not_access_token""#,
    r#"auth.reason="not_jwt""#,
];
const BY_INTROSPECTION: [&str; 2] = [
    r#"auth.reason="wrong_audience""#,
    r#"auth.reason="not_access_token""#,
];

/// # Errors
///
/// If Hydra is not installed.
pub(crate) async fn run(
    table: &mut Table,
    clients: &[clients::Client],
    browser: &str,
) -> Result<(), String> {
    let mut site = Site::new();
    let hydra = Hydra::start(&site.url, "jwt").await?;
    let metadata = Metadata::of(hydra.issuer()).await;

    site.serve_by_signature(hydra.issuer()).await;
    let outcome = by_signature(&site, &hydra, &metadata).await;
    table.row("Hydra, by signature", "of the test", outcome);
    let registered = registers(&site, &metadata).await;
    table.row("Hydra, by signature", "of the test, registers", registered);
    let outcome = doctor::at_hydra(&mut site, hydra.issuer()).await;
    table.row("Hydra", "the doctor", outcome);
    site.serve_by_signature(hydra.issuer()).await;
    let all: Vec<_> = clients.iter().collect();
    // A client that registers itself asks for everything, and the user grants a part.
    let part = task(&site, FirstGrant::Part, None);
    table
        .clients("Hydra, by signature", &all, &part, browser)
        .await;
    let part = Task {
        step: every_notebook(),
        ..part
    };
    table
        .clients("Hydra, every notebook", &all, &part, browser)
        .await;

    site.serve_publishing(hydra.issuer(), "entries:read").await;
    let asked = task(&site, FirstGrant::Asked, Some(Hydra::CLIENT));
    let asked = Task {
        step: one_notebook(),
        ..asked
    };
    table
        .clients("Hydra, one notebook", &all, &asked, browser)
        .await;
    drop(hydra);

    let hydra = Hydra::start(&site.url, "opaque").await?;
    let outcome = by_introspection(&mut site, &hydra).await;
    table.row("Hydra, by introspection", "of the test", outcome);
    let part = task(&site, FirstGrant::Part, None);
    table
        .clients("Hydra, by introspection", &all, &part, browser)
        .await;
    Ok(())
}

async fn by_signature(site: &Site, hydra: &Hydra, metadata: &Metadata) -> Result<String, String> {
    let client = Client::new(metadata, Hydra::CLIENT);
    story::finds_the_authorization_server(site, hydra.issuer()).await;
    let tokens = story::steps_up(site, &client, READ).await?;
    story::refreshes(site, &client, &tokens, BY_SIGNATURE).await?;
    story::steps_up_for_every_notebook(site, &client).await?;
    story::steps_up_for_one_notebook(site, &client).await?;

    hydra.rotate_keys().await;
    let newer = client.sign_in(&site.url, READ).await?;
    assert_ne!(story::key_of(&newer), story::key_of(&tokens));
    for token in [&newer.access, &tokens.access] {
        site.allowed(token, "count_entries", None).await;
    }
    Ok("steps up, refreshes, notebooks, a new key".to_owned())
}

/// A client that registers itself has the scopes that it registers with.
async fn registers(site: &Site, metadata: &Metadata) -> Result<String, String> {
    let scope = "openid offline_access entries:read entries:write";
    let client = Client::register(metadata, scope).await?;
    let tokens = story::steps_up(site, &client, READ).await?;
    story::refreshes(site, &client, &tokens, BY_SIGNATURE).await?;
    let few = Client::register(metadata, "entries:read").await?;
    let refused = few.sign_in(&site.url, "entries:read entries:write").await;
    let refused = refused.expect_err("a scope that it did not register");
    assert!(refused.contains("invalid_scope"), "{refused}");
    Ok("steps up to what it has registered for".to_owned())
}

async fn by_introspection(site: &mut Site, hydra: &Hydra) -> Result<String, String> {
    let server = site.resource(hydra.issuer()).build();
    let verifier = IntrospectionVerifier::builder(&site.url, ClientAuthentication::none())
        .issuer(hydra.issuer())
        .endpoint(hydra.introspection())
        // A revocation takes effect at once.
        .max_age(Duration::ZERO);
    let verifier = verifier.discover(HyperFetch::new().expect("TLS")).await;
    let verifier = verifier.expect("an endpoint");
    site.serve(server.expect("valid settings"), verifier).await;

    let metadata = Metadata::of(hydra.issuer()).await;
    let client = Client::new(&metadata, Hydra::CLIENT);
    let tokens = story::steps_up(site, &client, READ).await?;
    story::refreshes(site, &client, &tokens, BY_INTROSPECTION).await?;
    let tokens = client.sign_in(&site.url, READ).await?;
    site.allowed(&tokens.access, "count_entries", None).await;
    client.revoke(&tokens).await?;
    site.rejected(&tokens.access, r#"auth.reason="inactive""#)
        .await;
    Ok("steps up, refreshes, a revocation".to_owned())
}
