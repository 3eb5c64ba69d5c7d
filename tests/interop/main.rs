//! Unmodified MCP clients against EpicMe, from no token to a scope more, and one user who declines.
//! Prints a table.

#![allow(clippy::expect_used, reason = "a test")]

mod authorization_server;
mod browser;
mod clients;
mod rust;
mod settings;

use std::process::ExitCode;

use clients::Steps;
use settings::{Setting, Step};

#[tokio::main]
async fn main() -> ExitCode {
    let (clients, missing) = clients::installed();
    let browser = browser::serve().await;
    let mut rows = Vec::new();
    for setting in Setting::all(missing.is_empty()).await {
        for (user, grants) in [("grants", true), ("declines", false)] {
            for client in &clients {
                let steps = client.steps(&setting, &browser, grants).await;
                let outcome = judged(steps, &setting.step, grants);
                rows.push((setting.name, client.name, user, outcome));
            }
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

/// Whether the client did all that it has to, in one line.
fn judged(steps: Result<Steps, String>, step: &Step, grants: bool) -> Result<String, String> {
    let steps = steps?;
    let said: Vec<(&str, String)> = steps
        .iter()
        .map(|(step, said)| {
            let text = said
                .as_str()
                .map_or_else(|| said.to_string(), str::to_owned);
            (step.as_str(), text)
        })
        .collect();
    let asked: Vec<&str> = of(&said, "asks for");
    let done = |step| {
        of(&said, step)
            .into_iter()
            .filter(|said| *said == "done")
            .count()
    };
    let Step { tool, scope, .. } = step;
    let problem = if asked.len() != 2 {
        Some("asks twice")
    } else if asked[0].contains(scope) || !asked[0].contains("user:read") {
        Some("asks for the baseline first")
    } else if !asked[1].contains(scope) || !asked[1].contains("user:read") {
        Some("asks for what it lacks and keeps what it has")
    } else if of(&said, "tools") != ["16"] {
        Some("lists all tools")
    } else if done("whoami") != 2 {
        Some("calls what it may before and after")
    } else if grants && done(tool) != 1 {
        Some("succeeds with the new token")
    } else if !grants && (done(tool) != 0 || of(&said, "declined") != ["access_denied"]) {
        Some("learns that the user declines")
    } else {
        None
    };
    match problem {
        None if grants => Ok(format!("{} -> {}: done", asked[0], asked[1])),
        None => Ok(format!("{} -> {}: declined, goes on", asked[0], asked[1])),
        Some(should) => Err(format!("it should be that it {should}: {said:?}")),
    }
}

fn of<'a>(said: &'a [(&str, String)], step: &str) -> Vec<&'a str> {
    let said = said.iter().filter(|(name, _)| *name == step);
    said.map(|(_, text)| text.as_str()).collect()
}
