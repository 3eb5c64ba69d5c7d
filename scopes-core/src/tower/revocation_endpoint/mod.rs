//! The HTTP endpoint for revocations.

mod asked;
mod problem;

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body::Body;
use serde_json::json;
use tower_service::Service;

use self::asked::Format;
use self::problem::Problem;
use super::own_body::OwnBody;
use crate::observe;
use crate::revocation::{Revocation, RevocationKind, RevocationSecret, Revocations, RevokeError};
use crate::token::PresentedToken;

/// A service by which an authorization server or an operator revokes tokens. It is not mounted by default.
///
/// Mount it at a path or on a listener of its own, outside of every [`ProtectLayer`](super::ProtectLayer):
///
/// ```
/// use axum::Router;
/// use scopes_core::revocation::{RevocationSecret, RevocationSecretError, Revocations};
/// use scopes_core::tower::RevocationEndpoint;
///
/// fn routes(revocations: &Revocations, secret: &str) -> Result<Router, RevocationSecretError> {
///     let secret = RevocationSecret::from_text(secret)?;
///     let endpoint = RevocationEndpoint::new(revocations, secret);
///     Ok(Router::new().route_service("/revoke", endpoint))
/// }
/// ```
///
/// It takes POST with the secret as a bearer token, and no access token:
///
/// | body | revokes |
/// |---|---|
/// | form with `token` (RFC 7009) | the token |
/// | `{"revoke": "token", "token": ".."}` | the token |
/// | `{"revoke": "session", "iss": "..", "sid": ".."}` | what was issued in the session of the authorization server |
/// | `{"revoke": "subject", "iss": "..", "sub": ".."}` | what was issued to the user |
/// | `{"revoke": "client", "iss": "..", "client_id": ".."}` | what was issued to the client, if [turned on](Self::accept_clients) |
/// | `{"revoke": "issued_before", "iss": "..", "issued_before": 1767225600}` | what the issuer has issued before this time, in seconds since 1970, if [turned on](Self::accept_issued_before) |
///
/// The answer is 200 with `revoked_until`, in seconds since 1970, once the revocation is in force. As RFC 7009
/// says, it does not tell whether there is such a token.
#[derive(Clone)]
pub struct RevocationEndpoint {
    revocations: Revocations,
    secrets: Arc<[RevocationSecret]>,
    takes_clients: bool,
    takes_issued_before: bool,
}

impl RevocationEndpoint {
    /// Returns an endpoint for whoever has the secret.
    #[must_use]
    pub fn new(revocations: &Revocations, secret: RevocationSecret) -> Self {
        Self {
            revocations: revocations.clone(),
            secrets: Arc::new([secret]),
            takes_clients: false,
            takes_issued_before: false,
        }
    }

    /// Accepts another secret too, such as the next one while it replaces the first.
    #[must_use]
    pub fn secret(mut self, secret: RevocationSecret) -> Self {
        self.secrets = self.secrets.iter().copied().chain([secret]).collect();
        self
    }

    /// Accepts revocations by client: off by default, since one shuts out all users of the client.
    #[must_use]
    pub fn accept_clients(mut self) -> Self {
        self.takes_clients = true;
        self
    }

    /// Accepts revocations of what was issued before a time: off by default, since one shuts out all users of
    /// the issuer.
    #[must_use]
    pub fn accept_issued_before(mut self) -> Self {
        self.takes_issued_before = true;
        self
    }

    /// Checks the credential: one bearer token that is a secret.
    fn authenticate(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let authorization = headers.get_all(AUTHORIZATION);
        if authorization.iter().next().is_none() {
            return Err(Problem::NoCredential);
        }
        let presented = PresentedToken::from_authorization(&authorization);
        let presented = presented.ok().flatten().map(PresentedToken::as_str);
        // Every secret is compared, so that the time does not tell which one it is.
        let matching = presented.into_iter().flat_map(|presented| {
            let secrets = self.secrets.iter();
            secrets.filter(move |secret| secret.is(presented))
        });
        if matching.count() == 0 {
            observe::revocation("wrong_credential", None, None);
            return Err(Problem::WrongCredential);
        }
        Ok(())
    }

    fn check_kind(&self, revocation: &Revocation) -> Result<(), Problem> {
        match revocation.kind() {
            RevocationKind::Client if !self.takes_clients => Err(Problem::NotEnabled(
                "Revocation by client is off. `RevocationEndpoint::accept_clients` turns it on.",
            )),
            RevocationKind::IssuedBefore if !self.takes_issued_before => Err(Problem::NotEnabled(
                "Revocation by time is off. `RevocationEndpoint::accept_issued_before` turns it on.",
            )),
            _ => Ok(()),
        }
    }

    /// Reads what is asked for, and whether it is turned on.
    async fn read<B>(&self, headers: &HeaderMap, body: B) -> Result<Revocation, Problem>
    where
        B: Body<Data = Bytes>,
    {
        let asked = asked::read(Format::of(headers)?, body).await?;
        self.check_kind(&asked)?;
        Ok(asked)
    }

    async fn answer<B>(self, headers: HeaderMap, body: B) -> Response<Bytes>
    where
        B: Body<Data = Bytes>,
    {
        match self.read(&headers, body).await {
            Ok(revocation) => self.revoke(revocation).await,
            Err(problem) => {
                observe::revocation(problem.code(), None, None);
                problem.into_response()
            }
        }
    }

    async fn revoke(&self, revocation: Revocation) -> Response<Bytes> {
        match self.revocations.revoke(revocation).await {
            Ok(until) => {
                let since = until.duration_since(std::time::UNIX_EPOCH);
                let until = since.unwrap_or_default().as_secs();
                let mut response =
                    Response::new(json!({ "revoked_until": until }).to_string().into());
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                response
            }
            Err(RevokeError::InFuture) => {
                let problem = "`issued_before` is in the future. Name a time that has passed.";
                Problem::Invalid(problem).into_response()
            }
            Err(RevokeError::StoreUnavailable) => Problem::StoreUnavailable.into_response(),
        }
    }
}

impl<B> Service<Request<B>> for RevocationEndpoint
where
    B: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<OwnBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let checked = match parts.method {
            Method::POST => self.authenticate(&parts.headers),
            _ => Err(Problem::Method),
        };
        let endpoint = self.clone();
        Box::pin(async move {
            let response = match checked {
                Ok(()) => endpoint.answer(parts.headers, body).await,
                Err(problem) => problem.into_response(),
            };
            Ok(response.map(OwnBody::from))
        })
    }
}

impl fmt::Debug for RevocationEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RevocationEndpoint")
            .field("takes_clients", &self.takes_clients)
            .field("takes_issued_before", &self.takes_issued_before)
            .finish_non_exhaustive()
    }
}
