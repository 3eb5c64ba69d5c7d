//! What happens to a request before the inner service sees it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{Either, Full};
use tower_service::Service;

use super::absent;
use super::cors::{self, Cors};
use super::future::{Exchange, ProtectFuture};
use super::layer::Settings;
use super::protected_body::ProtectedBody;
use super::watch::{Credentials, Presented, VerifyHeader};
use crate::caller::{Caller, InContext};
use crate::error::AuthorizeError;
use crate::observe::ObservedRequest;
use crate::token::{self, PresentedToken, TokenVerifier};

/// The body of a response: the layer's own, or that of the inner service.
pub type ResponseBody<B> = Either<Full<Bytes>, ProtectedBody<B>>;

/// A protected service; made by [`ProtectLayer`](super::ProtectLayer).
pub struct Protect<S, V> {
    inner: S,
    settings: Arc<Settings>,
    verifier: Arc<V>,
}

impl<S, V> Protect<S, V> {
    pub(super) fn new(inner: S, settings: Arc<Settings>, verifier: Arc<V>) -> Self {
        Self {
            inner,
            settings,
            verifier,
        }
    }
}

impl<S, V, B, R> Service<Request<B>> for Protect<S, V>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    V: TokenVerifier,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ProtectFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut exchange = Exchange {
            settings: Arc::clone(&self.settings),
            cors: Cors::Off,
            observed: ObservedRequest::none(),
            presented: None,
        };
        let (settings, headers) = (&self.settings, request.headers());
        let (method, path) = (request.method(), request.uri().path());
        if settings.metadata.is_at(path) {
            return ProtectFuture::answer(settings.metadata.respond(method), exchange);
        }
        let origin = settings.origins.check(headers);
        let is_public = settings.public_paths.contains(path);
        // Where there is no `Origin`, only answers of public paths can be in a shared cache.
        if is_public || !matches!(origin, Ok(None)) {
            exchange.cors = settings.cors_for(origin.ok().flatten());
        }
        if settings.cors && origin.is_ok() && cors::is_preflight(method, headers) {
            let response = cors::preflight_response("GET, POST, PUT, PATCH, DELETE, OPTIONS");
            return ProtectFuture::answer(response, exchange);
        }
        exchange.observed = ObservedRequest::new();
        let checked = match origin {
            Ok(_) if is_public => Ok(()),
            Ok(_) => settings.hosts.check(request.uri(), headers),
            Err(not_allowed) => Err(not_allowed),
        };
        if let Err(not_allowed) = checked {
            let named = not_allowed.named(request.uri(), headers);
            exchange.observed.not_allowed(not_allowed.outcome(), &named);
            return ProtectFuture::answer(not_allowed.response(), exchange);
        }
        if is_public {
            let future = start(
                &mut self.inner,
                request,
                Caller::anonymous(),
                &exchange.observed,
            );
            return ProtectFuture::running(future, exchange);
        }
        if absent::is_probed(path) {
            return ProtectFuture::answer(absent::response(), exchange);
        }
        let credentials = PresentedToken::from_authorization(headers.get_all(AUTHORIZATION))
            .and_then(|token| {
                let header = headers.get(AUTHORIZATION);
                token.zip(header).ok_or(AuthorizeError::MissingToken)
            });
        let (token, header) = match credentials {
            Ok((token, header)) => (token, header.clone()),
            Err(refusal) => return ProtectFuture::refused(&refusal, exchange),
        };
        let answer = exchange
            .observed
            .enter(|| token::verify_at_once(&*self.verifier, token));
        let verifier = Arc::clone(&self.verifier) as Arc<dyn VerifyHeader>;
        let credentials = Credentials { verifier, header };
        match answer {
            Some(Ok(token)) => {
                let presented = Presented { credentials, token };
                let future = start_with(&mut self.inner, request, presented, &mut exchange);
                ProtectFuture::running(future, exchange)
            }
            Some(Err(refusal)) => ProtectFuture::refused(&refusal.into(), exchange),
            None => {
                let answer = credentials.verify();
                // The service that was ready is used; its clone is not.
                let clone = self.inner.clone();
                let inner = std::mem::replace(&mut self.inner, clone);
                let waiting = Some((request, credentials));
                ProtectFuture::verifying(answer, inner, waiting, exchange)
            }
        }
    }
}

/// Hands the request to the service, with the token for it to find.
pub(super) fn start_with<S: Service<Request<B>>, B>(
    inner: &mut S,
    mut request: Request<B>,
    presented: Presented,
    exchange: &mut Exchange,
) -> InContext<S::Future> {
    let token = presented.token.clone();
    exchange.presented = Some(presented);
    exchange.observed.authenticated(&token);
    request.extensions_mut().insert(token.clone());
    start(inner, request, token.into(), &exchange.observed)
}

/// Hands the request to the service, in the caller's context: a service may run guarded code in
/// `call` already.
fn start<S: Service<Request<B>>, B>(
    inner: &mut S,
    request: Request<B>,
    caller: Caller,
    observed: &ObservedRequest,
) -> InContext<S::Future> {
    let call = || caller.clone().enter(|| inner.call(request));
    let future = observed.enter(call);
    caller.run(future)
}

impl<S: Clone, V> Clone for Protect<S, V> {
    fn clone(&self) -> Self {
        Self::new(
            self.inner.clone(),
            Arc::clone(&self.settings),
            Arc::clone(&self.verifier),
        )
    }
}

impl<S: fmt::Debug, V> fmt::Debug for Protect<S, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Protect")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
