//! Unmodified MCP clients at a server with a public tool: each begins without a token, signs in at the
//! first call that takes one, and ends with its answer. Prints a table.

#![allow(clippy::expect_used, reason = "a test")]

mod diary;
mod programs;
mod rust;

use std::process::ExitCode;

use scopes_interop::browser;
use scopes_interop::programs::Steps;
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    let (clients, missing) = programs::installed();
    let browser = browser::serve().await;
    let url = diary::serve().await;
    let steps = rust::steps(&url).await.map_err(|error| error.to_string());
    let mut rows = vec![("rmcp", judged(steps))];
    for client in clients {
        let name = client.name;
        rows.push((name, judged(client.steps(&url, &browser).await)));
    }
    for (client, outcome) in &rows {
        match outcome {
            Ok(()) => println!("{client:<15} without a token, signs in, done"),
            Err(problem) => println!("{client:<15} FAILED: {problem}"),
        }
    }
    for program in &missing {
        println!("not tried: {program}");
    }
    let failed = rows.iter().any(|(_, outcome)| outcome.is_err());
    // Where everything has to be there, nothing may be passed over.
    let incomplete = !missing.is_empty() && std::env::var_os("CI").is_some();
    ExitCode::from(u8::from(failed || incomplete))
}

/// Compares what the client did with what it has to do, in this order.
fn judged(steps: Result<Steps, String>) -> Result<(), String> {
    let expected = [
        ("tools", json!(["about"])),
        ("about", json!("done")),
        ("asks for", json!("user:read")),
        ("read", json!("done")),
        ("about", json!("done")),
        ("tools", json!(["about", "read"])),
    ];
    let expected: Steps = expected.map(|(step, said)| (step.to_owned(), said)).into();
    match steps? {
        steps if steps == expected => Ok(()),
        steps => Err(format!("{steps:?}")),
    }
}
