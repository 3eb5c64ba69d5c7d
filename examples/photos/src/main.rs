//! A photo service without a server: what a refused client is told, what tokens allow, and what the
//! resource publishes about itself.

mod scope;
mod service;

use std::error::Error;

use scope::Scope;
use scopes_core::{AuthorizeError, ResourceServer, testing};

type Operation = (&'static str, fn() -> Result<&'static str, AuthorizeError>);

const OPERATIONS: [Operation; 4] = [
    ("list_covers", service::list_covers),
    ("view_profile", service::view_profile),
    ("upload_photo", service::upload_photo),
    ("file_photo", service::file_photo),
];

fn main() -> Result<(), Box<dyn Error>> {
    let server = ResourceServer::builder("https://photos.example.com/mcp")
        .authorization_server("https://auth.example.com")
        .realm("EpicMe")
        .build()?;

    println!("A client calls `list_covers` with a token that grants no scope:");
    let caller = testing::caller("ada", "")?;
    if let Err(refusal) = caller.enter(service::list_covers) {
        println!("  HTTP/1.1 {}", refusal.status());
        if let Some(challenge) = server.challenge(&refusal) {
            println!("  WWW-Authenticate: {challenge}");
        }
    }

    println!("\nA function asks whether the user's token grants `photos:read`:");
    for scopes in ["albums:read", "photos:read", "photos:write"] {
        let user = testing::caller("ada", scopes)?;
        if let Some(token) = user.token() {
            println!("  {scopes:<14}{}", service::view_photo(token));
        }
    }

    for scopes in ["albums:read", "photos:write albums:write profile:read"] {
        println!("\nA token with {scopes}:");
        let caller = testing::caller("ada", scopes)?;
        for (operation, run) in OPERATIONS {
            match caller.clone().enter(run) {
                Ok(done) => println!("  {operation:<14}{done}"),
                Err(refusal) => println!("  {operation:<14}denied: {refusal}"),
            }
        }
    }

    println!("\nA user is asked for:");
    for scope in Scope::ALL {
        println!("  {scope:<14}{}", scope.description());
    }

    println!("\nGET {}", server.metadata_url());
    println!("{}", serde_json::to_string_pretty(server.metadata())?);
    Ok(())
}
