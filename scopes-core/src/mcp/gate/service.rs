//! The service of the gate: it decides on a request before the MCP server receives it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_service::Service;

use super::body::AnswerBody;
use super::decision::Exchange;
use super::denial::Denial;
use super::future::GateFuture;
use super::rules::Rules;
use crate::error::AuthorizeError;
use crate::token::VerifiedToken;

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
    type Response = Response<AnswerBody<R>>;
    type Error = S::Error;
    type Future = GateFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        // Without a layer in front that has verified it, there is no token.
        let Some(token) = parts.extensions.get::<VerifiedToken>().cloned() else {
            self.rules.report_missing_layer();
            return GateFuture::denied(Denial::refused(AuthorizeError::MissingToken));
        };
        // The service that was ready is used; its clone is not.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let exchange = Exchange {
            rules: Arc::clone(&self.rules),
            caller: token.into(),
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
