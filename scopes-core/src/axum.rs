//! For axum: the verified token as an extractor, and the refusal as a response.
//!
//! A guard in a handler answers with the same bytes as the [layer](crate::tower), which finds the
//! refusal in the response and answers it.

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::token::VerifiedToken;
use crate::tower::Refusal;

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
