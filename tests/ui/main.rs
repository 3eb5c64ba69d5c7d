//! What the compiler says of each mistake, and what compiles.
//!
//! Its words belong to the pinned toolchain. With any other they are not compared, which the test
//! says; what has to compile, compiles everywhere.

use std::process::Command;

/// The toolchain whose messages are compared.
fn pinned() -> &'static str {
    let file = include_str!("../../rust-toolchain.toml");
    let channel = file
        .lines()
        .find_map(|line| line.strip_prefix("channel = \""));
    channel.map_or("", |channel| channel.trim_end_matches('"'))
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    version
        .map(|version| String::from_utf8_lossy(&version.stdout).into_owned())
        .unwrap_or_default()
}

#[test]
fn compiles() {
    trybuild::TestCases::new().pass("*/pass/*.rs");
}

#[test]
fn does_not_compile() {
    let compiler = compiler();
    if compiler.split(' ').nth(1) != Some(pinned()) {
        println!(
            "not compared: this is {compiler}, the messages are of {}",
            pinned()
        );
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("*/*.rs");
    for class in CLASSES {
        cases.compile_fail(format!("{class}/*.rs"));
    }
}

const CLASSES: [&str; 16] = [
    "requires_scopes/unknown_scope",
    "requires_scopes/grammar",
    "requires_scopes/group",
    "requires_scopes/list",
    "requires_scopes/options",
    "requires_scopes/item",
    "requires_scopes/return_type",
    "requires_scopes/placeholder",
    "requires_scopes/args",
    "requires_scopes/match",
    "scope_catalog/shape",
    "scope_catalog/name",
    "scope_catalog/options",
    "scope_catalog/implication",
    "scope_catalog/placeholder",
    "scope_catalog/overlap",
];
