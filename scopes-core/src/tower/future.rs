//! The future of an answer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Either;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::body::ProtectedBody;
use super::exchange::Exchange;
use super::watch::Verified;
use crate::caller::InContext;
use crate::error::AuthorizeError;

pin_project! {
    /// The answer of a [`Protect`](super::Protect) service.
    ///
    /// ```
    /// use std::future::Future;
    /// use http::{Request, Response};
    /// use scopes_core::tower::Protect;
    /// use tower_service::Service;
    ///
    /// fn is_future<S, V, B, R>(service: &mut Protect<S, V>, request: Request<B>) -> impl Future
    /// where
    ///     Protect<S, V>: Service<Request<B>, Response = Response<R>>,
    /// {
    ///     service.call(request)
    /// }
    /// ```
    pub struct ProtectFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
        exchange: Exchange,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        /// The layer answers the request itself, and its body is dropped.
        Answer { response: Option<Response<Bytes>> },
        /// The token is being verified; then the service gets the request.
        Verifying { verified: Verified, inner: S, waiting: Option<Request<B>> },
        /// The service is at work.
        Running { #[pin] future: InContext<F> },
    }
}

impl<S, B> ProtectFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn answer(response: Response<Bytes>, exchange: Exchange) -> Self {
        Self {
            state: State::Answer {
                response: Some(response),
            },
            exchange,
        }
    }

    pub(super) fn refused(refusal: &AuthorizeError, exchange: Exchange) -> Self {
        Self::answer(exchange.refused(refusal), exchange)
    }

    pub(super) fn verifying(
        verified: Verified,
        inner: S,
        waiting: Option<Request<B>>,
        exchange: Exchange,
    ) -> Self {
        Self {
            state: State::Verifying {
                verified,
                inner,
                waiting,
            },
            exchange,
        }
    }

    pub(super) fn running(future: InContext<S::Future>, exchange: Exchange) -> Self {
        Self {
            state: State::Running { future },
            exchange,
        }
    }
}

impl<S, B, R> Future for ProtectFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Output = Result<Response<ProtectedBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let exchange = this.exchange;
        loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Answer { response } => {
                    ready!(exchange.unread_body.poll_noticed(context));
                    // A future that is polled after it was ready may return anything.
                    let response = response.take().unwrap_or_default();
                    return Poll::Ready(Ok(exchange.finish(response.map(ProtectedBody::own))));
                }
                StateProjection::Verifying {
                    verified,
                    inner,
                    waiting,
                } => {
                    let answer =
                        ready!(exchange.observed.enter(|| verified.as_mut().poll(context)));
                    let revocations = &exchange.settings.revocations;
                    let check = |token| Ok(revocations.check(token)?);
                    let answer = exchange.observed.enter(|| answer.and_then(check));
                    match (answer, waiting.take()) {
                        (Ok(token), Some(request)) => {
                            let future = exchange.start_with(inner, request, token);
                            State::Running { future }
                        }
                        (Err(refusal), _) => State::Answer {
                            response: Some(exchange.refused(&refusal)),
                        },
                        (Ok(_), None) => State::Answer { response: None },
                    }
                }
                StateProjection::Running { mut future } => {
                    let answer = exchange.observed.enter(|| future.as_mut().poll(context));
                    let answer = ready!(answer);
                    let context = future.take_context();
                    let response = match answer {
                        Ok(response) => match exchange.answered(response, context) {
                            Either::Right(response) => {
                                return Poll::Ready(Ok(exchange.finish(response)));
                            }
                            Either::Left(response) => response,
                        },
                        Err(error) => match exchange.failed(context) {
                            Some(response) => response,
                            None => return Poll::Ready(Err(error)),
                        },
                    };
                    State::Answer {
                        response: Some(response),
                    }
                }
            };
            this.state.set(next);
        }
    }
}

impl<S, B> fmt::Debug for ProtectFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProtectFuture")
            .finish_non_exhaustive()
    }
}
