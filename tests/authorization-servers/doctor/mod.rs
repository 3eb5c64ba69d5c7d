//! `scopes doctor`, in a process of its own, looks at the journal beside an authorization server: at one that
//! is healthy, and at mistakes of it.

mod better_auth;
mod django;
mod hydra;
mod keycloak;

use std::process::{Command, ExitCode};

use scopes_core::command::{Scopes, parse_from};
use scopes_core::jwt::{JwtVerifier, Profile};
use scopes_core::{Registry, ResourceServer, ScopeCatalog};
use scopes_interop::browser::REDIRECT_URI;
use serde_json::Value;

use crate::site::Site;

pub(crate) use self::better_auth::at_better_auth;
pub(crate) use self::django::{at_django, at_mounted_django};
pub(crate) use self::hydra::at_hydra;
pub(crate) use self::keycloak::at_keycloak;

/// A scope in the 401, with which clients register.
#[derive(ScopeCatalog)]
enum First {
    /// See who you are.
    #[scope("profile", baseline)]
    Profile,
}

/// Where the secret of `--introspect` is.
const SECRET: &str = "DOCTOR_SECRET";

/// Runs the command if the arguments of this program are its.
pub(crate) fn commanded() -> Option<ExitCode> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let is_command = arguments.first().is_some_and(|name| name == "scopes");
    is_command.then(|| parse_from::<Scopes>(arguments).run(&Registry::default()))
}

/// Expects these problems and warnings, in their order, and no others: the check and a part of what was found.
///
/// # Errors
///
/// What was found instead.
async fn finds(
    site: &Site,
    flags: &[&str],
    secret: &str,
    expected: &[(&str, &str)],
) -> Result<(), String> {
    let program = std::env::current_exe().expect("a program");
    let mut doctor = Command::new(program);
    doctor
        .args(["scopes", "doctor", &site.url, "--format", "json"])
        .args(flags)
        .env(SECRET, secret);
    let output = tokio::task::spawn_blocking(move || doctor.output());
    let output = output.await.expect("no panic").expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let document: Value = serde_json::from_str(&text)
        .map_err(|_| format!("{text}{}", String::from_utf8_lossy(&output.stderr)))?;
    let text = |check: &Value, member: &str| check[member].as_str().unwrap_or_default().to_owned();
    let checks = document["checks"].as_array().expect("a list").iter();
    let findings =
        checks.filter(|check| check["result"] == "problem" || check["result"] == "warning");
    let found: Vec<_> = findings
        .map(|finding| (text(finding, "check"), text(finding, "found")))
        .collect();
    let is_expected = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|((check, found), (name, part))| check == name && found.contains(part));
    if is_expected {
        Ok(())
    } else {
        Err(format!("{flags:?}: {expected:?} expected, {found:?} found"))
    }
}

/// The flags that ask the introspection endpoint of an issuer as this client.
fn introspect<'a>(issuer: &'a str, client: &'a str) -> [&'a str; 6] {
    [
        "--introspect",
        issuer,
        "--client-id",
        client,
        "--client-secret-env",
        SECRET,
    ]
}

/// The flags that ask as a client that is registered.
fn as_client(id: &str) -> [&str; 4] {
    ["--as-client", id, "--redirect-uri", REDIRECT_URI]
}

/// Serves the journal with another issuer in its metadata than the one whose tokens it takes.
async fn serve_naming(site: &mut Site, named: &str, issuer: &str) {
    let taken = site.resource(issuer).build().expect("valid settings");
    let verifier = JwtVerifier::for_server(&taken, &Profile::default());
    let verifier = verifier.discover_lazily(scopes_core::hyper::HyperFetch::new().expect("TLS"));
    let server = site.resource(named).build().expect("valid settings");
    site.serve(server, verifier.expect("valid settings")).await;
}

/// Serves the journal with a scope in the 401.
async fn serve_with_a_baseline(site: &mut Site, issuer: &str) {
    let server: ResourceServer = site
        .resource(issuer)
        .catalog::<First>()
        .build()
        .expect("valid settings");
    let verifier = JwtVerifier::for_server(&server, &Profile::default());
    let verifier = verifier.discover_lazily(scopes_core::hyper::HyperFetch::new().expect("TLS"));
    site.serve(server, verifier.expect("valid settings")).await;
}
