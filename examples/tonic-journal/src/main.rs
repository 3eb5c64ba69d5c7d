//! Serves the journal at 127.0.0.1:8786 with an authorization server in the same process, and prints a token.

use std::error::Error;

use scopes_core::ResourceServer;
use scopes_core::cache::CachedVerifier;
use scopes_core::hyper::HyperFetch;
use scopes_core::jwt::JwtVerifier;
use scopes_core::testing::Issuer;
use tokio::net::TcpListener;

const RESOURCE: &str = "http://127.0.0.1:8786/";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = Issuer::start().await?;
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(issuer.url())
        .build()?;
    let verifier = JwtVerifier::discover(&server, HyperFetch::new()?).await?;
    let app = tonic_journal::app(server, CachedVerifier::new(verifier));
    let listener = TcpListener::bind("127.0.0.1:8786").await?;
    let token = issuer.token(RESOURCE).scope("entries:read").sign()?;
    println!("gRPC is at {RESOURCE}\nA token with entries:read: {token}");
    axum::serve(listener, app).await?;
    Ok(())
}
