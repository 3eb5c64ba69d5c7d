//! Django with django-oauth-toolkit, which issues opaque tokens, so by introspection: with registered
//! clients and with those that register themselves.

use std::time::Duration;

use scopes_authorization_servers::{Client, Django, Metadata};
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifierBuilder};
use scopes_interop::clients;
use scopes_interop::task::{FirstGrant, Task};

use crate::doctor;
use crate::site::{Site, publishing};
use crate::story::{self, Reasons};
use crate::table::Table;
use crate::tasks::{one_notebook, task};

const READ: &str = "entries:read";

/// It issues no ID token here, and why the refresh token is rejected.
const REASONS: Reasons = (None, r#"auth.reason="inactive""#);

/// # Errors
///
/// If Django is not installed.
pub(crate) async fn run(
    table: &mut Table,
    clients: &[clients::Client],
    browser: &str,
) -> Result<(), String> {
    let mut site = Site::new();
    let mut django = Django::start("urls").await?;
    let issuer = django.issuer();
    let outcome = by_introspection(&mut site, &mut django).await;
    table.row("Django, by introspection", "of the test", outcome);
    let outcome = doctor::at_django(&site, &issuer).await;
    table.row("Django", "the doctor", outcome);

    // It always issues a refresh token, and this client then refreshes instead of asking the user.
    let stepping: Vec<_> = clients
        .iter()
        .filter(|client| client.name != "TypeScript 1.x")
        .collect();
    site.serve_by_introspection(publishing(site.resource(&issuer), READ), settings(&site))
        .await;
    let registers = task(&site, FirstGrant::Asked, None);
    table
        .clients("Django, by introspection", &stepping, &registers, browser)
        .await;
    let asked = Task {
        step: one_notebook(),
        ..task(&site, FirstGrant::Asked, Some(Django::CLIENT))
    };
    table
        .clients("Django, one notebook", &stepping, &asked, browser)
        .await;
    drop(django);

    let outcome = mounted(&mut site).await?;
    table.row("Django, its metadata at /o/ alone", "of the test", outcome);
    Ok(())
}

fn settings(site: &Site) -> IntrospectionVerifierBuilder {
    let client = ClientAuthentication::secret_basic(Django::RESOURCE_SERVER, Django::SECRET);
    // Its answers have no `sub`.
    site.asking(client).subject_claim("username")
}

async fn by_introspection(site: &mut Site, django: &mut Django) -> Result<String, String> {
    let issuer = django.issuer();
    let metadata = Metadata::of(&issuer).await;
    let client = Client::new(&metadata, Django::CLIENT);
    let at_once = settings(site).max_age(Duration::ZERO);
    site.serve_by_introspection(site.resource(&issuer), at_once)
        .await;

    story::finds_the_authorization_server(site, &issuer).await;
    let tokens = story::steps_up(site, &client, READ).await?;
    let whose = site.call(Some(&tokens.access), "count_entries", None).await;
    assert!(whose.body.contains("42 of ada"), "{}", whose.body);
    story::refreshes(site, &client, &tokens, REASONS).await?;
    story::steps_up_for_every_notebook(site, &client).await?;
    story::steps_up_for_one_notebook(site, &client).await?;
    story::revokes(site, &client, READ).await?;
    let elsewhere = client.sign_in("http://127.0.0.1:9/mcp", READ).await?;
    site.rejected(&elsewhere.access, r#"auth.reason="wrong_audience""#)
        .await;
    let wrong = ClientAuthentication::secret_basic(Django::RESOURCE_SERVER, "wrong");
    let wrong = site.asking(wrong).issuer(&issuer);
    let problem = wrong.discover(HyperFetch::new().expect("TLS")).await;
    let problem = problem.expect_err("a wrong secret").to_string();
    assert!(problem.contains("or its secret is wrong"), "{problem}");
    let registered = Client::register(&metadata, READ).await?;
    story::steps_up(site, &registered, READ).await?;

    site.serve_by_introspection(site.resource(&issuer), settings(site))
        .await;
    story::outlasts_by_introspection(site, django, &client, READ).await?;
    Ok("steps up, refreshes, a revocation, an interruption".to_owned())
}

/// Where nothing but `/o/` is mounted, the MCP server finds the metadata behind the path, and clients, which
/// look in front of it, find none.
async fn mounted(site: &mut Site) -> Result<Result<String, String>, String> {
    let django = Django::start("mounted").await?;
    let issuer = django.issuer();
    site.serve_by_introspection(site.resource(&issuer), settings(site))
        .await;
    if Metadata::find(&issuer).await.is_some() {
        return Ok(Err("clients find metadata".to_owned()));
    }
    let found = doctor::at_mounted_django(site).await;
    Ok(found.map(|()| "found by the MCP server and the doctor, not by clients".to_owned()))
}
