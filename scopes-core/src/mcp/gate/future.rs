//! The answer in the making.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, request};
use http_body::Body;
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::super::Gated;
use super::super::decision::Allowed;
use super::super::headers::SESSION;
use super::super::owners::Principal;
use super::answer::Denial;
use super::decision;
use super::layer::Rules;
use super::service::GateBody;
use super::started_tasks::{AnswerBody, StartedTasks};
use super::whole_body::WholeBody;
use crate::token::VerifiedToken;

pin_project! {
    /// The answer of a [`Gate`](super::Gate).
    pub struct GateFuture<S, B>
    where
        S: Service<Request<Full<Bytes>>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
    }
}

/// By what is decided, who asks, and in which session.
pub(super) struct Exchange {
    pub(super) rules: Arc<Rules>,
    pub(super) token: VerifiedToken,
    pub(super) session: Option<HeaderValue>,
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        /// Nothing has to be waited for.
        Answer { response: Option<Response<Bytes>> },
        /// The body is on its way; then the service may get the request.
        Reading {
            #[pin]
            body: WholeBody<B>,
            waiting: Option<(S, request::Parts, Exchange)>,
        },
        /// The service is at work.
        Running { #[pin] future: F, sent: Option<Sent> },
    }
}

/// A request that has gone on to the service.
struct Sent {
    exchange: Exchange,
    allowed: Allowed,
    is_delete: bool,
}

impl<S, B> GateFuture<S, B>
where
    S: Service<Request<Full<Bytes>>>,
    B: Body<Data = Bytes>,
{
    pub(super) fn denied(denial: Denial) -> Self {
        let response = Some(denial.into_response());
        Self {
            state: State::Answer { response },
        }
    }

    pub(super) fn reading(inner: S, parts: request::Parts, body: B, exchange: Exchange) -> Self {
        let body = WholeBody::new(body, exchange.rules.body_limit);
        let waiting = Some((inner, parts, exchange));
        Self {
            state: State::Reading { body, waiting },
        }
    }
}

impl<S, B, R> Future for GateFuture<S, B>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>>,
    B: Body<Data = Bytes>,
    R: Body<Data = Bytes>,
{
    type Output = Result<Response<GateBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Answer { response } => {
                    // Polled after it was ready, a future may do anything but be unsafe.
                    let response = response.take().unwrap_or_default();
                    return Poll::Ready(Ok(response.map(|body| Either::Left(Full::new(body)))));
                }
                StateProjection::Reading { body, waiting } => {
                    let body = ready!(body.poll(context));
                    let Some((mut inner, mut parts, exchange)) = waiting.take() else {
                        return Poll::Pending;
                    };
                    let (rules, token) = (&exchange.rules, &exchange.token);
                    let decision = decision::message(rules, &parts, token, &body);
                    match decision {
                        Ok(allowed) => {
                            let sent = Some(Sent {
                                allowed,
                                is_delete: parts.method == Method::DELETE,
                                exchange,
                            });
                            parts.extensions.insert(Gated);
                            let body = Full::new(body.unwrap_or_default());
                            let future = inner.call(Request::from_parts(parts, body));
                            State::Running { future, sent }
                        }
                        Err(denial) => State::Answer {
                            response: Some(denial.into_response()),
                        },
                    }
                }
                StateProjection::Running { future, sent } => {
                    let response = ready!(future.poll(context))?;
                    let started = sent.take().and_then(|sent| sent.answered(&response));
                    return Poll::Ready(Ok(
                        response.map(|body| Either::Right(AnswerBody::new(body, started)))
                    ));
                }
            };
            state.set(next);
        }
    }
}

impl Sent {
    /// Remembers what the answer says of sessions, and returns what may yet tell of a task.
    fn answered<R>(self, response: &Response<R>) -> Option<StartedTasks> {
        let Exchange {
            rules,
            token,
            session,
        } = self.exchange;
        let is_gone = response.status() == StatusCode::NOT_FOUND
            || (self.is_delete && response.status().is_success());
        if is_gone && let Some((owner, id)) = owned(&token, session.as_ref()) {
            rules.sessions.forget(&owner, id);
        }
        if !response.status().is_success() {
            return None;
        }
        let opened = response.headers().get(SESSION);
        if opened != session.as_ref()
            && let Some((owner, id)) = owned(&token, opened)
        {
            rules.sessions.keep(owner, id, ());
        }
        let Allowed::Call(requirements) = self.allowed else {
            return None;
        };
        let headers = response.headers();
        Some(StartedTasks::new(&rules, token, requirements, headers))
    }
}

fn owned<'a>(
    token: &VerifiedToken,
    session: Option<&'a HeaderValue>,
) -> Option<(Principal, &'a str)> {
    let id = session?.to_str().ok()?;
    Some((Principal::of(token)?, id))
}

impl<S, B> fmt::Debug for GateFuture<S, B>
where
    S: Service<Request<Full<Bytes>>>,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("GateFuture").finish_non_exhaustive()
    }
}
