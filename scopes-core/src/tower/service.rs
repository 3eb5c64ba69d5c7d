//! The checks of a request before the inner service sees it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::absent;
use super::body::ProtectedBody;
use super::cors::{self, Cors};
use super::credentials::Credentials;
use super::exchange::Exchange;
use super::future::ProtectFuture;
#[cfg(feature = "mcp")]
use super::settings::Challenges;
use super::settings::Settings;
use super::unread_body::UnreadBody;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::observe::ObservedRequest;
use crate::token::{self, PresentedToken, TokenVerifier};

/// A protected service; made by [`ProtectLayer`](super::ProtectLayer).
///
/// ```
/// # use scopes_core::{ResourceServer, testing::StaticVerifier};
/// use scopes_core::tower::{Protect, ProtectLayer};
/// use tower_layer::Layer;
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// let protect = ProtectLayer::new(server, StaticVerifier::new());
/// # let routes = axum::Router::<()>::new();
/// let service: Protect<_, StaticVerifier> = protect.layer(routes);
/// # let _ = service;
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
pub struct Protect<S, V> {
    inner: S,
    settings: Arc<Settings>,
    verifier: Arc<V>,
    /// Hands requests without credentials to the service, which is one that decides on them.
    admits_anonymous: bool,
}

impl<S, V> Protect<S, V> {
    pub(super) fn new(inner: S, settings: Arc<Settings>, verifier: Arc<V>) -> Self {
        Self {
            inner,
            settings,
            verifier,
            admits_anonymous: false,
        }
    }

    /// Changes the service, which decides on requests without credentials if `admits_anonymous`.
    #[cfg(feature = "mcp")]
    pub(crate) fn with_inner(self, change: impl FnOnce(S) -> S, admits_anonymous: bool) -> Self {
        Self {
            inner: change(self.inner),
            admits_anonymous: self.admits_anonymous || admits_anonymous,
            ..self
        }
    }

    /// Returns the challenges that the service may ask for.
    #[cfg(feature = "mcp")]
    pub(crate) fn challenges(&self) -> Challenges {
        Challenges(Arc::clone(&self.settings))
    }
}

impl<S, V, B, R> Service<Request<B>> for Protect<S, V>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    V: TokenVerifier,
    R: Body,
{
    type Response = Response<ProtectedBody<R>>;
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
            credentials: None,
            unread_body: UnreadBody::of(&request),
        };
        let (settings, headers) = (&self.settings, request.headers());
        let (method, path) = (request.method(), request.uri().path());
        let uri = request.uri();
        if settings.metadata.is_at(path) || settings.metadata.is_copy(method, uri) {
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
        exchange.observed = ObservedRequest::new(settings.audit.request(headers));
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
            let caller = Caller::anonymous();
            let future = exchange.start(&mut self.inner, request, caller);
            return ProtectFuture::running(future, exchange);
        }
        if let Some(absent) = absent::response(path) {
            return ProtectFuture::answer(absent, exchange);
        }
        let has_credentials = || {
            let mut proofs = settings.proof_headers.iter();
            headers.contains_key(AUTHORIZATION) || proofs.any(|name| headers.contains_key(*name))
        };
        if self.admits_anonymous && !has_credentials() {
            let future = exchange.start_anonymous(&mut self.inner, request);
            return ProtectFuture::running(future, exchange);
        }
        let authorization = headers.get_all(AUTHORIZATION);
        let token = exchange.observed.enter(|| {
            let schemes = &settings.schemes;
            PresentedToken::from_authorization_with(schemes, &authorization)
        });
        let (token, header) = match (token, authorization.iter().next()) {
            (Ok(Some(token)), Some(header)) => (token, header.clone()),
            (Err(refusal), _) => return ProtectFuture::refused(&refusal, exchange),
            _ => {
                settings.report_public_path(path);
                return ProtectFuture::refused(&AuthorizeError::MissingToken, exchange);
            }
        };
        let proof_headers = &settings.proof_headers;
        let credentials = Credentials::new(header, &request, &settings.origin, proof_headers);
        // A verifier that checks proofs may take each only once, so it is asked once, below.
        let takes_no_proof = settings.proof_headers.is_empty();
        let answer = takes_no_proof.then(|| {
            let verify = || {
                let answer = token::verify_at_once(&*self.verifier, token)?;
                Some(answer.and_then(|token| settings.revocations.check(token)))
            };
            exchange.observed.enter(verify)
        });
        let answer = answer.flatten();
        exchange.credentials = Some(credentials);
        match (answer, &exchange.credentials) {
            (Some(Ok(token)), _) => {
                let future = exchange.start_with(&mut self.inner, request, token);
                ProtectFuture::running(future, exchange)
            }
            (Some(Err(refusal)), _) => ProtectFuture::refused(&refusal.into(), exchange),
            (None, Some(credentials)) => {
                let verifier = Arc::clone(&settings.verifier);
                let answer = verifier.verify(credentials.clone(), false);
                // The service that was ready is used; its clone is not.
                let clone = self.inner.clone();
                let inner = std::mem::replace(&mut self.inner, clone);
                ProtectFuture::verifying(answer, inner, Some(request), exchange)
            }
            (None, None) => ProtectFuture::refused(&AuthorizeError::MissingToken, exchange),
        }
    }
}

impl<S: Clone, V> Clone for Protect<S, V> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            settings: Arc::clone(&self.settings),
            verifier: Arc::clone(&self.verifier),
            admits_anonymous: self.admits_anonymous,
        }
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
