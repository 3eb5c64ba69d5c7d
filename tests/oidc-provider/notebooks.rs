//! Scopes that depend on an argument: asked for by the plain scope that implies them, and by the
//! concrete name where the authorization server issues it.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use scopes_core::jwt::JwtVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{AuthorizeError, Registry, ResourceServer, ScopeCatalog, requires_scopes};
use serde_json::json;

use crate::server::Server;
use crate::{RESOURCE, ask, fetch};

#[derive(Debug, ScopeCatalog)]
pub enum Scope {
    /// Read every notebook.
    #[scope("notebooks:read", implies(NotebookRead))]
    NotebooksRead,
    /// Read notebook {notebook}.
    #[scope("notebooks:{notebook}:read")]
    NotebookRead,
    /// Write in notebook {notebook}.
    #[scope("notebooks:{notebook}:write")]
    NotebookWrite,
}

#[requires_scopes("notebooks:{notebook}:read", catalog = Scope)]
async fn read(Path(notebook): Path<u64>) -> Result<String, AuthorizeError> {
    std::future::ready(Ok(notebook.to_string())).await
}

#[requires_scopes("notebooks:{notebook}:write", catalog = Scope)]
async fn write(Path(notebook): Path<u64>) -> Result<String, AuthorizeError> {
    std::future::ready(Ok(notebook.to_string())).await
}

async fn application(server: &Server) -> Router {
    let resource = ResourceServer::builder(RESOURCE)
        .authorization_server(server.issuer())
        .registry(Registry::default())
        .catalog::<Scope>()
        .build()
        .expect("valid settings");
    let verifier = JwtVerifier::discover(&resource, fetch()).await;
    let protect = ProtectLayer::new(resource, verifier.expect("keys"));
    let notebooks = Router::new().route("/notebooks/{notebook}", get(read).post(write));
    notebooks.layer(protect)
}

fn server(pattern: Option<&str>) -> Server {
    let resource = json!({
        "format": "jwt", "alg": "ES256", "scope": "notebooks:read", "pattern": pattern,
    });
    Server::start(&json!({ (RESOURCE): resource }), &[])
}

/// The status, and the scopes that the challenge asks for.
async fn notebook(
    application: &Router,
    method: &str,
    number: u64,
    token: &str,
) -> (u16, Option<String>) {
    let path = format!("/notebooks/{number}");
    let (status, challenge) = ask(application, (method, &path), token).await;
    let scope = challenge.as_deref().and_then(|challenge| {
        let (_, after) = challenge.split_once("scope=\"")?;
        Some(after.split_once('"')?.0.to_owned())
    });
    (status, scope)
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_node), ignore = "node and npm are not installed")]
async fn the_plain_scope_is_asked_for_where_one_implies_the_template() {
    let server = server(None);
    let application = application(&server).await;
    let none = server.token(RESOURCE, "").await;
    let (status, scope) = notebook(&application, "GET", 1, &none).await;
    assert_eq!(status, 403);
    let scope = scope.expect("a challenge");
    assert_eq!(scope, "notebooks:read");
    let token = server.token(RESOURCE, &scope).await;
    for number in [1, 2] {
        let answer = notebook(&application, "GET", number, &token).await;
        assert_eq!(answer, (200, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_node), ignore = "node and npm are not installed")]
async fn a_concrete_name_is_issued_by_a_server_that_has_a_pattern_for_it() {
    for (pattern, issued) in [(None, false), (Some("^notebooks:[0-9]+:write$"), true)] {
        let server = server(pattern);
        let application = application(&server).await;
        let none = server.token(RESOURCE, "").await;
        let (status, scope) = notebook(&application, "POST", 1, &none).await;
        assert_eq!(status, 403);
        let scope = scope.expect("a challenge");
        assert_eq!(scope, "notebooks:1:write");
        // Without a pattern, this server leaves the name out and the client is where it was.
        let token = server.token(RESOURCE, &scope).await;
        let own = notebook(&application, "POST", 1, &token).await;
        assert_eq!(own.0, if issued { 200 } else { 403 }, "{pattern:?}");
        let other = notebook(&application, "POST", 2, &token).await;
        assert_eq!(other.0, 403, "{pattern:?}");
    }
}
