//! A program that mounts the command, and is annotated.

use std::process::ExitCode;

use clap::Parser;
use scopes_core::command::{self, Scopes};
use scopes_core::{AuthorizeError, Registry, ResourceServer, requires_scopes};
use scopes_tests::vocabulary::Scope;

#[derive(Parser)]
enum Journal {
    Scopes(Scopes),
    /// The same, under another name.
    Audit(Scopes),
    /// Something else.
    Serve {
        #[arg(long)]
        quietly: bool,
    },
}

fn main() -> ExitCode {
    let scopes = match command::parse_from(std::env::args_os()) {
        Journal::Scopes(scopes) | Journal::Audit(scopes) => scopes,
        Journal::Serve { .. } => return ExitCode::SUCCESS,
    };
    scopes.run_for(&Registry::of_program(), |server| {
        ResourceServer::builder("https://mcp.example.com/journal")
            .authorization_server("https://auth.example.com")
            .name(server)
            .build()
    })
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
    #[requires_scopes("entries:read", catalog = Scope, resource = "journal://entries/{id}")]
    read_entry
    #[requires_scopes(authenticated)]
    who_am_i
    #[requires_scopes(public)]
    ping
    #[requires_scopes("tags:read", catalog = Scope, server = "tags")]
    list_tags
}
