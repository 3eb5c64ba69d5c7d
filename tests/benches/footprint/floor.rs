//! The server with what verifying a token takes in any case, and nothing else: a key set fetched over
//! HTTPS, signatures, and a list that the linker collects.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Router, routing::any_service};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use serde_json::Value;

struct Required(&'static str);

inventory::collect!(Required);
inventory::submit!(Required("entries:read"));

#[derive(Clone)]
struct Journal;

#[tool_router]
impl Journal {
    /// Counts the entries.
    #[tool]
    async fn count_entries(&self) -> String {
        "42".to_owned()
    }
}

#[tool_handler]
impl ServerHandler for Journal {}

async fn fetch_keys() -> Result<JwkSet, Box<dyn std::error::Error>> {
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()?
        .https_only()
        .enable_http1()
        .build();
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let answer = client.get("https://auth.example.com/jwks".parse()?).await?;
    let body = answer.into_body().collect().await?.to_bytes();
    Ok(serde_json::from_slice(&body)?)
}

fn is_allowed(keys: &JwkSet, request: &Request) -> Option<bool> {
    let header = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let token = header.strip_prefix("Bearer ")?;
    let key = keys.find(decode_header(token).ok()?.kid.as_deref()?)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["https://mcp.example.com/mcp"]);
    let key = DecodingKey::from_jwk(key).ok()?;
    let claims = decode::<Value>(token, &key, &validation).ok()?.claims;
    let granted = claims["scope"].as_str()?;
    let mut required = inventory::iter::<Required>.into_iter();
    Some(required.all(|one| granted.split(' ').any(|scope| scope == one.0)))
}

async fn verify(
    State(keys): State<Arc<JwkSet>>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    match is_allowed(&keys, &request) {
        Some(true) => Ok(next.run(request).await),
        Some(false) => Err(StatusCode::FORBIDDEN),
        None => Err(StatusCode::UNAUTHORIZED),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = Arc::new(fetch_keys().await?);
    let config = StreamableHttpServerConfig::default().disable_allowed_hosts();
    let mcp = StreamableHttpService::new(
        || Ok(Journal),
        Arc::<LocalSessionManager>::default(),
        config,
    );
    let app = Router::new()
        .route("/mcp", any_service(mcp))
        .layer(from_fn_with_state(keys, verify));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
