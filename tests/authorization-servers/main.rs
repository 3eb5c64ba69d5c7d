//! Real authorization servers, the README's MCP server beside each, and unmodified clients, from no token
//! to a withdrawn one. Prints a table.

#![allow(
    clippy::expect_used,
    clippy::unused_async,
    clippy::unused_self,
    reason = "a test"
)]

mod at_keycloak;
mod journal;
mod site;
mod story;
mod table;
mod tasks;

use std::process::ExitCode;

use scopes_interop::{browser, clients};

pub(crate) use journal::Scope;
use table::Table;

#[tokio::main]
async fn main() -> ExitCode {
    let installing =
        tokio::task::spawn_blocking(|| clients::installed(env!("CARGO_TARGET_TMPDIR").as_ref()));
    let mut table = Table::default();
    let (clients, missing) = installing.await.expect("no panic");
    for program in missing {
        table.passed_over(program);
    }
    let browser = browser::serve().await;
    if let Err(problem) = at_keycloak::run(&mut table, &clients, &browser).await {
        table.passed_over(format!("Keycloak: {problem}"));
    }
    table.finish()
}
