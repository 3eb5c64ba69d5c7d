//! better-auth: by signature and by introspection, with registered clients and with those that register
//! themselves.

use std::time::Duration;

use scopes_authorization_servers::{BetterAuth, Client, Metadata};
use scopes_core::introspection::ClientAuthentication;
use scopes_interop::clients;
use scopes_interop::task::{FirstGrant, Task};

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
    Some(r#"auth.reason="inactive""#),
    r#"auth.reason="inactive""#,
);

/// # Errors
///
/// If better-auth is not installed.
pub(crate) async fn run(
    table: &mut Table,
    clients: &[clients::Client],
    browser: &str,
) -> Result<(), String> {
    let mut site = Site::new();
    let mut server = BetterAuth::start(&site.url, "jwt", false).await?;
    let issuer = server.issuer();
    let metadata = Metadata::of(&issuer).await;
    let client = Client::new(&metadata, server.client());

    site.serve_by_signature(&issuer).await;
    let outcome = by_signature(&site, &issuer, &client).await;
    table.row("better-auth, by signature", "of the test", outcome);
    let outcome = registers(&site, &metadata).await;
    let name = "of the test, registers";
    table.row("better-auth, by signature", name, outcome);
    // TypeScript 1.x registers without `application_type`, and better-auth then takes no loopback URL.
    let registering: Vec<_> = clients
        .iter()
        .filter(|client| client.name != "TypeScript 1.x")
        .collect();
    let part = task(&site, FirstGrant::Part, None);
    table
        .clients("better-auth, by signature", &registering, &part, browser)
        .await;

    site.serve_publishing(&issuer, "entries:read").await;
    let all: Vec<_> = clients.iter().collect();
    let asked = task(&site, FirstGrant::Asked, Some(server.client()));
    for (name, step) in [
        ("better-auth, every notebook", every_notebook()),
        ("better-auth, one notebook", one_notebook()),
    ] {
        let task = Task {
            step,
            ..asked.clone()
        };
        table.clients(name, &all, &task, browser).await;
    }
    let outcome = keys::change(&mut site, &issuer, &mut server, &client, READ).await;
    table.row("better-auth, its keys change", "of the test", outcome);
    drop(server);

    let mut server = BetterAuth::start(&site.url, "opaque", false).await?;
    let outcome = by_introspection(&mut site, &mut server).await;
    table.row("better-auth, by introspection", "of the test", outcome);
    let part = task(&site, FirstGrant::Part, None);
    let name = "better-auth, by introspection";
    table.clients(name, &registering, &part, browser).await;
    Ok(())
}

async fn by_signature(site: &Site, issuer: &str, client: &Client) -> Result<String, String> {
    story::finds_the_authorization_server(site, issuer).await;
    let tokens = story::steps_up(site, client, READ).await?;
    story::refreshes(site, client, &tokens, BY_SIGNATURE).await?;
    story::steps_up_for_every_notebook(site, client).await?;
    story::steps_up_for_one_notebook(site, client).await?;
    let refused = client.revoke(&tokens).await.expect_err("a JWT");
    assert!(refused.contains("unsupported_token_type"), "{refused}");
    Ok("steps up, refreshes, notebooks".to_owned())
}

/// A client that registers itself may ask for every scope later.
async fn registers(site: &Site, metadata: &Metadata) -> Result<String, String> {
    let client = Client::register(metadata, "entries:read").await?;
    story::steps_up(site, &client, "entries:read").await?;
    Ok("steps up to what it has not registered for".to_owned())
}

async fn by_introspection(site: &mut Site, server: &mut BetterAuth) -> Result<String, String> {
    let issuer = server.issuer();
    let client = Client::new(&Metadata::of(&issuer).await, server.client());
    let [id, secret] = server.resource_server();
    let settings = site.asking(ClientAuthentication::secret_basic(id, secret));
    let at_once = settings.clone().max_age(Duration::ZERO);
    site.serve_by_introspection(site.resource(&issuer), at_once)
        .await;

    let tokens = story::steps_up(site, &client, READ).await?;
    story::refreshes(site, &client, &tokens, BY_INTROSPECTION).await?;
    story::revokes(site, &client, READ).await?;

    site.serve_by_introspection(site.resource(&issuer), settings)
        .await;
    story::outlasts_by_introspection(site, server, &client, READ).await?;
    Ok("steps up, refreshes, a revocation, an interruption".to_owned())
}
