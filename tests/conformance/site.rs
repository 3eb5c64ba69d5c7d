//! The server on loopback, bare and protected.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::map_request;
use axum::routing::any_service;
use axum::{Extension, Router};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use scopes_core::rmcp::{LocalPolicy, protect};
use scopes_core::testing::StaticVerifier;
use scopes_core::{Registry, ResourceServer};
use tokio::net::TcpListener;

use crate::server::Everything;

const TOKEN: &str = "token-of-the-suite";

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    (listener, url)
}

/// Without a layer. The guards in the functions find a caller who may do everything.
pub(crate) async fn unwrapped() -> String {
    let trusted = LocalPolicy::Trusted.caller(&Registry::of_program(), "suite");
    let token = trusted.token().expect("a token").clone();
    let (listener, url) = listen().await;
    let everything = Everything::new();
    let mcp = StreamableHttpService::new(
        move || Ok(everything.clone()),
        Arc::<LocalSessionManager>::default(),
        StreamableHttpServerConfig::default(),
    );
    let app = Router::new()
        .route("/mcp", any_service(mcp))
        .layer(Extension(token));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// The server of one call, behind what adds the token that the suite cannot send.
pub(crate) async fn wrapped() -> String {
    let scopes = Registry::of_program().scopes().to_string();
    let verifier = StaticVerifier::new().token(TOKEN, "suite", &scopes);
    let verifier = verifier.expect("scopes");
    let (listener, url) = listen().await;
    let server = ResourceServer::builder(&url)
        .authorization_server("https://auth.example.com")
        .build()
        .expect("valid settings");
    let everything = Everything::new();
    let protected = protect(move || Ok(everything.clone()), server, verifier).await;
    let app = Router::from(protected.expect("everything is annotated and served"));
    let app = app.layer(map_request(with_token));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn with_token(mut request: Request) -> Request {
    let token = HeaderValue::from_str(&format!("Bearer {TOKEN}")).expect("a header");
    request.headers_mut().insert(AUTHORIZATION, token);
    request
}
