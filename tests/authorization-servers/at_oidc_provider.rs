//! `oidc-provider`: what the tests of EpicMe leave open.

use scopes_interop::clients::Client;
use scopes_interop::oidc_provider::{CLIENT, OidcProvider, RESOURCE_SERVER, SECRET};
use scopes_interop::task::{FirstGrant, Task};

use crate::doctor::{finds, introspect};
use crate::site::Site;
use crate::table::Table;
use crate::tasks::{every_notebook, task};

pub(crate) async fn run(table: &mut Table, clients: &[Client], browser: &str) {
    let mut site = Site::new();
    let url = site.url.clone();
    let server = tokio::task::spawn_blocking(move || OidcProvider::start(&url, true));
    let server = server.await.expect("it starts");
    let outcome = examined(&mut site, &server.issuer).await;
    table.row("oidc-provider", "the doctor", outcome);
    site.serve_publishing(&server.issuer, "entries:read").await;
    let task = Task {
        step: every_notebook(),
        ..task(&site, FirstGrant::Asked, Some(CLIENT))
    };
    let all: Vec<_> = clients.iter().collect();
    table
        .clients("oidc-provider, every notebook", &all, &task, browser)
        .await;
}

/// The doctor finds what is true of the server of the tests, and a secret that is wrong.
async fn examined(site: &mut Site, issuer: &str) -> Result<String, String> {
    site.serve_by_signature(issuer).await;
    let asking = introspect(issuer, RESOURCE_SERVER);
    let closed = ("registration", "clients cannot register themselves");
    finds(site, &asking, SECRET, &[closed]).await?;
    let refused = ("introspection", "the id or the secret is wrong");
    finds(site, &asking, "another secret", &[closed, refused]).await?;
    Ok("no registration; one mistake is found".to_owned())
}
