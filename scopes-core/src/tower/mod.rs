//! A tower layer that makes an HTTP service a protected resource.
//!
//! It serves the metadata, checks `Origin` and `Host`, authenticates every other request, runs the
//! inner service with the caller in its context, and turns refusals into the canonical answers. It
//! works with axum, hyper and any other tower service.
//!
//! ```
//! use axum::{Router, routing::get};
//! use scopes_core::{ResourceServer, TokenVerifier, tower::ProtectLayer};
//!
//! fn app(server: ResourceServer, verifier: impl TokenVerifier) -> Router {
//!     let protect = ProtectLayer::new(server, verifier);
//!     let metadata = protect.metadata();
//!     Router::new().route("/entries", get(async || "Dear diary")).layer(protect).merge(metadata)
//! }
//! ```
//!
//! # Metadata
//!
//! Clients that receive a challenge fetch the metadata from the URL in it:
//!
//! - With a [`MetadataService`], made by [`ProtectLayer::metadata`], that is the well-known URL of RFC 9728.
//!   Mount the service at the root of the host, beside the protected routes. A reverse proxy has to
//!   forward the path; the layer logs it when it is made.
//! - Without one, it is a [copy](crate::ResourceServer::with_metadata_at_resource) at the URL of the
//!   resource, which reaches the layer wherever it is mounted. The layer logs a warning.
//! - [`metadata_url`](crate::resource::ResourceServerBuilder::metadata_url) names any other URL.
//!
//! The layer itself answers requests for the copy and for the well-known path of its resource, if they
//! reach it.
//!
//! # Order of checks
//!
//! 1. The metadata is served to every origin and host, as above.
//! 2. [`Origin`](ProtectLayer::allow_origin): 403. Preflights from allowed origins are answered here.
//! 3. [`Host` or `:authority`](ProtectLayer::allow_host): 403, except on
//!    [public paths](ProtectLayer::public_path), which end here.
//! 4. Paths at which clients look for an authorization server or for another resource: 404. These are
//!    `/register`, and `oauth-authorization-server`, `openid-configuration` and
//!    `oauth-protected-resource` under `/.well-known/`, with or without a path behind them. A public
//!    path is served instead.
//! 5. The syntax of `Authorization`: 400.
//! 6. The token: 401, or 503 if it cannot be verified.
//!
//! # Refusals
//!
//! A service inside the layer refuses a request by a [`Refusal`] in the extensions of its response. The
//! layer writes the answer: status, `WWW-Authenticate` and body are the same whichever part of the
//! server refuses, and other headers of the response stay.
//!
//! A refused request is dropped with its body, which may still be arriving. Over HTTP/1.1, hyper then
//! closes the connection and announces it with `Connection: close`.
//!
//! A guard's refusal that an error type has turned into a 500, as `anyhow::Error` does, is answered in
//! the same way, and one that became another 5xx, unless the service has waited for something in
//! between or the answer has `Retry-After`. Every other answer of the service stands. A guard that has no
//! caller although the request has a valid token, such as one in a spawned task, is answered with 500.
//!
//! # Streams
//!
//! A response body of unknown length, such as a stream of events, ends when a new request with the
//! token of its request would no longer be allowed: see
//! [`stream_check_interval`](ProtectLayer::stream_check_interval). With
//! `ProtectLayer::revocations` (feature `revocation`), it ends when its token is revoked. A body whose length is known is
//! sent to its end, and so is whatever follows an upgrade of the connection.

mod absent;
mod answer;
mod authority;
mod body;
mod cors;
mod credentials;
mod error;
mod exchange;
mod future;
mod host;
mod layer;
mod metadata_endpoint;
mod metadata_service;
#[cfg(not(feature = "revocation"))]
mod never_revoked;
mod not_allowed;
mod origin;
mod own_body;
mod public_paths;
mod readiness;
mod refusal;
#[cfg(feature = "page")]
mod report_page;
#[cfg(feature = "revocation")]
mod revocation_endpoint;
#[cfg(feature = "revocation")]
mod revoked;
mod service;
mod settings;
mod unread_body;
mod watch;

pub use body::ProtectedBody;
#[cfg(feature = "mcp")]
pub(crate) use body::{EVENT_ENDS, LastEvent};
pub use error::{ConfigureProtectLayerError, ProtectLayerSetting};
#[cfg(feature = "mcp")]
pub(crate) use exchange::AnonymousRequest;
pub use future::ProtectFuture;
pub use layer::ProtectLayer;
pub use metadata_service::MetadataService;
pub use own_body::OwnBody;
pub use readiness::Readiness;
pub use refusal::{Refusal, RefusalBody, refusal_response};
#[cfg(feature = "page")]
pub use report_page::ReportPage;
#[cfg(feature = "revocation")]
pub use revocation_endpoint::RevocationEndpoint;
pub use service::Protect;
#[cfg(feature = "mcp")]
pub(crate) use settings::Challenges;

/// Checks an origin that is to be allowed, before there is a layer.
#[cfg(feature = "config")]
pub(crate) fn check_origin(origin: &str) -> Result<(), ConfigureProtectLayerError> {
    origin::AllowedOrigins::of_resource("").allow(origin)
}

/// Checks a host that is to be allowed, before there is a layer.
#[cfg(feature = "config")]
pub(crate) fn check_host(host: &str) -> Result<(), ConfigureProtectLayerError> {
    host::AllowedHosts::of_resource("").allow(host)
}
