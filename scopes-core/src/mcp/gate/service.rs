//! What happens to a request before the MCP server sees it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{Either, Full};
use tower_service::Service;

use super::answer::Denial;
use super::decision;
use super::future::{Exchange, GateFuture};
use super::layer::Rules;
use super::started_tasks::AnswerBody;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::token::VerifiedToken;

/// The body of an answer: the gate's own, or that of the server.
pub type GateBody<B> = Either<Full<Bytes>, AnswerBody<B>>;

/// An MCP server behind a gate; made by [`GateLayer`](super::GateLayer).
#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S> Gate<S> {
    pub(super) fn new(inner: S, rules: Arc<Rules>) -> Self {
        Self { inner, rules }
    }
}

impl<S, B, R> Service<Request<B>> for Gate<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone,
    B: Body<Data = Bytes>,
    R: Body<Data = Bytes>,
{
    type Response = Response<GateBody<R>>;
    type Error = S::Error;
    type Future = GateFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        // Without a layer in front that has verified it, there is no token.
        let Some(token) = parts.extensions.get::<VerifiedToken>() else {
            return GateFuture::denied(Denial::refused(AuthorizeError::MissingToken));
        };
        let caller = Caller::from(token.clone());
        let is_in_session = match decision::session(&self.rules, &mut parts.headers, &caller) {
            Ok(is_in_session) => is_in_session,
            Err(denial) => return GateFuture::denied(denial),
        };
        // The service that was ready is used; its clone is not.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let exchange = Exchange {
            rules: Arc::clone(&self.rules),
            caller,
            is_in_session,
        };
        GateFuture::reading(inner, parts, body, exchange)
    }
}

impl<S: fmt::Debug> fmt::Debug for Gate<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Gate")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
