//! `oidc-provider`: what the tests of EpicMe leave open.

use scopes_interop::clients::Client;
use scopes_interop::oidc_provider::{CLIENT, OidcProvider};
use scopes_interop::task::{FirstGrant, Task};

use crate::site::Site;
use crate::table::Table;
use crate::tasks::{every_notebook, task};

pub(crate) async fn run(table: &mut Table, clients: &[Client], browser: &str) {
    let mut site = Site::new();
    let url = site.url.clone();
    let server = tokio::task::spawn_blocking(move || OidcProvider::start(&url, true));
    let server = server.await.expect("it starts");
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
