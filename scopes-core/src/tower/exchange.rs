//! A request, from its arrival at the layer to its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Either;
use tower_service::Service;

use super::body::ProtectedBody;
use super::cors::Cors;
use super::credentials::Credentials;
#[cfg(not(feature = "revocation"))]
use super::never_revoked::RevocationWatch;
use super::refusal::{self, Refusal};
#[cfg(feature = "revocation")]
use super::revoked::RevocationWatch;
use super::settings::Settings;
use super::unread_body::UnreadBody;
use super::watch::Presented;
use crate::caller::{Caller, Context, InContext};
use crate::error::AuthorizeError;
use crate::observe::ObservedRequest;
use crate::token::VerifiedToken;

/// The extension of a request without credentials whose `Origin` and `Host` are allowed.
#[derive(Clone, Copy)]
pub(crate) struct AnonymousRequest;

/// The state of a request that the layer keeps for its answer.
pub(super) struct Exchange {
    pub(super) settings: Arc<Settings>,
    pub(super) cors: Cors,
    pub(super) observed: ObservedRequest,
    /// The credentials of a valid token, to verify it again during a stream.
    pub(super) credentials: Option<Credentials>,
    pub(super) unread_body: UnreadBody,
}

impl Exchange {
    /// Hands the request to the service, with its token in the extensions.
    #[inline]
    pub(super) fn start_with<S: Service<Request<B>>, B>(
        &self,
        inner: &mut S,
        mut request: Request<B>,
        token: VerifiedToken,
    ) -> InContext<S::Future> {
        self.observed.authenticated(&token);
        let extensions = request.extensions_mut();
        extensions.remove::<AnonymousRequest>();
        extensions.insert(token.clone());
        self.settings.revocations.add_to(extensions);
        self.start(inner, request, token.into())
    }

    /// Hands the request to the service, which decides on requests without credentials.
    pub(super) fn start_anonymous<S: Service<Request<B>>, B>(
        &self,
        inner: &mut S,
        mut request: Request<B>,
    ) -> InContext<S::Future> {
        let extensions = request.extensions_mut();
        // A token that came with the request, from an outer service, is not the caller's here.
        extensions.remove::<VerifiedToken>();
        extensions.insert(AnonymousRequest);
        self.start(inner, request, Caller::anonymous())
    }

    /// Hands the request to the service, in the caller's context: a service may run guarded code in
    /// `call` already.
    #[inline]
    pub(super) fn start<S: Service<Request<B>>, B>(
        &self,
        inner: &mut S,
        mut request: Request<B>,
        caller: Caller,
    ) -> InContext<S::Future> {
        if self.observed.audited.is_on() {
            let audited = self.observed.audited.clone();
            request.extensions_mut().insert(audited);
        }
        let mut context = Context::in_layer(caller);
        let future = self
            .observed
            .enter(|| context.enter(|| inner.call(request)));
        context.run(future)
    }

    /// The answer to a request that goes no further than the layer.
    pub(super) fn refused(&self, refusal: &AuthorizeError) -> Response<Bytes> {
        self.observed.refused(refusal);
        let server = self.settings.challenging();
        refusal::response(server, refusal, &*self.settings.body)
    }

    /// Returns the answer to the refusal in the extensions of the service's answer or, of a 5xx, to the
    /// refusal of a guard that became this answer; or else the service's own.
    ///
    /// An error type that does not know refusals makes a 5xx of them, mostly a 500. Others can also be
    /// about another server, which the service has waited for, or an overload, which ends at a known time.
    #[inline]
    pub(super) fn answered<R: Body>(
        &mut self,
        mut response: Response<R>,
        mut context: Context,
    ) -> Either<Response<Bytes>, Response<ProtectedBody<R>>> {
        let refusal = response.extensions_mut().remove::<Refusal>().or_else(|| {
            let swallowed = match response.status() {
                status if !status.is_server_error() => None,
                StatusCode::INTERNAL_SERVER_ERROR => context.take_refusal(),
                _ if response.headers().contains_key(RETRY_AFTER) => None,
                _ => context.take_immediate_refusal(),
            };
            swallowed.map(Refusal::from)
        });
        let settings = &self.settings;
        if let Some(refusal) = refusal {
            // The body is dropped before it is read, so that the service's is never written.
            let (mut parts, _) = response.into_parts();
            let body = if self.has_lost_caller(refusal.error()) {
                self.observed.lost_caller(context.token());
                refusal::lost_caller(&mut parts)
            } else {
                self.observed
                    .answered(context.token(), Some(refusal.error()));
                refusal.answer(&mut parts, settings.challenging(), &*settings.body)
            };
            return Either::Left(Response::from_parts(parts, body));
        }
        self.observed.answered(context.token(), None);
        let credentials = self.credentials.take();
        let presented = || {
            Some(Presented {
                token: context.into_token()?,
                credentials: credentials?,
                audited: self.observed.audited.clone(),
                verifier: Arc::clone(&settings.verifier),
                revocations: RevocationWatch::new(&settings.revocations),
            })
        };
        let interval = settings.stream_check_interval;
        Either::Right(ProtectedBody::of_response(response, presented, interval))
    }

    /// The answer to a request that the service has failed to answer, if a guard's refusal became
    /// its error.
    pub(super) fn failed(&self, mut context: Context) -> Option<Response<Bytes>> {
        let refusal = context.take_refusal()?;
        Some(self.refused(&refusal))
    }

    /// Returns whether the service asks for a token although a valid one came with the request.
    fn has_lost_caller(&self, refusal: &AuthorizeError) -> bool {
        self.credentials.is_some() && *refusal == AuthorizeError::MissingToken
    }

    /// The answer, with the headers by which a browser decides who may read it.
    #[inline]
    pub(super) fn finish<R>(&self, mut response: Response<R>) -> Response<R> {
        self.cors.apply(response.headers_mut());
        response
    }
}
