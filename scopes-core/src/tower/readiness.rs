//! Answers to readiness probes.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower_service::Service;

use super::answer;
use super::own_body::OwnBody;
use super::settings::Settings;

/// Answers readiness probes: 200 if tokens can be [verified](crate::TokenVerifier::check_ready) and the
/// revocations of other instances are known, 503 with `Retry-After` if not; made by [`ProtectLayer::readiness`](super::ProtectLayer::readiness).
///
/// Mount it outside of the layer, at a path of your choice. It needs no token and says nothing else, but
/// whoever reaches it learns whether the authorization server answers.
///
/// ```standalone_crate
/// # use axum::{Router, routing::get};
/// # use scopes_core::{ResourceServer, testing::StaticVerifier, tower::ProtectLayer};
/// # let server = ResourceServer::builder("https://api.example.com/journal");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// # let verifier = StaticVerifier::new();
/// let protect = ProtectLayer::new(server, verifier);
/// let readiness = protect.readiness();
/// let journal = Router::new().route("/journal", get(async || "Dear diary")).layer(protect);
/// let app: Router = journal.route_service("/ready", readiness);
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
#[derive(Clone)]
pub struct Readiness {
    layers: Vec<Arc<Settings>>,
}

impl Readiness {
    pub(super) fn of(layer: Arc<Settings>) -> Self {
        Self {
            layers: vec![layer],
        }
    }

    /// Answers for both, for a program with several resources.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.layers.extend(other.layers);
        self
    }

    async fn check(self) -> bool {
        for layer in self.layers {
            let verifier = Arc::clone(&layer.verifier);
            if !layer.revocations.are_known() || !verifier.check_ready().await {
                return false;
            }
        }
        true
    }
}

impl<B> Service<Request<B>> for Readiness {
    type Response = Response<OwnBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let readiness = self.clone();
        let method = request.method().clone();
        Box::pin(async move {
            let response = match method {
                Method::GET | Method::HEAD => response(readiness.check().await),
                _ => answer::method_not_allowed("GET, HEAD"),
            };
            let has_body = method != Method::HEAD;
            Ok(response.map(|body| OwnBody::from(if has_body { body } else { Bytes::new() })))
        })
    }
}

fn response(is_ready: bool) -> Response<Bytes> {
    let (status, body): (_, &[u8]) = if is_ready {
        (StatusCode::OK, br#"{"ready":true}"#)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, br#"{"ready":false}"#)
    };
    let mut response = Response::new(Bytes::from_static(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !is_ready {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Readiness")
            .field("layers", &self.layers.len())
            .finish()
    }
}
