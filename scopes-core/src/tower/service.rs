//! What happens to a request before the inner service sees it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{AUTHORIZATION, ORIGIN};
use http::{HeaderValue, Request, Response};
use http_body_util::{Either, Full};
use tower_service::Service;

use super::answer;
use super::future::ProtectFuture;
use super::layer::Settings;
use crate::caller::{Caller, InContext};
use crate::error::AuthorizeError;
use crate::token::{self, AccessToken, TokenVerifier, VerifiedToken};

/// The body of an answer: the layer's own, or that of the inner service.
pub type ResponseBody<B> = Either<Full<Bytes>, B>;

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
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ProtectFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let settings = Arc::clone(&self.settings);
        let (method, path) = (request.method(), request.uri().path());
        if settings.metadata.is_at(path) {
            let response = settings.metadata.respond(method);
            return ProtectFuture::answer(response, false, settings);
        }
        if settings.cors && answer::is_preflight(method, request.headers()) {
            let response = answer::preflight_response("GET, POST, PUT, PATCH, DELETE, OPTIONS");
            return ProtectFuture::answer(response, false, settings);
        }
        let is_browser = settings.cors && request.headers().contains_key(ORIGIN);
        if settings.public_paths.contains(path) {
            let future = start(&mut self.inner, request, Caller::anonymous());
            return ProtectFuture::running(future, is_browser, settings);
        }
        let headers = request.headers().get_all(AUTHORIZATION);
        let token = AccessToken::from_authorization(headers.iter())
            .and_then(|token| token.ok_or(AuthorizeError::MissingToken));
        let answer = match token {
            Ok(token) => token::verify_at_once(&*self.verifier, token),
            Err(refusal) => {
                let response = answer::refused(&settings, &refusal);
                return ProtectFuture::answer(response, is_browser, settings);
            }
        };
        match answer {
            Some(Ok(token)) => {
                let request = with_token(request, &token);
                let future = start(&mut self.inner, request, token.into());
                ProtectFuture::running(future, is_browser, settings)
            }
            Some(Err(refusal)) => {
                let response = answer::refused(&settings, &refusal.into());
                ProtectFuture::answer(response, is_browser, settings)
            }
            None => {
                let headers: Vec<HeaderValue> = headers.iter().cloned().collect();
                let verified = Box::pin(verify(Arc::clone(&self.verifier), headers));
                // The service that was ready is used; its clone is not.
                let clone = self.inner.clone();
                let inner = std::mem::replace(&mut self.inner, clone);
                ProtectFuture::verifying(verified, inner, request, is_browser, settings)
            }
        }
    }
}

/// Asks the verifier once more, and waits for it.
async fn verify<V: TokenVerifier>(
    verifier: Arc<V>,
    headers: Vec<HeaderValue>,
) -> Result<VerifiedToken, AuthorizeError> {
    let token = AccessToken::from_authorization(&headers)?.ok_or(AuthorizeError::MissingToken)?;
    Ok(token::verify(&*verifier, token).await?)
}

/// The request, with the token for the service to find.
pub(super) fn with_token<B>(mut request: Request<B>, token: &VerifiedToken) -> Request<B> {
    request.extensions_mut().insert(token.clone());
    request
}

/// Hands the request to the service, in the caller's context: a service may run guarded code in
/// `call` already.
pub(super) fn start<S: Service<Request<B>>, B>(
    inner: &mut S,
    request: Request<B>,
    caller: Caller,
) -> InContext<S::Future> {
    let future = caller.clone().enter(|| inner.call(request));
    caller.scope(future)
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
