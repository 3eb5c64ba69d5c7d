//! Ory Hydra: by signature and by introspection, with registered clients and with those that register
//! themselves.

use std::time::Duration;

use scopes_authorization_servers::{Client, Hydra, Metadata};
use scopes_core::introspection::ClientAuthentication;
use scopes_interop::clients;
use scopes_interop::task::{FirstGrant, Task};

use crate::doctor;
use crate::keys;
use crate::site::Site;
use crate::story::{self, Reasons};
use crate::table::Table;
use crate::tasks::{every_notebook, one_notebook, task};

const READ: &str = "openid offline_access entries:read";

/// Why the ID token and the refresh token, which is opaque, are rejected.
const BY_SIGNATURE: Reasons = (
    Some(r#"auth.reason="not_access_token""#),
    r#"auth.reason="not_jwt""#,
);
const BY_INTROSPECTION: Reasons = (
    Some(r#"auth.reason="wrong_audience""#),
    r#"auth.reason="not_access_token""#,
);

/// # Errors
///
/// If Hydra is not installed.
pub(crate) async fn run(
    table: &mut Table,
    clients: &[clients::Client],
    browser: &str,
) -> Result<(), String> {
    let mut site = Site::new();
    let mut hydra = Hydra::start(&site.url, "jwt").await?;
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

    let issuer = hydra.issuer().to_owned();
    let client = Client::new(&metadata, Hydra::CLIENT);
    let outcome = keys::change(&mut site, &issuer, &mut hydra, &client, READ).await;
    table.row("Hydra, its keys change", "of the test", outcome);
    drop(hydra);

    let mut hydra = Hydra::start(&site.url, "opaque").await?;
    let outcome = by_introspection(&mut site, &mut hydra).await;
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
    Ok("steps up, refreshes, notebooks".to_owned())
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

async fn by_introspection(site: &mut Site, hydra: &mut Hydra) -> Result<String, String> {
    let issuer = hydra.issuer().to_owned();
    let settings = site.asking(ClientAuthentication::none());
    let settings = settings.endpoint(hydra.introspection());
    let at_once = settings.clone().max_age(Duration::ZERO);
    site.serve_by_introspection(site.resource(&issuer), at_once)
        .await;

    let metadata = Metadata::of(&issuer).await;
    let client = Client::new(&metadata, Hydra::CLIENT);
    let tokens = story::steps_up(site, &client, READ).await?;
    story::refreshes(site, &client, &tokens, BY_INTROSPECTION).await?;
    story::revokes(site, &client, READ).await?;

    site.serve_by_introspection(site.resource(&issuer), settings)
        .await;
    story::outlasts_by_introspection(site, hydra, &client, READ).await?;
    Ok("steps up, refreshes, a revocation, an interruption".to_owned())
}
