//! The server whose clock is set.

use std::convert::Infallible;
use std::io::Read;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures::stream;
use scopes_core::cache::CachedVerifier;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::JwtVerifier;
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, TokenVerifier};

pub(crate) const RESOURCE: &str = "http://127.0.0.1/mcp";
/// Stands before the address in the output of the server.
pub(crate) const LISTENS: &str = "listens on ";

fn service(server: &ResourceServer, verifier: impl TokenVerifier) -> Router {
    let ticks = || async {
        Body::from_stream(stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok::<_, Infallible>("tick\n"), ()))
        }))
    };
    Router::new()
        .route("/once", get("once"))
        .route("/stream", get(ticks))
        .layer(ProtectLayer::new(server.clone(), verifier))
}

/// Runs until its input ends. Every setting has its default.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the other tests run it, in a process of its own"]
async fn serve() {
    let issuer = std::env::var("ISSUER").expect("set by the other tests");
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(issuer)
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    let fetch = ReqwestFetch::new().expect("TLS");
    let jwt = JwtVerifier::discover(&server, fetch.clone()).await;
    let jwt = CachedVerifier::new(jwt.expect("keys are found"));
    let client = ClientAuthentication::secret_basic("resource", "secret");
    let opaque = IntrospectionVerifier::discover(&server, client, fetch).await;
    let opaque = opaque.expect("the endpoint is found");
    let router = Router::new()
        .nest("/jwt", service(&server, jwt))
        .nest("/opaque", service(&server, opaque));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.expect("a port");
    println!("{LISTENS}{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let input = || std::io::stdin().read_to_end(&mut Vec::new());
    let _ = tokio::task::spawn_blocking(input).await;
}
