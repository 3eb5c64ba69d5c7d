//! Requests with tokens that a verifier of the crate checks.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, TokenVerifier};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::{Layer, ServiceExt, service_fn};

use crate::answer::Answer;

pub const ISSUER: &str = "https://auth.example.com";
pub const RESOURCE: &str = "https://mcp.example.com/mcp";

/// Drives the futures of every target.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime")
});

/// Puts the layer of [`RESOURCE`] in front of a service that answers 200.
///
/// # Panics
///
/// If the settings are invalid.
pub fn protect<V: TokenVerifier>(verifier: V) -> ProtectLayer<V> {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    ProtectLayer::new(server, verifier)
}

/// Sends a request with this bearer token, and checks the form of a refusal.
///
/// # Panics
///
/// If the answer is neither 200 nor a refusal that a client understands.
pub fn send<V: TokenVerifier>(layer: &ProtectLayer<V>, token: &str) -> Answer {
    let service = layer.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"served"))))
    }));
    let mut request = Request::new(());
    let headers = request.headers_mut();
    headers.insert("host", HeaderValue::from_static("mcp.example.com"));
    let token = HeaderValue::try_from(format!("Bearer {token}")).expect("a header");
    headers.insert("authorization", token);
    let answer = RUNTIME.block_on(async {
        let answered = service.oneshot(request).await;
        Answer::read(answered.expect("infallible")).await
    });
    match answer.status.as_u16() {
        200 => {}
        401 => {
            answer.assert_is_refusal();
            answer.assert_challenges(Some("invalid_token"));
        }
        503 => assert!(answer.headers.contains_key("retry-after"), "{answer:?}"),
        status => panic!("{status}: {answer:?}"),
    }
    answer
}

/// Answers from memory: with the response that the function has for a URL, or with an error.
/// Records what is asked for.
pub struct Memory {
    answer: Box<dyn Fn(&str) -> Option<FetchResponse> + Send + Sync>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Memory {
    pub fn new(answer: impl Fn(&str) -> Option<FetchResponse> + Send + Sync + 'static) -> Self {
        Self {
            answer: Box::new(answer),
            asked: Arc::default(),
        }
    }

    /// The URLs of all requests, in their order.
    #[must_use]
    pub fn asked(&self) -> Arc<Mutex<Vec<String>>> {
        Arc::clone(&self.asked)
    }
}

impl Fetch for Memory {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let answer = (self.answer)(&request.url);
        self.asked.lock().expect("no panic").push(request.url);
        answer.ok_or_else(|| FetchError::new("refused"))
    }

    /// No timer is needed: every answer is there at once.
    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

/// The time in seconds since 1970.
#[must_use]
pub fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// Whether claims allow a token to be accepted at all: nothing says that it is for somebody else,
/// bound to a key, or outside of its time.
#[must_use]
pub fn may_be_accepted(claims: &Value) -> bool {
    // More than the leeway, and than the time for one request.
    let leeway = 40.0;
    let is_absent = |name: &str| claims.get(name).is_none_or(Value::is_null);
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    let is_ours = match &claims["aud"] {
        Value::String(audience) => audience == RESOURCE,
        Value::Array(audiences) => audiences.iter().any(|audience| audience == RESOURCE),
        _ => false,
    };
    is_ours
        && (is_absent("iss") || claims["iss"] == ISSUER)
        && claims.get("cnf").is_none()
        && (is_absent("exp") || time("exp").is_some_and(|end| now() < end + leeway))
        && (is_absent("nbf") || time("nbf").is_some_and(|start| start < now() + leeway))
}
