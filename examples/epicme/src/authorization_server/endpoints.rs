//! What is answered where, and to pages of which origin.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State as FromState};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, Method, Uri};
use oauth_as::metadata::WELL_KNOWN_PATH;
use tower_http::cors::{Any, CorsLayer};

use super::{AuthorizationServer, authorize, consent, credentials, mint, registration, sign_in};

/// More than any request has.
const MAX_BODY: usize = 32 * 1024;

pub(super) fn router(server: &AuthorizationServer) -> Router {
    // Clients that run in a page of their own call these. They carry no cookie, so there is
    // nothing that another origin could abuse.
    let anywhere = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static("mcp-protocol-version"),
        ])
        .expose_headers([WWW_AUTHENTICATE]);
    let clients = Router::new()
        .route(WELL_KNOWN_PATH, get(metadata))
        .route("/jwks", get(keys))
        .route("/register", post(registration::register))
        .route("/token", post(protocol))
        .route("/revoke", post(protocol))
        .layer(anywhere);
    let users = Router::new()
        .route("/authorize", get(authorize::authorize))
        .route("/authorize/sign-in", post(sign_in::sign_in))
        .route("/authorize/consent", post(consent::consent));
    let resource_servers = Router::new().route("/introspect", post(introspect));
    clients
        .merge(users)
        .merge(resource_servers)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(server.clone())
}

async fn metadata(FromState(server): FromState<AuthorizationServer>) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, server.0.metadata.clone()).into_response()
}

/// Answers `GET /jwks`.
async fn keys(FromState(server): FromState<AuthorizationServer>, request: Request) -> Response {
    server.0.endpoints.handle(request).await.map(Body::new)
}

/// Leaves the answer to the protocol.
async fn protocol(
    FromState(server): FromState<AuthorizationServer>,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    server.0.sweep().await;
    let body = credentials::without_repeated_client_id(&headers, body);
    headers.remove(CONTENT_LENGTH);
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    server.0.endpoints.handle(request).await.map(Body::new)
}

/// Answers `POST /introspect` (RFC 7662).
async fn introspect(
    FromState(server): FromState<AuthorizationServer>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = form_urlencoded::parse(&body).find(|(name, _)| name == "token");
    if let Some((_, token)) = token {
        mint::recognize(&server.0, &token).await;
    }
    protocol(FromState(server), uri, headers, body).await
}
