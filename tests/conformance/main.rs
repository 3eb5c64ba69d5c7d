//! The MCP conformance suite against one server, bare and behind the gate. Prints a table.

#![allow(clippy::expect_used, reason = "a test")]

mod scope;
mod server;
mod site;
mod suite;

use std::collections::BTreeSet;
use std::process::ExitCode;

pub(crate) use scope::Scope;
use suite::{Check, Scenarios, Status, VERSIONS};

/// Fewer passed scenarios than this would say nothing about the gate.
const ENOUGH: usize = 80;

#[tokio::main]
async fn main() -> ExitCode {
    let node = match suite::install().await {
        Ok(node) => node,
        Err(problem) => {
            println!("not tried: {problem}");
            // Where everything has to be there, nothing may be passed over.
            return ExitCode::from(u8::from(std::env::var_os("CI").is_some()));
        }
    };
    let (bare, gated) = (site::unwrapped().await, site::wrapped().await);
    let mut good = 0;
    let mut differences = Vec::new();
    println!(
        "\n{:<10} {:<46} {:<16} wrapped",
        "version", "scenario", "unwrapped"
    );
    for version in VERSIONS {
        let (unwrapped, wrapped) = tokio::join!(
            suite::scenarios(&node, &bare, version),
            suite::scenarios(&node, &gated, version)
        );
        let unwrapped = unwrapped.expect("the suite runs");
        let wrapped = wrapped.expect("the suite runs");
        for scenario in names(&unwrapped, &wrapped) {
            let unwrapped = unwrapped.get(scenario).map_or(&[][..], Vec::as_slice);
            let wrapped = wrapped.get(scenario).map_or(&[][..], Vec::as_slice);
            println!(
                "{version} {scenario:<46} {:<16} {}",
                outcome(unwrapped),
                outcome(wrapped)
            );
            for check in only_in(unwrapped, wrapped) {
                differences.push(format!("{version} {scenario}, only unwrapped: {check}"));
            }
            for check in only_in(wrapped, unwrapped) {
                differences.push(format!("{version} {scenario}, only wrapped: {check}"));
            }
            good += usize::from(passes(wrapped));
        }
    }
    for difference in &differences {
        println!("DIFFERENT: {difference}");
    }
    println!("{good} scenarios pass");
    ExitCode::from(u8::from(!differences.is_empty() || good < ENOUGH))
}

fn names<'a>(unwrapped: &'a Scenarios, wrapped: &'a Scenarios) -> BTreeSet<&'a str> {
    let names = unwrapped.keys().chain(wrapped.keys());
    names.map(String::as_str).collect()
}

/// The checks of which `others` has fewer with the same status. Words do not count: ports and times
/// may stand in them.
fn only_in<'a>(checks: &'a [Check], others: &[Check]) -> impl Iterator<Item = &'a Check> {
    let mut others: Vec<_> = others.iter().map(Check::finding).collect();
    checks.iter().filter(move |check| {
        let same = others.iter().position(|other| *other == check.finding());
        same.map(|same| others.swap_remove(same)).is_none()
    })
}

fn count(checks: &[Check], status: Status) -> usize {
    checks.iter().filter(|check| check.status == status).count()
}

fn passes(checks: &[Check]) -> bool {
    count(checks, Status::Success) > 0 && count(checks, Status::Failure) == 0
}

fn outcome(checks: &[Check]) -> String {
    let passed = count(checks, Status::Success);
    let of = passed + count(checks, Status::Failure);
    match (of, count(checks, Status::Warning)) {
        (0, 0) => "skipped".to_owned(),
        (_, 0) => format!("{passed}/{of}"),
        (_, warnings) => format!("{passed}/{of}, {warnings} warned"),
    }
}
