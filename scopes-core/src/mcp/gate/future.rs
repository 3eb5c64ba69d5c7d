//! The future of an answer.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::Entry;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, request};
use http_body::Body;
use http_body_util::Full;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::anonymous::MAX_BODY;
use super::anonymous_sessions::Opening;
use super::body::AnswerBody;
use super::decision::FoundTask;
use super::denial::Denial;
use super::ending::is_event_stream;
use super::exchange::{AskedTask, Exchange, Permitted, Session, SessionChange, Undecided};
use super::rules::Rules;
use super::started_tasks::StartedTasks;
use super::whole_body::WholeBody;
use crate::caller::Caller;
use crate::mcp::decision::{Allowed, GateSettings, Gated};
use crate::mcp::headers::SESSION;
use crate::observe;
use crate::token::Principal;
use crate::tower::OwnBody;

pin_project! {
    /// The response of a [`Gate`](super::Gate).
    ///
    /// ```
    /// use std::future::Future;
    /// use http::{Request, Response};
    /// use scopes_core::mcp::Gate;
    /// use tower_service::Service;
    ///
    /// fn is_future<S, B, R>(service: &mut Gate<S>, request: Request<B>) -> impl Future
    /// where
    ///     Gate<S>: Service<Request<B>, Response = Response<R>>,
    /// {
    ///     service.call(request)
    /// }
    /// ```
    pub struct GateFuture<S, B>
    where
        S: Service<Request<Full<Bytes>>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        /// Nothing has to be waited for.
        Answer { response: Option<Response<OwnBody>> },
        /// The body is on its way; then the service may get the request.
        Reading {
            #[pin]
            body: WholeBody<B>,
            waiting: Option<(S, request::Parts, Exchange)>,
        },
        /// The store is asked about a task.
        Asking {
            answer: Pin<Box<dyn Future<Output = FoundTask> + Send>>,
            waiting: Option<(Read<S>, Session)>,
        },
        /// The service is at work.
        Running { #[pin] future: F, sent: Option<Sent> },
    }
}

/// A request whose body has been read.
struct Read<S> {
    inner: S,
    parts: request::Parts,
    body: Bytes,
    exchange: Exchange,
}

/// A request that has gone on to the service.
struct Sent {
    exchange: Exchange,
    permitted: Permitted,
}

impl<S, B> GateFuture<S, B>
where
    S: Service<Request<Full<Bytes>>>,
    B: Body<Data = Bytes>,
{
    pub(super) fn denied(denial: Denial) -> Self {
        Self {
            state: State::denied(denial),
        }
    }

    pub(super) fn reading(inner: S, parts: request::Parts, body: B, exchange: Exchange) -> Self {
        let rules = &exchange.rules;
        let limit = match exchange.caller.token() {
            Some(_) => rules.max_body_bytes,
            None => rules.max_body_bytes.min(MAX_BODY),
        };
        let body = WholeBody::new(body, limit, rules.body_timeout);
        let waiting = Some((inner, parts, exchange));
        Self {
            state: State::Reading { body, waiting },
        }
    }
}

impl<S, B, F> State<S, B, F> {
    fn denied(denial: Denial) -> Self {
        let response = Some(denial.into_response());
        Self::Answer { response }
    }
}

impl<S> Read<S> {
    /// Sends the request to the service.
    fn sent<B>(self, permitted: Permitted) -> State<S, B, S::Future>
    where
        S: Service<Request<Full<Bytes>>>,
    {
        let Self {
            mut inner,
            mut parts,
            body,
            exchange,
        } = self;
        parts.extensions.insert(Gated);
        match exchange.rules.for_server() {
            Some(settings) => drop(parts.extensions.insert(settings)),
            // Those of a gate in front are not this one's.
            None => drop(parts.extensions.remove::<GateSettings>()),
        }
        let future = inner.call(Request::from_parts(parts, Full::new(body)));
        let sent = Some(Sent {
            exchange,
            permitted,
        });
        State::Running { future, sent }
    }

    /// Asks the store for a task.
    fn asking_for<B, F>(self, task: AskedTask) -> State<S, B, F> {
        let rules = Arc::clone(&self.exchange.rules);
        let AskedTask {
            principal,
            id,
            session,
        } = task;
        let answer = Box::pin(async move {
            let Some(tasks) = &rules.shared_tasks else {
                return Ok(None);
            };
            tasks.find(&rules.messages.registry, principal, &id).await
        });
        let waiting = Some((self, session));
        State::Asking { answer, waiting }
    }
}

