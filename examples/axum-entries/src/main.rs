//! A plain JSON API as an OAuth 2.1 protected resource: one layer authenticates, challenges and
//! serves the metadata; a guard on each handler decides.

mod entries;
mod scope;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use clap::Parser;
pub use scope::Scope;
use scopes_core::ResourceServer;
use scopes_core::cache::CachedVerifier;
use scopes_core::hyper::HyperFetch;
use scopes_core::jwt::JwtVerifier;
use scopes_core::testing::Issuer;
use scopes_core::tower::ProtectLayer;
use tokio::net::TcpListener;

/// A JSON API that tokens with the right scopes may use.
#[derive(Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// The authorization server that issues the tokens [default: one in this process].
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// The URL that clients use, if it is not that of `--listen`; tokens have it as their audience.
    #[arg(long, value_name = "URL")]
    resource: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("axum-entries: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let listen = arguments.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen at {listen}: {error}"))?;
    let resource = match arguments.resource {
        Some(resource) => resource,
        None => format!("http://{}/entries", listener.local_addr()?),
    };
    let own_issuer = match arguments.issuer {
        Some(_) => None,
        None => Some(Issuer::start().await?),
    };
    let issuer = own_issuer.as_ref().map(Issuer::url);
    let issuer = issuer.or(arguments.issuer.as_deref()).unwrap_or_default();

    let server = ResourceServer::builder(&resource)
        .authorization_server(issuer)
        .build()?;
    let verifier = JwtVerifier::discover(&server, HyperFetch::new()?).await?;
    let protect = ProtectLayer::new(server.clone(), CachedVerifier::new(verifier));
    let metadata = protect.metadata();
    let app: Router = entries::routes().layer(protect).merge(metadata);

    println!(
        "The API is at {resource}, its metadata at {}",
        server.metadata_url()
    );
    print_calls(&resource, own_issuer.as_ref())?;
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

/// Prints calls to paste, each with what it is answered.
fn print_calls(resource: &str, issuer: Option<&Issuer>) -> Result<(), Box<dyn Error>> {
    let token = |scope: &str| match issuer {
        Some(issuer) => issuer.token(resource).scope(scope).sign(),
        None => Ok(format!("a token with {scope}")),
    };
    let reader = token("entries:read")?;
    let writer = token("entries:write")?;
    let editor = token("entries:write entries:delete")?;
    let corrector = token("entries:1:write")?;
    let create = format!(
        r#"-X POST {resource} -H 'Content-Type: application/json' -d '{{"text":"Dear diary"}}'"#
    );
    let change = |id: u64| {
        format!(
            r#"-X PUT {resource}/{id} -H 'Content-Type: application/json' -d '{{"text":"Dear diary!"}}'"#
        )
    };
    for (answer, token, call) in [
        ("401: no token", None, resource.to_owned()),
        (
            "401: no token of the issuer",
            Some("made-up"),
            resource.to_owned(),
        ),
        ("200: entries:read", Some(&*reader), resource.to_owned()),
        (
            "403: entries:read is not enough",
            Some(&*reader),
            create.clone(),
        ),
        ("201: entries:write", Some(&*writer), create),
        (
            "200: entries:write implies entries:read",
            Some(&*writer),
            resource.to_owned(),
        ),
        ("200: entries:1:write", Some(&*corrector), change(1)),
        (
            "403: entries:1:write is not enough for entry 2",
            Some(&*corrector),
            change(2),
        ),
        (
            "403: entries:delete is missing",
            Some(&*writer),
            format!("-X DELETE {resource}/1"),
        ),
        (
            "204: entries:write entries:delete",
            Some(&*editor),
            format!("-X DELETE {resource}/1"),
        ),
    ] {
        let authorization = token.map(|token| format!(" -H \"Authorization: Bearer {token}\""));
        println!(
            "\n# {answer}\ncurl -i {call}{}",
            authorization.unwrap_or_default()
        );
    }
    Ok(())
}
