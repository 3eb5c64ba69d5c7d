//! The answer in the making.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::answer;
use super::layer::Settings;
use super::service::{self, ResponseBody};
use crate::caller::InContext;
use crate::error::AuthorizeError;
use crate::token::VerifiedToken;

type Verified = Pin<Box<dyn Future<Output = Result<VerifiedToken, AuthorizeError>> + Send>>;

pin_project! {
    /// The answer of a [`Protect`](super::Protect) service.
    pub struct ProtectFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
        is_browser: bool,
        settings: Arc<Settings>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        /// Nothing has to be waited for.
        Answer { response: Option<Response<Bytes>> },
        /// The token is being verified; then the service gets the request.
        Verifying { verified: Verified, inner: S, request: Option<Request<B>> },
        /// The service is at work.
        Running { #[pin] future: InContext<F> },
    }
}

impl<S, B> ProtectFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn answer(
        response: Response<Bytes>,
        is_browser: bool,
        settings: Arc<Settings>,
    ) -> Self {
        Self {
            state: State::Answer {
                response: Some(response),
            },
            is_browser,
            settings,
        }
    }

    pub(super) fn verifying(
        verified: Verified,
        inner: S,
        request: Request<B>,
        is_browser: bool,
        settings: Arc<Settings>,
    ) -> Self {
        let request = Some(request);
        Self {
            state: State::Verifying {
                verified,
                inner,
                request,
            },
            is_browser,
            settings,
        }
    }

    pub(super) fn running(
        future: InContext<S::Future>,
        is_browser: bool,
        settings: Arc<Settings>,
    ) -> Self {
        Self {
            state: State::Running { future },
            is_browser,
            settings,
        }
    }
}

impl<S, B, R> Future for ProtectFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Answer { response } => {
                    // Polled after it was ready, a future may do anything but be unsafe.
                    let response = response.take().unwrap_or_default();
                    return Poll::Ready(Ok(finish(response.map(own), *this.is_browser)));
                }
                StateProjection::Verifying {
                    verified,
                    inner,
                    request,
                } => {
                    let answer = ready!(verified.as_mut().poll(context));
                    match (answer, request.take()) {
                        (Ok(token), Some(request)) => {
                            let request = service::with_token(request, &token);
                            State::Running {
                                future: service::start(inner, request, token.into()),
                            }
                        }
                        (Err(refusal), _) => {
                            let response = answer::refused(this.settings, &refusal);
                            State::Answer {
                                response: Some(response),
                            }
                        }
                        (Ok(_), None) => State::Answer { response: None },
                    }
                }
                StateProjection::Running { future } => {
                    let response = ready!(future.poll(context))?;
                    let response = match response.extensions().get::<AuthorizeError>() {
                        Some(refusal) => answer::refused(this.settings, refusal).map(own),
                        None => response.map(Either::Right),
                    };
                    return Poll::Ready(Ok(finish(response, *this.is_browser)));
                }
            };
            this.state.set(next);
        }
    }
}

fn own<R>(body: Bytes) -> ResponseBody<R> {
    Either::Left(Full::new(body))
}

fn finish<R>(mut response: Response<R>, is_browser: bool) -> Response<R> {
    if is_browser {
        answer::expose(response.headers_mut());
    }
    response
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
