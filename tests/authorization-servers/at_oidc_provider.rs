//! `oidc-provider`: what the tests of EpicMe leave open.

use std::time::Duration;

use scopes_authorization_servers::{Client, Metadata};
use scopes_core::introspection::ClientAuthentication;
use scopes_interop::clients;
use scopes_interop::oidc_provider::{CLIENT, OidcProvider, RESOURCE_SERVER, SECRET};
use scopes_interop::task::{FirstGrant, Task};

use crate::keys;
use crate::site::Site;
use crate::story::{self, Reasons};
use crate::table::Table;
use crate::tasks::{every_notebook, task};

const READ: &str = "openid offline_access entries:read";

/// Why the ID token and the refresh token, which is opaque, are rejected.
const BY_SIGNATURE: Reasons = (
    Some(r#"auth.reason="no_evidence""#),
    r#"auth.reason="not_jwt""#,
);
const BY_INTROSPECTION: Reasons = (
    Some(r#"auth.reason="wrong_audience""#),
    r#"auth.reason="missing_claim""#,
);

pub(crate) async fn run(table: &mut Table, clients: &[clients::Client], browser: &str) {
    let mut site = Site::new();
    let mut server = start(&site, true).await;
    let issuer = server.issuer.clone();
    let client = Client::new(&Metadata::of(&issuer).await, CLIENT);

    site.serve_by_signature(&issuer).await;
    let outcome = by_signature(&site, &client).await;
    table.row("oidc-provider, by signature", "of the test", outcome);
    site.serve_publishing(&issuer, "entries:read").await;
    let task = Task {
        step: every_notebook(),
        ..task(&site, FirstGrant::Asked, Some(CLIENT))
    };
    let all: Vec<_> = clients.iter().collect();
    table
        .clients("oidc-provider, every notebook", &all, &task, browser)
        .await;
    let outcome = keys::change(&mut site, &issuer, &mut server, &client, READ).await;
    table.row("oidc-provider, its keys change", "of the test", outcome);
    drop(server);

    let mut server = start(&site, false).await;
    let outcome = by_introspection(&mut site, &mut server).await;
    table.row("oidc-provider, by introspection", "of the test", outcome);
}

async fn start(site: &Site, signs: bool) -> OidcProvider {
    let url = site.url.clone();
    let server = tokio::task::spawn_blocking(move || OidcProvider::start(&url, signs));
    server.await.expect("it starts")
}

async fn by_signature(site: &Site, client: &Client) -> Result<String, String> {
    let tokens = story::steps_up(site, client, READ).await?;
    story::refreshes(site, client, &tokens, BY_SIGNATURE).await?;
    Ok("steps up, refreshes".to_owned())
}

async fn by_introspection(site: &mut Site, server: &mut OidcProvider) -> Result<String, String> {
    let issuer = server.issuer.clone();
    let client = Client::new(&Metadata::of(&issuer).await, CLIENT);
    let settings = site.asking(ClientAuthentication::secret_basic(RESOURCE_SERVER, SECRET));
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
