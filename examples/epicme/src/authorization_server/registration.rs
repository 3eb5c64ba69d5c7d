//! Dynamic registration (RFC 7591).

use axum::extract::State as FromState;
use axum::response::{IntoResponse as _, Json, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER};
use oauth_as::registration::{
    ClientMetadata, RegistrationErrorCode, RegistrationErrorResponse, RegistrationFailure,
};
use oauth_as::store::Storage as _;
use oauth_as::{ClientId, GrantType};
use serde_json::json;

use super::offer::Offered;
use super::{AuthorizationServer, clients, offer, redirect_uri};

const MAX_CLIENT_NAME: usize = 200;

/// Answers `POST /register`.
pub(super) async fn register(
    FromState(server): FromState<AuthorizationServer>,
    body: Bytes,
) -> Response {
    let state = &server.0;
    state.sweep().await;
    let Ok(mut metadata) = serde_json::from_slice::<ClientMetadata>(&body) else {
        return refuse(&invalid("the body is no client metadata in JSON"));
    };
    if let Err(error) = check(&metadata) {
        return refuse(&error);
    }
    adapt(&mut metadata);
    match state
        .protocol
        .register_dynamic_client(&metadata, None)
        .await
    {
        Ok(information) => {
            let client_id = &information.client_id;
            let redirect_uris = &information.metadata.redirect_uris;
            let now = state.clock.now();
            let (evicted, full) = match state.clients.remember(client_id, redirect_uris, now) {
                Ok(evicted) => (evicted, None),
                Err(full) => (Some(client_id.clone()), Some(full)),
            };
            if state.evict(evicted).await.is_err() {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            if let Some(full) = full {
                return unavailable(&full);
            }
            uncached((StatusCode::CREATED, Json(information)))
        }
        Err(RegistrationFailure::Invalid(error)) => refuse(&error),
        Err(failure) => {
            let status = StatusCode::from_u16(failure.http_status());
            status
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
                .into_response()
        }
    }
}

/// Checks the metadata beyond the checks of the `oauth_as` crate.
pub(super) fn check(metadata: &ClientMetadata) -> Result<(), RegistrationErrorResponse> {
    for uri in &metadata.redirect_uris {
        redirect_uri::check(uri).map_err(|problem| {
            RegistrationErrorResponse::new(RegistrationErrorCode::InvalidRedirectUri, problem)
        })?;
    }
    match &metadata.client_name {
        Some(name) if name.chars().count() > MAX_CLIENT_NAME => {
            Err(invalid("`client_name` is longer than 200 characters"))
        }
        _ => Ok(()),
    }
}

/// Replaces requested values (RFC 7591 section 2 allows it; the response shows the result). The
/// client is registered for all scopes that are offered, so that it can ask for more later, and for
/// the supported ones of its grant types: some clients list unsupported ones as well.
pub(super) fn adapt(metadata: &mut ClientMetadata) {
    metadata.scope = Some(offer::all().to_string());
    if let Some(grants) = &mut metadata.grant_types {
        grants.retain(|grant| {
            let grant = GrantType::parse(grant);
            matches!(
                grant,
                Some(GrantType::AuthorizationCode | GrantType::RefreshToken)
            )
        });
    }
}

/// Lets a client that registered a redirect URI on this machine come with another port.
pub(super) async fn admit_port(server: &AuthorizationServer, client_id: &str, asked: &str) {
    let state = &server.0;
    let registered = state.clients.redirect_uris(client_id);
    let known = registered.iter().any(|uri| uri == asked);
    if known
        || !registered
            .iter()
            .any(|uri| redirect_uri::differs_in_port_only(uri, asked))
    {
        return;
    }
    let store = state.protocol.store();
    let Ok(Some(client)) = store.get_client(&ClientId::new(client_id)).await else {
        return;
    };
    let mut client = (*client).clone();
    client.redirect_uris = registered;
    client.redirect_uris.push(asked.to_owned());
    // In memory, it does not fail; if it does, the port is refused.
    let _ = store.put_client(client).await;
}

/// Lets a client have the names of templates that a user has just granted it: the protocol issues and
/// refreshes only what the client itself is registered for, and no client can register every name.
pub(super) async fn admit_scopes(
    server: &AuthorizationServer,
    client_id: &str,
    granted: &[Offered],
) {
    let state = &server.0;
    let concrete = granted.iter().filter(|scope| scope.is_concrete());
    let names = concrete.map(|scope| scope.name().to_owned());
    let Some(names) = state.clients.grant(client_id, names) else {
        return;
    };
    let store = state.protocol.store();
    let Ok(Some(client)) = store.get_client(&ClientId::new(client_id)).await else {
        return;
    };
    let mut client = (*client).clone();
    client.allowed_scopes = offer::all_and(names);
    // In memory, it does not fail; if it does, the scopes are refused.
    let _ = store.put_client(client).await;
}

fn invalid(problem: &'static str) -> RegistrationErrorResponse {
    RegistrationErrorResponse::new(RegistrationErrorCode::InvalidClientMetadata, problem)
}

fn refuse(error: &RegistrationErrorResponse) -> Response {
    uncached((StatusCode::BAD_REQUEST, Json(error)))
}

/// Returns the answer where every client is in use: a place becomes free when the code or the tokens
/// of one have expired.
fn unavailable(full: &clients::Full) -> Response {
    let body = json!({
        "error": "temporarily_unavailable",
        "error_description": "as many clients as this server keeps are in use; register later",
    });
    let mut response = uncached((StatusCode::SERVICE_UNAVAILABLE, Json(body)));
    // Rounded up: a moment too early, the place is not free yet.
    let retry_after = HeaderValue::from(full.retry_after.as_secs() + 1);
    response.headers_mut().insert(RETRY_AFTER, retry_after);
    response
}

fn uncached(answer: impl axum::response::IntoResponse) -> Response {
    let mut response = answer.into_response();
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}
