//! A server with a public tool, and EpicMe's authorization server.

use epicme::Scope;
use epicme::authorization_server::{AuthorizationServer, SigningKey};
use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::hyper::HyperFetch;
use scopes_core::jwt::JwtVerifier;
use scopes_core::rmcp::protect;
use scopes_core::{ResourceServer, requires_scopes, scoped_handler};
use tokio::net::TcpListener;

#[derive(Clone)]
struct Diary;

#[tool_router]
impl Diary {
    /// Says what this is.
    #[requires_scopes(public, server = "diary")]
    #[tool]
    async fn about(&self) -> Result<String, ErrorData> {
        Ok("A diary.".to_owned())
    }

    /// Reads the diary.
    #[requires_scopes("user:read", catalog = Scope, server = "diary")]
    #[tool]
    async fn read(&self) -> Result<String, ErrorData> {
        Ok("Dear diary".to_owned())
    }
}

#[scoped_handler(server = "diary", anonymous = "public", security_schemes = true)]
#[tool_handler]
impl ServerHandler for Diary {}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, origin)
}

/// Serves both, and returns the URL of the diary.
pub(crate) async fn serve() -> String {
    let (listener, issuer) = listen().await;
    let (diary_listener, origin) = listen().await;
    let url = format!("{origin}/mcp");
    let directory = tempfile::tempdir().expect("a directory").keep();
    let key = SigningKey::load_or_create(&directory.join("key")).expect("a key");
    let authorization_server =
        AuthorizationServer::new(&issuer, &url, key).expect("valid settings");
    let pages = authorization_server.router(&[]);
    tokio::spawn(async move { axum::serve(listener, pages).await });

    let server = ResourceServer::builder(&url)
        .authorization_server(&issuer)
        .name("diary")
        .catalog::<Scope>()
        .build()
        .expect("valid settings");
    let fetch = HyperFetch::new().expect("a client");
    let verifier = JwtVerifier::discover(&server, fetch).await.expect("keys");
    let diary = protect(|| Ok(Diary), server, verifier);
    let diary = axum::Router::from(diary.await.expect("everything is annotated"));
    tokio::spawn(async move { axum::serve(diary_listener, diary).await });
    url
}
