//! Adapter for axum: extractors for the token and the caller, refusals as responses, and a router
//! for the metadata.
//!
//! A refusal by a guard in a handler has the same bytes as one by the [layer](crate::tower), which
//! finds the refusal in the response and writes the answer.
//!
//! ```
//! use axum::{Router, routing::get};
//! use scopes_core::VerifiedToken;
//!
//! async fn whoami(token: VerifiedToken) -> String {
//!     token.subject().unwrap_or("nobody").to_owned()
//! }
//!
//! let routes: Router = Router::new().route("/whoami", get(whoami));
//! # let _ = routes;
//! ```

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::token::VerifiedToken;
use crate::tower::{MetadataService, Refusal};

impl<S: Sync> FromRequestParts<S> for VerifiedToken {
    type Rejection = AuthorizeError;

    /// The token that the layer accepted.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthorizeError> {
        parts
            .extensions
            .get()
            .cloned()
            .ok_or(AuthorizeError::MissingToken)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for VerifiedToken {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get().cloned())
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    /// The caller of the request, anonymous where the layer found no token.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<VerifiedToken>().cloned().into())
    }
}

impl IntoResponse for AuthorizeError {
    /// A response with the [`Refusal`] in its extensions, which
    /// [`ProtectLayer`](crate::tower::ProtectLayer) answers.
    fn into_response(self) -> Response {
        Refusal::from(self).into_response().map(Body::new)
    }
}

impl<S: Clone + Send + Sync + 'static> From<MetadataService> for Router<S> {
    /// The routes of the metadata, to be merged into the outermost router.
    fn from(metadata: MetadataService) -> Self {
        let routed = |router: Self, path: String| router.route_service(&path, metadata.clone());
        metadata.paths().into_iter().fold(Self::new(), routed)
    }
}