impl<S, B, R> Future for GateFuture<S, B>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>>,
    B: Body<Data = Bytes>,
    R: Body<Data = Bytes>,
{
    type Output = Result<Response<AnswerBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Answer { response } => {
                    // A future that is polled after it was ready may return anything.
                    let response = response.take();
                    let response = response.unwrap_or_else(|| Response::new(Bytes::new().into()));
                    return Poll::Ready(Ok(response.map(AnswerBody::own)));
                }
                StateProjection::Reading { body, waiting } => {
                    let body = ready!(body.poll(context));
                    let Some((inner, mut parts, exchange)) = waiting.take() else {
                        return Poll::Pending;
                    };
                    let decision = exchange.decide(&mut parts, &body);
                    let request = Read {
                        inner,
                        parts,
                        body: body.unwrap_or_default(),
                        exchange,
                    };
                    match decision {
                        Ok(permitted) => request.sent(permitted),
                        Err(Undecided::Denied(denial)) => State::denied(denial),
                        Err(Undecided::AsksFor(task)) => request.asking_for(task),
                    }
                }
                StateProjection::Asking { answer, waiting } => {
                    let found = ready!(answer.as_mut().poll(context));
                    let Some((request, session)) = waiting.take() else {
                        return Poll::Pending;
                    };
                    let Read {
                        parts,
                        body,
                        exchange,
                        ..
                    } = &request;
                    match exchange.decide_task(session, parts, body, found) {
                        Ok(permitted) => request.sent(permitted),
                        Err(denial) => State::denied(denial),
                    }
                }
                StateProjection::Running { future, sent } => {
                    let response = ready!(future.poll(context))?;
                    let Some(sent) = sent.take() else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(Ok(sent.answered(response)));
                }
            };
            state.set(next);
        }
    }
}

impl Sent {
    /// The response for the client: its sessions are sealed, and the body of an allowed tool call is
    /// searched for a started task.
    #[inline]
    fn answered<R: Body<Data = Bytes>>(self, mut response: Response<R>) -> Response<AnswerBody<R>> {
        let Exchange { rules, caller, .. } = self.exchange;
        let Permitted {
            allowed,
            ending,
            change,
        } = self.permitted;
        let is_success = response.status().is_success();
        let is_unknown = response.status() == StatusCode::NOT_FOUND;
        let (opening, ended) = match change {
            Some(SessionChange::Opens(opening)) => (Some(opening), None),
            Some(SessionChange::Ends(tag)) if is_success || is_unknown => (None, Some(tag)),
            Some(SessionChange::Uses(tag)) if is_unknown => (None, Some(tag)),
            _ => (None, None),
        };
        if let Some(tag) = ended {
            rules.end_anonymous(&tag, &caller);
        }
        if seal_sessions(&rules, &caller, opening, response.headers_mut()).is_none() {
            observe::session_not_sealed();
            let problem = "The session could not be opened.";
            let denial = Denial::new(StatusCode::INTERNAL_SERVER_ERROR, -32603, problem);
            return denial.into_response().map(AnswerBody::own);
        }
        let is_stream = is_event_stream(response.headers());
        if let Some(ending) = ending.filter(|_| is_stream) {
            response.extensions_mut().insert(ending.into_last_event());
        }
        let started = match allowed {
            Allowed::Call(requirements) if is_success => {
                Some(StartedTasks::new(rules, caller, requirements, is_stream))
            }
            _ => None,
        };
        response.map(|body| AnswerBody::of_server(body, started))
    }
}

/// Seals every session id in the headers, and keeps the one that a caller without a token opens. Returns
/// `None` if one cannot be sealed.
fn seal_sessions(
    rules: &Rules,
    caller: &Caller,
    mut opening: Option<Opening>,
    headers: &mut HeaderMap,
) -> Option<()> {
    // An entry would allocate for every response without one.
    if !headers.contains_key(SESSION) {
        return Some(());
    }
    let seal = &rules.session_seal;
    let mut sealed = |id: &HeaderValue| {
        if let Some(token) = caller.token() {
            return seal.seal(Principal::of(token)?, id);
        }
        let (sealed, tag) = seal.seal_anonymous(id)?;
        if let Some(opening) = opening.take() {
            opening.keep(tag);
        }
        Some(sealed)
    };
    if let Entry::Occupied(mut sessions) = headers.entry(SESSION) {
        for session in sessions.iter_mut() {
            *session = sealed(session)?;
        }
    }
    Some(())
}

impl<S, B> fmt::Debug for GateFuture<S, B>
where
    S: Service<Request<Full<Bytes>>>,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("GateFuture").finish_non_exhaustive()
    }
}
