//! The server on loopback, bare and behind the layers.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::map_request;
use axum::routing::any_service;
use axum::{Extension, Router};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use scopes_core::mcp::GateLayer;
use scopes_core::rmcp::{LocalPolicy, validate};
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer};
use tokio::net::TcpListener;

use crate::server::Everything;

const TOKEN: &str = "token-of-the-suite";

/// Serves what `wrap` makes of the server; returns the URL.
async fn serve(wrap: impl FnOnce(Router, &str) -> Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let everything = Everything::new();
    let mcp = StreamableHttpService::new(
        move || Ok(everything.clone()),
        Arc::<LocalSessionManager>::default(),
        StreamableHttpServerConfig::default(),
    );
    let app = wrap(Router::new().route("/mcp", any_service(mcp)), &url);
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// Without a layer. The guards in the functions find a caller who may do everything.
pub(crate) async fn unwrapped() -> String {
    let trusted = LocalPolicy::Trusted.caller(&Registry::of_program(), "suite");
    let token = trusted.token().expect("a token").clone();
    serve(|mcp, _| mcp.layer(Extension(token))).await
}

/// Behind the gate, the layer, and what adds the token that the suite cannot send.
pub(crate) async fn wrapped() -> String {
    let registry = Registry::of_program();
    let valid = validate(Everything::new(), &registry).await;
    valid.expect("everything is annotated and served");
    let scopes = registry.scopes().to_string();
    let verifier = StaticVerifier::new().token(TOKEN, "suite", &scopes);
    let verifier = verifier.expect("scopes");
    serve(|mcp, url| {
        let server = ResourceServer::builder(url)
            .authorization_server("https://auth.example.com")
            .build()
            .expect("valid settings");
        mcp.route_layer(GateLayer::new(&registry))
            .layer(ProtectLayer::new(server, verifier))
            .layer(map_request(with_token))
    })
    .await
}

async fn with_token(mut request: Request) -> Request {
    let token = HeaderValue::from_str(&format!("Bearer {TOKEN}")).expect("a header");
    request.headers_mut().insert(AUTHORIZATION, token);
    request
}
