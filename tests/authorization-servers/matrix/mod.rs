//! Every client at every authorization server, and the page that says what they did.

mod page;
mod reasons;
mod results;
mod servers;

use std::path::Path;
use std::process::ExitCode;

use results::Results;
use scopes_interop::clients::NAMES;
use scopes_interop::{browser, clients};

/// Runs everything and writes `docs/interop.md`, unless something is not installed, or fails for a reason that
/// `reasons.rs` does not know.
pub(crate) async fn write() -> ExitCode {
    let (mut clients, mut missing) = clients::installed(env!("CARGO_TARGET_TMPDIR").as_ref());
    let (compiled, not_built) = clients::compiled();
    clients.extend(compiled);
    missing.extend(not_built);
    match clients::inspector() {
        Ok(client) => clients.push(client),
        Err(problem) => missing.push(format!("Inspector: {problem}")),
    }
    clients.sort_by_key(|client| NAMES.iter().position(|name| *name == client.name));
    let mut results = Results::new(clients, browser::serve().await);
    if missing.is_empty() {
        missing.extend(servers::run(&mut results).await);
    }
    for program in &missing {
        println!("not tried: {program}");
    }
    for problem in results.problems() {
        println!("{problem}");
    }
    if !missing.is_empty() || results.problems().next().is_some() {
        println!("nothing is written");
        return ExitCode::FAILURE;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/interop.md");
    std::fs::write(path, page::written(&results)).expect("the page");
    println!("docs/interop.md is written; the README has to say the same");
    ExitCode::SUCCESS
}
