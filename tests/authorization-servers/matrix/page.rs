//! The page `docs/interop.md`.

use std::fmt::Write as _;

use scopes_authorization_servers::versions::servers;
use scopes_interop::clients::NAMES;
use scopes_interop::versions::clients;

use super::results::{Cells, Outcome, Results, Row, Run, Tokens};

const INTRODUCTION: &str = "\
# Interoperability

Every client below at every authorization server below. `just interop` runs all of it and writes this page. The
clients are unmodified packages, each in a small program in `tests/interop`. The authorization servers start with
the settings in `tests/authorization-servers`.

A client begins without a token and is answered with 401. It finds the authorization server by the metadata,
signs in, lists the tools, and calls one that its token allows. Then it calls one that takes another scope, is
answered with 403, asks the user for that scope besides those that it has, and calls both. *Complete* means all
of this; with *no 403*, the first token has every scope. The client registers itself with the authorization
server, or is registered there beforehand.
";

/// Returns the whole page.
pub(crate) fn written(results: &Results) -> String {
    let mut page = INTRODUCTION.to_owned();
    list(&mut page, "client", clients());
    list(&mut page, "authorization server", servers());
    let mut reasons = Vec::new();
    for (tokens, heading) in [
        (
            Tokens::BySignature,
            "JWT access tokens, verified by signature",
        ),
        (
            Tokens::ByIntrospection,
            "Access tokens, verified by introspection",
        ),
    ] {
        let _ = write!(page, "\n## {heading}\n\n| authorization server | client |");
        for client in NAMES {
            let _ = write!(page, " {client} |");
        }
        let _ = writeln!(page, "\n|---|---|{}", "---|".repeat(NAMES.len()));
        for row in results.rows.iter().filter(|row| row.tokens == tokens) {
            cells(&mut page, row, &mut reasons);
        }
    }
    page.push_str("\n## Clients that end early\n\n");
    for (number, reason) in reasons.iter().enumerate() {
        let _ = writeln!(page, "{}. {reason}", number + 1);
    }
    page.push_str("\n## Raw results\n\n```text\n");
    for row in &results.rows {
        raw(&mut page, row);
    }
    page.push_str("```\n");
    page
}

fn list(page: &mut String, title: &str, packages: impl Iterator<Item = (&'static str, String)>) {
    let _ = write!(page, "\n| {title} | package |\n|---|---|\n");
    for (name, package) in packages {
        let _ = writeln!(page, "| {name} | {package} |");
    }
}

fn cells(page: &mut String, row: &Row, reasons: &mut Vec<&'static str>) {
    let _ = write!(page, "| {} |", row.server);
    match &row.cells {
        Cells::Lacks(what) => {
            let _ = write!(
                page,
                " |{}",
                format!(" not run: {what} |").repeat(NAMES.len())
            );
        }
        Cells::Run { registers, runs } => {
            let _ = write!(page, " {} |", how(*registers));
            for run in runs {
                let _ = write!(page, " {} |", cell(run, reasons));
            }
        }
    }
    page.push('\n');
}

fn how(registers: bool) -> &'static str {
    if registers { "registers" } else { "registered" }
}

fn cell(run: &Run, reasons: &mut Vec<&'static str>) -> String {
    let reason = match run.outcome {
        Outcome::EndsEarly(reason) => reason,
        Outcome::CompleteAtOnce => return "complete, no 403".to_owned(),
        _ => return "complete".to_owned(),
    };
    let known = reasons.iter().position(|known| *known == reason);
    let number = known.unwrap_or_else(|| {
        reasons.push(reason);
        reasons.len() - 1
    });
    format!("ends early ({})", number + 1)
}

fn raw(page: &mut String, row: &Row) {
    let Cells::Run {
        registers, runs, ..
    } = &row.cells
    else {
        return;
    };
    let tokens = match row.tokens {
        Tokens::BySignature => "by signature",
        Tokens::ByIntrospection => "by introspection",
    };
    for Run {
        client,
        at,
        seconds,
        said,
        ..
    } in runs
    {
        let (server, how) = (row.server, how(*registers));
        let _ = writeln!(
            page,
            "{at} {seconds:4.1} s  {server}, {tokens}, {how}, {client}: {said}"
        );
    }
}
