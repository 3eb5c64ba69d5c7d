//! Unmodified MCP clients against EpicMe, from no token to a scope more, and one user who declines.
//! Prints a table. `-- --url http://127.0.0.1:8788/mcp` tries EpicMe at that URL alone, which has to be one with its
//! own authorization server.

#![allow(clippy::expect_used, reason = "a test")]

mod settings;

use std::process::ExitCode;

use scopes_interop::clients::Client;
use scopes_interop::outcome::judged;
use scopes_interop::{browser, clients};
use settings::Setting;

#[tokio::main]
async fn main() -> ExitCode {
    let (mut clients, mut missing) = clients::installed(env!("CARGO_TARGET_TMPDIR").as_ref());
    let has_node = clients.iter().any(|client| client.name == "TypeScript 2.x");
    let (compiled, not_built) = clients::compiled();
    clients.extend(compiled);
    missing.extend(not_built);
    let browser = browser::serve().await;
    let mut rows = Vec::new();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let settings = match &arguments[..] {
        [word, url] if word == "--url" => Setting::at(url),
        _ => Setting::all(has_node).await,
    };
    for setting in settings {
        for (user, grants) in [("grants", true), ("declines", false)] {
            let try_all = async |clients: &[Client]| {
                let mut outcomes = Vec::new();
                for client in clients {
                    let steps = client.steps(&setting.task, &browser, grants).await;
                    let outcome = judged(steps, &setting.task, grants);
                    outcomes.push((setting.name, client.name, user, outcome));
                }
                outcomes
            };
            // Two at a time: most of a run is the start of a process.
            let (some, others) = clients.split_at(clients.len() / 2);
            let (some, others) = tokio::join!(try_all(some), try_all(others));
            rows.extend(some.into_iter().chain(others));
        }
    }
    println!(
        "\n{:<34} {:<15} {:<9} what happened",
        "authorization server", "client", "user"
    );
    for (setting, client, user, outcome) in &rows {
        let outcome = match outcome {
            Ok(said) => said.clone(),
            Err(problem) => format!("FAILED: {problem}"),
        };
        println!("{setting:<34} {client:<15} {user:<9} {outcome}");
    }
    for program in &missing {
        println!("not tried: {program}");
    }
    let failed = rows.iter().any(|(.., outcome)| outcome.is_err());
    // Where everything has to be there, nothing may be passed over.
    let incomplete = !missing.is_empty() && std::env::var_os("CI").is_some();
    ExitCode::from(u8::from(failed || incomplete))
}
