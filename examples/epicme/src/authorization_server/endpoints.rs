//! The endpoints, and the origins whose pages may call them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as FromState};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue,
    ORIGIN, WWW_AUTHENTICATE,
};
use http::{HeaderMap, Method, StatusCode, Uri};
use oauth_as::metadata::WELL_KNOWN_PATH;
use serde_json::json;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{
    AuthorizationServer, authorize, body_deadline, consent, credentials, mint, origin,
    registration, sign_in,
};

pub(super) fn router(server: &AuthorizationServer, origins: &[String]) -> Router {
    // Published documents are readable from every origin.
    let published = Router::new()
        .route(WELL_KNOWN_PATH, get(metadata))
        .route("/jwks", get(keys))
        .layer(cors(AllowOrigin::any()));
    // Clients that run in a page call these. CORS alone would let any page send a simple request,
    // and so fill the table of clients: the origin is checked as well.
    let pages = Arc::new(Pages {
        issuer: server.0.issuer.clone(),
        further: origins.to_vec(),
    });
    let allowed = Arc::clone(&pages);
    let allowed = AllowOrigin::predicate(move |origin, _| allowed.may_call(origin));
    let clients = Router::new()
        .route("/register", post(registration::register))
        .route("/token", post(token))
        .route("/revoke", post(protocol))
        .layer(middleware::from_fn_with_state(pages, check_origin))
        .layer(cors(allowed));
    let users = Router::new()
        .route("/authorize", get(authorize::authorize))
        .route("/authorize/sign-in", post(sign_in::sign_in))
        .route("/authorize/consent", post(consent::consent));
    let resource_servers = Router::new().route("/introspect", post(introspect));
    published
        .merge(clients)
        .merge(users)
        .merge(resource_servers)
        .layer(middleware::from_fn(body_deadline::read_body))
        .with_state(server.clone())
}

/// No request carries a cookie.
fn cors(origins: AllowOrigin) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static("mcp-protocol-version"),
        ])
        .expose_headers([WWW_AUTHENTICATE])
}

/// The pages that may register clients and get tokens: those of this server, those of this machine,
/// where a developer's tools run, and those that are allowed by name.
struct Pages {
    issuer: String,
    further: Vec<String>,
}

impl Pages {
    fn may_call(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| {
            origin == self.issuer
                || self.further.iter().any(|allowed| allowed == origin)
                || origin::is_loopback(origin)
        })
    }
}

/// Refuses a request from a page that may not send it.
async fn check_origin(
    FromState(pages): FromState<Arc<Pages>>,
    request: Request,
    next: Next,
) -> Response {
    let mut origins = request.headers().get_all(ORIGIN).iter();
    if origins.all(|origin| pages.may_call(origin)) {
        return next.run(request).await;
    }
    let body = json!({
        "error": "invalid_request",
        "error_description": "pages of this origin may not call this endpoint; \
                              the operator can allow them with --allow-origin",
    });
    (
        StatusCode::FORBIDDEN,
        [(CACHE_CONTROL, "no-store")],
        Json(body),
    )
        .into_response()
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

/// Answers `POST /token`.
async fn token(
    server: FromState<AuthorizationServer>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let client_id = credentials::named_client(&headers, &body);
    let is_refresh = form_urlencoded::parse(&body)
        .any(|(name, value)| name == "grant_type" && value == "refresh_token");
    let state = Arc::clone(&server.0.0);
    let response = protocol(server, uri, headers, body).await;
    if let Some(client_id) = client_id.filter(|_| response.status().is_success()) {
        state.mark_tokens(&client_id, is_refresh).await;
    }
    response
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
