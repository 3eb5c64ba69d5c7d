//! A photo service without a server: which caller may do what, what a refused one is told, and
//! what the resource publishes of itself.

mod scope;
mod service;

use std::error::Error;

use scope::Scope;
use scopes_core::{AuthorizeError, Caller, ResourceServer, testing};

type Operation = (&'static str, fn() -> Result<&'static str, AuthorizeError>);

const OPERATIONS: [Operation; 5] = [
    ("view_profile", service::view_profile),
    ("view_photo", service::view_photo),
    ("upload_photo", service::upload_photo),
    ("list_covers", service::list_covers),
    ("file_photo", service::file_photo),
];

fn main() -> Result<(), Box<dyn Error>> {
    let server = ResourceServer::builder("https://photos.example.com")
        .authorization_server("https://auth.example.com")
        .build()?;

    println!("scopes");
    for scope in Scope::ALL {
        println!("  {scope:<14}{}", scope.description());
    }

    for (name, scopes) in [
        ("a visitor", "albums:read"),
        ("an editor", "photos:write profile:read"),
        ("an owner", "photos:write albums:write profile:read"),
    ] {
        println!("\n{name} with {scopes}");
        let caller = testing::caller(name, scopes)?;
        for (operation, run) in OPERATIONS {
            match caller.clone().enter(run) {
                Ok(done) => println!("  {operation:<14}{done}"),
                Err(refusal) => println!("  {operation:<14}refused: {refusal}"),
            }
        }
    }

    println!("\nwhat a visitor who files a photo is told");
    print_http(&server, testing::caller("a visitor", "albums:read")?);
    println!("\nwhat somebody without a token is told");
    print_http(&server, Caller::anonymous());

    println!("\n{}", server.metadata_url());
    println!("{}", serde_json::to_string_pretty(server.metadata())?);
    Ok(())
}

fn print_http(server: &ResourceServer, caller: Caller) {
    if let Err(refusal) = caller.enter(service::file_photo) {
        println!("  HTTP/1.1 {}", refusal.status());
        if let Some(challenge) = server.challenge(&refusal) {
            println!("  WWW-Authenticate: {challenge}");
        }
    }
}
