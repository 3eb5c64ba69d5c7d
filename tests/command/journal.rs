//! A program that mounts the command, and is annotated.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::process::ExitCode;

use clap::Parser;
use scopes_core::command::{self, Scopes};
use scopes_core::hyper::HyperFetch;
use scopes_core::jwt::{JwtVerifier, Profile};
use scopes_core::{
    AuthorizeError, Expression, OperationKind, ProtectedOperation, Registry, RequiredScope,
    Requirement, ResourceServer, ScopeCatalog, requires_scopes,
};
use scopes_tests::vocabulary::Scope;

#[derive(Parser)]
enum Journal {
    Scopes(Scopes),
    /// The same, under another name.
    Audit(Scopes),
    /// The same for operations with arguments.
    Projects(Scopes),
    /// Something else.
    Serve {
        #[arg(long)]
        quietly: bool,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let scopes = match command::parse_from(std::env::args_os()) {
        Journal::Scopes(scopes) | Journal::Audit(scopes) => scopes,
        Journal::Projects(scopes) => return scopes.run(&projects()),
        Journal::Serve { .. } => return ExitCode::SUCCESS,
    };
    let resource = |server: &str| {
        ResourceServer::builder("https://mcp.example.com/journal")
            .authorization_server("https://auth.example.com")
            .name(server)
            .build()
    };
    let explain = async |server: ResourceServer, token: String| {
        let settings = JwtVerifier::for_server(&server, &Profile::default());
        let verifier = settings.discover_lazily(HyperFetch::new()?)?;
        Ok::<_, Box<dyn std::error::Error>>(verifier.explain(&token).await)
    };
    let registry = Registry::of_program();
    let scopes = scopes.program("Journal", "1.2.3");
    scopes.run_with(&registry, resource, explain).await
}

#[derive(Clone, Copy, ScopeCatalog)]
enum Project {
    /// Change every project.
    #[scope("projects:write", implies(Write))]
    WriteAll,
    /// Change this project.
    #[scope("projects:{project}:write")]
    Write,
    /// Restart devices.
    #[scope("devices:write")]
    Devices,
}

fn projects() -> Registry {
    let scope = |name: &'static str| {
        let scope = RequiredScope::declared_as(Project::CATALOG, name);
        Expression::from(scope.expect("declared"))
    };
    let devices = Expression::matching(
        "action",
        [
            (vec!["list", "get"], scope("projects:{id}:write")),
            (vec!["restart"], scope("devices:write")),
        ],
    );
    let tool = |name: &'static str, requires: Expression| {
        ProtectedOperation::at_run_time(OperationKind::Tool, name, Requirement::scopes(requires))
    };
    let operations = [
        tool("deploy", scope("projects:{id}:write")),
        tool("devices", devices),
    ];
    operations.into_iter().collect()
}

macro_rules! operations {
    ($($(#[$attribute:meta])* $name:ident)*) => {$(
        $(#[$attribute])*
        #[allow(dead_code, reason = "it is registered, not called")]
        fn $name() -> Result<(), AuthorizeError> {
            Ok(())
        }
    )*};
}

operations! {
    #[requires_scopes(any("entries:read", "entries:write"), catalog = Scope)]
    list_entries
    #[requires_scopes(all("entries:write", any("tags:read", "tags:write")), catalog = Scope)]
    create_entry
    #[requires_scopes(all("entries:read", any("audit", "analytics:view")), catalog = Scope)]
    read_statistics
    /// One entry.
    ///
    /// Not a draft.
    #[requires_scopes("entries:read", catalog = Scope, resource = "journal://entries/{id}")]
    read_entry
    #[requires_scopes(authenticated)]
    who_am_i
    /// For load balancers.
    #[requires_scopes(public)]
    ping
    #[requires_scopes("tags:read", catalog = Scope, server = "tags")]
    list_tags
}
