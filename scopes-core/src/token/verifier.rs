//! The verification of tokens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::claims::Claims;
use super::presentation::Presentation;
use super::presented::{Confirmation, PresentedToken};
use super::rejection::Rejection;
use super::verified::{Condition, Validity, VerifiedToken};
use crate::error::AuthorizeError;
use crate::moment::Moment;
use crate::observe;

/// Verifies access tokens.
///
/// An implementation checks that a token is valid for this resource: the issuer made it, it is for
/// this resource, it is valid now, and, if it is bound to a key, the client possesses the key.
///
/// ```
/// use scopes_core::token::{
///     AcceptToken, Claims, PresentedToken, Rejection, TokenVerifier, VerifiedToken, VerifyTokenError,
/// };
/// use scopes_core::GrantedScopes;
///
/// /// Knows one token.
/// struct Door;
///
/// impl TokenVerifier for Door {
///     async fn verify(
///         &self,
///         token: PresentedToken<'_>,
///         accept: AcceptToken<'_>,
///     ) -> Result<VerifiedToken, VerifyTokenError> {
///         if token.as_str() != "sesame" {
///             let problem = "The token is not the word. Ask Ali Baba for it.".into();
///             return Err(Rejection::Other { label: "wrong_word", problem }.into());
///         }
///         let mut claims = Claims::default();
///         claims.subject = Some("ali".to_owned());
///         claims.scopes = GrantedScopes::parse("cave:enter").unwrap_or_default();
///         Ok(accept.token_with(claims))
///     }
/// }
/// ```
pub trait TokenVerifier: Send + Sync + 'static {
    /// Verifies `token`.
    ///
    /// # Errors
    ///
    /// [`VerifyTokenError::Invalid`] if the token is rejected;
    /// [`VerifyTokenError::Unavailable`] if it cannot be verified now.
    fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> impl Future<Output = Result<VerifiedToken, VerifyTokenError>> + Send;

    /// Verifies `token` if that needs no waiting. Returns `None` if [`verify`](Self::verify) has to
    /// be called.
    fn verify_at_once(
        &self,
        _token: PresentedToken<'_>,
        _accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        None
    }

    /// Returns how tokens are presented: as [bearer tokens](Presentation::bearer) by default. A token
    /// under another scheme never reaches the verifier.
    fn presentation(&self) -> Presentation {
        Presentation::bearer()
    }

    /// Returns whether tokens can be verified now, for a [readiness probe](crate::tower::Readiness): `true` by
    /// default. A verifier that needs an authorization server asks it again after a failure, however many
    /// probes there are, at most about once per second: a load balancer sends no other request to an
    /// instance that is not ready. A verifier around another returns the answer of that one.
    fn check_ready(&self) -> impl Future<Output = bool> + Send {
        std::future::ready(true)
    }

    /// Returns whether a cache may keep rejections. Return `true` if a rejection takes a request to
    /// another server, and `false` if newer keys may accept the token at the next request.
    fn may_remember_rejections(&self) -> bool {
        false
    }
}

impl<V: TokenVerifier> TokenVerifier for Arc<V> {
    fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> impl Future<Output = Result<VerifiedToken, VerifyTokenError>> + Send {
        V::verify(self, token, accept)
    }

    fn verify_at_once(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        V::verify_at_once(self, token, accept)
    }

    fn presentation(&self) -> Presentation {
        V::presentation(self)
    }

    fn check_ready(&self) -> impl Future<Output = bool> + Send {
        V::check_ready(self)
    }

    fn may_remember_rejections(&self) -> bool {
        V::may_remember_rejections(self)
    }
}

/// The right to accept the token that a client has presented. Only a verifier receives it, for the
/// token that it is to verify.
///
/// ```
/// use scopes_core::VerifiedToken;
/// use scopes_core::token::{AcceptToken, Claims};
/// use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
///
/// /// Accepts a token until the keys that have verified it are replaced.
/// fn accept(accept: AcceptToken<'_>, claims: Claims, replaced: Arc<AtomicBool>) -> VerifiedToken {
///     accept.token_while(claims, move |_| !replaced.load(Ordering::Acquire))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AcceptToken<'a> {
    token: PresentedToken<'a>,
    leeway: Duration,
    has_source: bool,
}

impl<'a> AcceptToken<'a> {
    /// Also for a cache, which verifies a copy of the token.
    pub(crate) const fn of(token: PresentedToken<'a>) -> Self {
        Self {
            token,
            leeway: Duration::ZERO,
            has_source: false,
        }
    }

    /// Declares that the verifier accepts tokens until `leeway` after they expire. By default, an
    /// accepted token is valid until [`expires_at`](Claims::expires_at): then caches remove it, and
    /// open response streams end.
    #[must_use]
    pub const fn with_leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Declares that the verifier asks about the token where it can be revoked, such as at the authorization
    /// server or in a list of keys. With `ProtectLayer::revocations`, such a token may live for longer than
    /// a revocation lasts, because it can be revoked there for good.
    #[must_use]
    pub const fn revocable_at_source(self) -> Self {
        Self {
            has_source: true,
            ..self
        }
    }

