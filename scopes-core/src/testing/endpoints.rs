//! The issuer's HTTP endpoints.

use std::convert::Infallible;
use std::sync::{Arc, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::state::{Endpoint, State};

const MAX_BODY: usize = 64 * 1024;

/// Answers requests until the issuer is dropped.
pub(super) async fn serve(listener: TcpListener, state: Weak<State>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let state = state.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, state.upgrade()));
            // A client may close the connection at any time.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Option<Arc<State>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let Some(state) = state else {
        return Ok(status(StatusCode::SERVICE_UNAVAILABLE));
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok(status(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let body = body.to_bytes();
    let form: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
    Ok(respond(
        &state,
        &parts.method,
        parts.uri.path(),
        &parts.headers,
        &form,
    ))
}

/// The answer to a request to the issuer's origin, whichever way it comes.
pub(super) fn respond(
    state: &State,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    form: &[(String, String)],
) -> Response<Full<Bytes>> {
    let (_, own) = state.origin_and_path();
    let endpoint = path.strip_prefix(own);
    let is_metadata = ["oauth-authorization-server", "openid-configuration"]
        .iter()
        .any(|name| {
            let name = format!("/.well-known/{name}");
            path.strip_prefix(&name) == Some(own) || endpoint == Some(&name)
        });
    match (method, endpoint) {
        (&Method::GET, _) if is_metadata => {
            state.note(Endpoint::Metadata);
            json(&state.metadata())
        }
        (&Method::GET, Some("/jwks")) => {
            state.note(Endpoint::Keys);
            json(&state.jwk_set())
        }
        (&Method::POST, Some("/introspect")) => {
            state.note(Endpoint::Introspection);
            introspect(headers, form, state)
        }
        _ => status(StatusCode::NOT_FOUND),
    }
}

/// RFC 7662 section 2.
fn introspect(
    headers: &HeaderMap,
    form: &[(String, String)],
    state: &State,
) -> Response<Full<Bytes>> {
    let field = |name: &str| {
        let found = form.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    let client = basic(headers).or_else(|| {
        Some((
            field("client_id")?.to_owned(),
            field("client_secret")?.to_owned(),
        ))
    });
    if !client.is_some_and(|(id, secret)| state.knows_client(&id, &secret)) {
        let mut response = json(&json!({ "error": "invalid_client" }));
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        let challenge = HeaderValue::from_static("Basic realm=\"issuer\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        return response;
    }
    let Some(token) = field("token") else {
        let mut response = json(&json!({ "error": "invalid_request" }));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    };
    json(&state.introspect(token))
}

/// The credentials of RFC 6749 section 2.3.1, whose two parts are encoded like a form.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |part: &str| {
        let pair = form_urlencoded::parse(part.as_bytes()).next();
        pair.map(|(key, _)| key.into_owned()).unwrap_or_default()
    };
    Some((decode(id), decode(secret)))
}

fn json(document: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(document.to_string()));
    let media_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
