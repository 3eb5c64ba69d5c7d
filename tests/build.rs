//! Writes the catalogs of the benchmarks, enums with 8, 64 and 1,000 scopes, and the server of the README;
//! looks for node, Chromium, redis-server and nginx, without which the tests that need them are ignored.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const README: &str = "../README.md";

const RESOURCES: [&str; 25] = [
    "photos",
    "albums",
    "profile",
    "entries",
    "tags",
    "files",
    "folders",
    "contacts",
    "calendar",
    "events",
    "tasks",
    "projects",
    "invoices",
    "payments",
    "orders",
    "products",
    "customers",
    "messages",
    "channels",
    "teams",
    "users",
    "roles",
    "webhooks",
    "reports",
    "analytics",
];
const ACTIONS: [&str; 8] = [
    "read", "write", "create", "update", "delete", "list", "share", "export",
];
const AREAS: [&str; 5] = ["", "own:", "team:", "partner:", "archive:"];

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={README}");
    println!("cargo::rerun-if-env-changed=PATH");
    let target = std::env::var("TARGET").map_err(std::io::Error::other)?;
    println!("cargo::rustc-env=TARGET={target}");
    println!("cargo::rustc-check-cfg=cfg(has_node)");
    if runs("node") && runs("npm") {
        println!("cargo::rustc-cfg=has_node");
    }
    println!("cargo::rustc-check-cfg=cfg(has_chromium)");
    if runs("chromium") {
        println!("cargo::rustc-cfg=has_chromium");
    }
    println!("cargo::rustc-check-cfg=cfg(has_redis)");
    if runs("redis-server") {
        println!("cargo::rustc-cfg=has_redis");
    }
    println!("cargo::rustc-check-cfg=cfg(has_nginx)");
    // Debian installs it where only root looks.
    let places = ["nginx", "/usr/sbin/nginx"];
    let nginx = places.into_iter().find(|place| runs_with(place, "-v"));
    println!(
        "cargo::rustc-env=NGINX_PROGRAM={}",
        nginx.unwrap_or_default()
    );
    if nginx.is_some() {
        println!("cargo::rustc-cfg=has_nginx");
    }
    let source: String = [("Eight", 8), ("SixtyFour", 64), ("Thousand", 1_000)]
        .map(|(ident, count)| catalog(ident, count))
        .concat();
    let directory = std::env::var("OUT_DIR").map_err(std::io::Error::other)?;
    let directory = Path::new(&directory);
    std::fs::write(directory.join("catalogs.rs"), source)?;
    let server = readme_server(&std::fs::read_to_string(README)?)?;
    std::fs::write(directory.join("readme_server.rs"), server)
}

/// The README's MCP server, with its URLs and its address from the environment.
fn readme_server(readme: &str) -> std::io::Result<String> {
    let blocks = readme.split("```rust,no_run,standalone_crate\n").skip(1);
    let mut blocks = blocks.filter_map(|rest| rest.split("```").next());
    let server = blocks.find(|block| block.contains("rmcp::protect"));
    let server = server.ok_or_else(|| std::io::Error::other("the README has no MCP server"))?;
    let mut source = server.to_owned();
    for (literal, variable) in [
        ("https://mcp.epicme.example/mcp", "RESOURCE"),
        ("https://auth.epicme.example", "ISSUER"),
        ("127.0.0.1:8788", "ADDRESS"),
    ] {
        let literal = format!("\"{literal}\"");
        if source.matches(&literal).count() != 1 {
            let problem = format!("the README's MCP server names {literal} once");
            return Err(std::io::Error::other(problem));
        }
        source = source.replace(&literal, &format!("std::env::var(\"{variable}\")?"));
    }
    Ok(source)
}

fn runs(program: &str) -> bool {
    runs_with(program, "--version")
}

fn runs_with(program: &str, argument: &str) -> bool {
    let output = Command::new(program).arg(argument).output();
    output.is_ok_and(|output| output.status.success())
}

/// The first `count` combinations of area, resource and action, as an enum.
fn catalog(ident: &str, count: usize) -> String {
    let names = AREAS.iter().flat_map(|area| {
        RESOURCES.iter().flat_map(move |resource| {
            ACTIONS
                .iter()
                .map(move |action| format!("{area}{resource}:{action}"))
        })
    });
    let mut source = format!(
        "/// {count} scopes.\n#[derive(scopes_core::ScopeCatalog, Clone, Copy, Debug)]\npub enum {ident} {{\n"
    );
    for (number, name) in names.take(count).enumerate() {
        let _ = writeln!(
            source,
            "/// See the name.\n#[scope(\"{name}\")]\nS{number},"
        );
    }
    source + "}\n"
}