    /// Accepts the token with these claims.
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
        let validity = Validity {
            end,
            condition,
            has_source: self.has_source,
        };
        VerifiedToken::presented(claims, self.token.as_str(), validity)
    }
}

/// Verifies `token` with `verifier`, and reports the result to logs and metrics.
///
/// # Errors
///
/// As [`TokenVerifier::verify`]; and if the token is presented under a scheme that `verifier` does not
/// take.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "testing")] {
/// # use scopes_core::{PresentedToken, testing::StaticVerifier};
/// # let verifier = StaticVerifier::new().token("reader", "ada", "photos:read")?;
/// use scopes_core::token::verify;
///
/// let presented = PresentedToken::from_authorization(["Bearer reader"])?;
/// let token = verify(&verifier, presented.ok_or("there is a token")?).await?;
/// assert!(token.scopes().contains("photos:read"));
/// # }
/// # Ok(())
/// # }
/// ```
pub async fn verify<V: TokenVerifier>(
    verifier: &V,
    token: PresentedToken<'_>,
) -> Result<VerifiedToken, VerifyTokenError> {
    if let Some(answer) = verify_at_once(verifier, token) {
        return answer;
    }
    let answer = verifier.verify(token, AcceptToken::of(token)).await;
    let answer = bound(token, answer);
    observe::verified(&answer);
    answer
}

/// Verifies `token` as [`verify`] does, if that needs no waiting.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// # use scopes_core::{PresentedToken, testing::StaticVerifier};
/// # let verifier = StaticVerifier::new().token("reader", "ada", "photos:read")?;
/// use scopes_core::token::verify_at_once;
///
/// let presented = PresentedToken::from_authorization(["Bearer reader"])?;
/// let answer = verify_at_once(&verifier, presented.ok_or("there is a token")?);
/// let token = answer.ok_or("this verifier asks no one")??;
/// assert!(token.scopes().contains("photos:read"));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify_at_once<V: TokenVerifier>(
    verifier: &V,
    token: PresentedToken<'_>,
) -> Option<Result<VerifiedToken, VerifyTokenError>> {
    let scheme = token.scheme();
    let answer = if verifier.presentation().takes(scheme) {
        let answer = verifier.verify_at_once(token, AcceptToken::of(token));
        answer.map(|answer| bound(token, answer))
    } else {
        Some(Err(Rejection::UnsupportedScheme { actual: scheme }.into()))
    };
    answer.inspect(observe::verified)
}

/// Rejects a token that is not bound to the key whose possession the client has proven: a verifier
/// that ignores `cnf` would accept it with a proof by any key.
fn bound(
    presented: PresentedToken<'_>,
    answer: Result<VerifiedToken, VerifyTokenError>,
) -> Result<VerifiedToken, VerifyTokenError> {
    let token = answer?;
    let Some(Confirmation { method, value }) = presented.confirmation() else {
        return Ok(token);
    };
    let members = token.claim("cnf").and_then(Value::as_object);
    let is_bound = members.is_some_and(|members| {
        members.len() == 1 && members.get(method).and_then(Value::as_str) == Some(value)
    });
    if is_bound {
        Ok(token)
    } else {
        Err(Rejection::WrongKey.into())
    }
}

/// Returned when a token is not verified.
///
/// ```
/// use scopes_core::AuthorizeError;
/// use scopes_core::token::{Rejection, VerifyTokenError};
///
/// /// Returns the label of the reason, for a counter.
/// fn label(error: &VerifyTokenError) -> &str {
///     match error {
///         VerifyTokenError::Invalid(rejection) => rejection.label(),
///         _ => "unavailable",
///     }
/// }
///
/// let error = VerifyTokenError::from(Rejection::Expired);
/// assert_eq!(label(&error), "expired");
/// assert_eq!(AuthorizeError::from(error).status(), 401);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyTokenError {
    /// The token is rejected.
    Invalid(Box<Rejection>),
    /// The token cannot be verified now.
    Unavailable {
        /// The time after which clients may try again.
        retry_after: Duration,
    },
}

impl From<Rejection> for VerifyTokenError {
    fn from(rejection: Rejection) -> Self {
        Self::Invalid(Box::new(rejection))
    }
}

/// Keeps only what clients may see.
impl From<VerifyTokenError> for AuthorizeError {
    fn from(error: VerifyTokenError) -> Self {
        match error {
            VerifyTokenError::Invalid(rejection) => Self::InvalidToken((&*rejection).into()),
            VerifyTokenError::Unavailable { retry_after } => Self::Unavailable { retry_after },
        }
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for VerifyTokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for VerifyTokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(rejection) => rejection.fmt(formatter),
            Self::Unavailable { .. } => formatter.write_str("The token cannot be verified now."),
        }
    }
}

impl std::error::Error for VerifyTokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid(rejection) => Some(&**rejection),
            Self::Unavailable { .. } => None,
        }
    }
}
