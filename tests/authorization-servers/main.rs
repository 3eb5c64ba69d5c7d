//! Real authorization servers, the README's MCP server beside each, and unmodified clients, from no token
//! to a withdrawn one. Prints a table.

#![allow(
    clippy::expect_used,
    clippy::unused_async,
    clippy::unused_self,
    reason = "a test"
)]

mod at_better_auth;
mod at_django;
mod at_hydra;
mod at_keycloak;
mod at_oidc_provider;
mod doctor;
mod journal;
mod keys;
mod log;
mod matrix;
mod profile;
mod site;
mod story;
mod table;
mod tasks;

use std::process::ExitCode;

use scopes_authorization_servers::Keycloak;
use scopes_interop::{browser, clients};

pub(crate) use journal::Scope;
use site::Site;
use table::Table;

#[tokio::main]
async fn main() -> ExitCode {
    if let Some(code) = doctor::commanded() {
        return code;
    }
    log::keep();
    // Those that are named, or every one: `cargo test -p scopes-authorization-servers Hydra`.
    let named: Vec<String> = std::env::args().skip(1).collect();
    if named == ["--write"] {
        return matrix::write().await;
    }
    // At the same time as a server starts.
    let installing =
        tokio::task::spawn_blocking(|| clients::installed(env!("CARGO_TARGET_TMPDIR").as_ref()));
    let is_wanted = |name: &str| named.is_empty() || named.iter().any(|named| named == name);
    let site = Site::new();
    let keycloak = if is_wanted("Keycloak") {
        Some(Keycloak::start(&site.url).await)
    } else {
        None
    };
    let (mut clients, missing) = installing.await.expect("no panic");
    let browser = browser::serve().await;

    let has_node = clients.iter().any(|client| client.name == "TypeScript 2.x");
    let mut table = Table::default();
    for program in missing {
        table.passed_over(program);
    }
    match keycloak {
        Some(Ok(keycloak)) => {
            at_keycloak::run(&mut table, site, keycloak, &clients, &browser).await;
        }
        Some(Err(problem)) => table.passed_over(format!("Keycloak: {problem}")),
        None => {}
    }
    if is_wanted("Hydra")
        && let Err(problem) = at_hydra::run(&mut table, &clients, &browser).await
    {
        table.passed_over(format!("Hydra: {problem}"));
    }
    if is_wanted("better-auth")
        && let Err(problem) = at_better_auth::run(&mut table, &clients, &browser).await
    {
        table.passed_over(format!("better-auth: {problem}"));
    }
    if is_wanted("Django")
        && let Err(problem) = at_django::run(&mut table, &clients, &browser).await
    {
        table.passed_over(format!("Django: {problem}"));
    }
    if is_wanted("oidc-provider") && has_node {
        match clients::inspector() {
            Ok(client) => clients.push(client),
            Err(problem) => table.passed_over(format!("Inspector: {problem}")),
        }
        at_oidc_provider::run(&mut table, &clients, &browser).await;
    }
    table.finish()
}
