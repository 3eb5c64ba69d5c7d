//! How a token is found good.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::access_token::AccessToken;
use super::claims::Claims;
use super::verified::{Condition, Validity, VerifiedToken};
use crate::error::{AuthorizeError, InvalidToken};
use crate::moment::Moment;
use crate::observe;

/// Decides whether a token is good, and what it says.
///
/// An implementation checks everything that makes a token good for this resource: that the issuer
/// made it, that it is meant for this resource, and that its time has come and is not over.
///
/// ```
/// use scopes_core::token::{
///     AcceptToken, AccessToken, Claims, TokenVerifier, VerifiedToken, VerifyTokenError,
/// };
/// use scopes_core::{GrantedScopes, InvalidToken};
///
/// /// Knows one token.
/// struct Door;
///
/// impl TokenVerifier for Door {
///     async fn verify(
///         &self,
///         token: AccessToken<'_>,
///         accept: AcceptToken<'_>,
///     ) -> Result<VerifiedToken, VerifyTokenError> {
///         if token.as_str() != "sesame" {
///             return Err(InvalidToken::NotAccepted.into());
///         }
///         let mut claims = Claims::default();
///         claims.subject = Some("ali".to_owned());
///         claims.scopes = GrantedScopes::parse("cave:enter").unwrap_or_default();
///         Ok(accept.token_with(claims))
///     }
/// }
/// ```
pub trait TokenVerifier: Send + Sync + 'static {
    /// Decides on `token`, and takes the time it needs.
    ///
    /// # Errors
    ///
    /// [`VerifyTokenError::Invalid`] if the token is not good;
    /// [`VerifyTokenError::Unavailable`] if that cannot be found out now.
    fn verify(
        &self,
        token: AccessToken<'_>,
        accept: AcceptToken<'_>,
    ) -> impl Future<Output = Result<VerifiedToken, VerifyTokenError>> + Send;

    /// Decides on `token` if no waiting is needed. `None`: ask [`verify`](Self::verify).
    fn verify_at_once(
        &self,
        _token: AccessToken<'_>,
        _accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        None
    }

    /// Returns whether a cache may remember that a token is invalid. Worth it where a rejection takes
    /// a request to another server, and wrong where the next request may be decided by newer keys.
    fn may_remember_rejections(&self) -> bool {
        false
    }
}

impl<V: TokenVerifier> TokenVerifier for Arc<V> {
    fn verify(
        &self,
        token: AccessToken<'_>,
        accept: AcceptToken<'_>,
    ) -> impl Future<Output = Result<VerifiedToken, VerifyTokenError>> + Send {
        V::verify(self, token, accept)
    }

    fn verify_at_once(
        &self,
        token: AccessToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        V::verify_at_once(self, token, accept)
    }

    fn may_remember_rejections(&self) -> bool {
        V::may_remember_rejections(self)
    }
}

/// The right to accept the token that a client has presented. Only a verifier that is being asked
/// about a token holds it.
#[derive(Clone, Copy, Debug)]
pub struct AcceptToken<'a> {
    token: AccessToken<'a>,
    leeway: Duration,
}

impl<'a> AcceptToken<'a> {
    /// For a cache too, which verifies a copy of the token that it was asked about.
    pub(crate) const fn of(token: AccessToken<'a>) -> Self {
        Self {
            token,
            leeway: Duration::ZERO,
        }
    }

    /// Declares that the verifier accepts tokens until `leeway` after they expire. By default, an
    /// accepted token is valid until [`expires_at`](Claims::expires_at): then caches forget it, and
    /// open response streams end.
    #[must_use]
    pub const fn with_leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Accepts the token; `claims` is what it says.
    #[must_use]
    pub fn token_with(self, claims: Claims) -> VerifiedToken {
        self.accept(claims, None)
    }

    /// Accepts the token for as long as `holds` returns `true`, such as while the keys by which it was
    /// verified are current. Afterwards caches and open response streams ask the verifier again.
    #[must_use]
    pub fn token_while(
        self,
        claims: Claims,
        holds: impl Fn(Moment) -> bool + Send + Sync + 'static,
    ) -> VerifiedToken {
        self.accept(claims, Some(Box::new(holds)))
    }

    fn accept(self, claims: Claims, condition: Option<Box<Condition>>) -> VerifiedToken {
        let end = claims.expires_at;
        let end = end.and_then(|end| end.checked_add(self.leeway));
        let end = end.and_then(|end| Moment::now().when(end));
        VerifiedToken::presented(claims, self.token.as_str(), Validity { end, condition })
    }
}

/// Asks `verifier`.
///
/// # Errors
///
/// As [`TokenVerifier::verify`].
pub async fn verify<V: TokenVerifier>(
    verifier: &V,
    token: AccessToken<'_>,
) -> Result<VerifiedToken, VerifyTokenError> {
    if let Some(answer) = verify_at_once(verifier, token) {
        return answer;
    }
    let answer = verifier.verify(token, AcceptToken::of(token)).await;
    observe::verified(&answer);
    answer
}

/// Asks `verifier` for what it can say without waiting.
pub fn verify_at_once<V: TokenVerifier>(
    verifier: &V,
    token: AccessToken<'_>,
) -> Option<Result<VerifiedToken, VerifyTokenError>> {
    let answer = verifier.verify_at_once(token, AcceptToken::of(token));
    answer.inspect(observe::verified)
}

/// Why there is no verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyTokenError {
    /// The token is not good.
    Invalid(InvalidToken),
    /// Whether it is good cannot be found out now.
    Unavailable {
        /// When to ask again.
        retry_after: Duration,
    },
}

impl From<InvalidToken> for VerifyTokenError {
    fn from(problem: InvalidToken) -> Self {
        Self::Invalid(problem)
    }
}

impl From<VerifyTokenError> for AuthorizeError {
    fn from(error: VerifyTokenError) -> Self {
        match error {
            VerifyTokenError::Invalid(problem) => Self::InvalidToken(problem),
            VerifyTokenError::Unavailable { retry_after } => Self::Unavailable { retry_after },
        }
    }
}

impl fmt::Display for VerifyTokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        AuthorizeError::from(self.clone()).fmt(formatter)
    }
}

impl std::error::Error for VerifyTokenError {}
