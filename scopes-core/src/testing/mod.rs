//! Callers and a clock for tests and examples, without a verifier; and, with the feature
//! `testing-issuer`, an authorization server in the test's own process.
//!
//! Enable these features in `dev-dependencies` only: with them, any code in the program can make a
//! token.
//!
//! ```
//! use scopes_core::{Caller, testing};
//!
//! let ada = testing::caller("ada", "entries:read")?;
//! let subject = || Caller::current().token().and_then(|token| token.subject().map(str::to_owned));
//! assert_eq!(ada.enter(subject).as_deref(), Some("ada"));
//! # Ok::<(), scopes_core::ParseScopeError>(())
//! ```

mod clock;
#[cfg(feature = "testing-issuer")]
mod endpoints;
mod entered;
#[cfg(feature = "testing-issuer")]
mod issuer;
#[cfg(feature = "testing-issuer")]
mod signing_key;
#[cfg(feature = "testing-issuer")]
mod state;
#[cfg(feature = "testing-issuer")]
mod token_builder;

pub use clock::Clock;
pub use entered::EnteredCaller;
#[cfg(feature = "testing-issuer")]
pub use issuer::{Issuer, IssuerFetch};
#[cfg(feature = "testing-issuer")]
pub use signing_key::{SigningAlgorithm, SigningKey};
#[cfg(feature = "testing-issuer")]
pub use state::Endpoint;
#[cfg(feature = "testing-issuer")]
pub use token_builder::TokenBuilder;

use std::collections::HashMap;

use crate::caller::Caller;
use crate::scope::{GrantedScopes, ParseScopeError};
use crate::token::{
    AcceptToken, Claims, Moment, PresentedToken, Rejection, TokenVerifier, VerifiedToken,
    VerifyTokenError,
};

/// Returns a caller whose token has this subject and grants `scopes`, a space-separated list.
///
/// # Errors
///
/// If `scopes` is not such a list.
///
/// ```
/// let caller = scopes_core::testing::caller("ada", "photos:read albums:read")?;
/// assert!(caller.token().is_some());
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
pub fn caller(subject: &str, scopes: &str) -> Result<Caller, ParseScopeError> {
    Ok(Caller::from(verified(claims(subject, scopes)?)))
}

/// Enters the context of a caller whose token has this subject and grants `scopes`, a
/// space-separated list, until the returned value is dropped: one line at the start of a test of
/// guarded functions.
///
/// It works in synchronous tests, and in the body of an async test such as one with `#[tokio::test]`, on
/// any runtime flavor. The caller is that of the thread: tasks that run on it have the caller too,
/// unlike in production. To test tasks, run the future with [`Caller::run`] instead.
///
/// # Panics
///
/// If `scopes` is not such a list.
///
/// ```
/// # use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes, testing};
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     #[scope("entries:read")]
/// #     EntriesRead,
/// # }
/// #[requires_scopes("entries:read", catalog = Scope)]
/// async fn count_entries() -> Result<u32, AuthorizeError> {
///     Ok(42)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let _ada = testing::enter("ada", "entries:read");
/// assert_eq!(count_entries().await, Ok(42));
/// # }
/// ```
#[track_caller]
pub fn enter(subject: &str, scopes: &str) -> EnteredCaller {
    match caller(subject, scopes) {
        Ok(caller) => EnteredCaller::new(caller),
        Err(error) => panic!("{scopes:?} is not a list of scopes: {error}"),
    }
}

fn claims(subject: &str, scopes: &str) -> Result<Claims, ParseScopeError> {
    Ok(Claims {
        subject: Some(subject.to_owned()),
        scopes: GrantedScopes::parse(scopes)?,
        ..Claims::default()
    })
}

/// Returns a token with these claims.
///
/// ```
/// use scopes_core::{Claims, testing};
///
/// let mut claims = Claims::default();
/// claims.subject = Some("ada".to_owned());
/// let token = testing::verified(claims);
/// assert_eq!(token.subject(), Some("ada"));
/// ```
#[must_use]
pub fn verified(claims: Claims) -> VerifiedToken {
    VerifiedToken::new(claims)
}

/// A verifier that accepts the tokens in a list.
///
/// ```
/// use scopes_core::testing::StaticVerifier;
///
/// let verifier = StaticVerifier::new()
///     .token("reader", "ada", "photos:read")?
///     .token("editor", "ada", "photos:read photos:write")?;
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct StaticVerifier(HashMap<String, VerifiedToken>);

impl StaticVerifier {
    /// Returns a verifier that rejects every token.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts `token`, with this subject and these scopes.
    ///
    /// # Errors
    ///
    /// If `scopes` is not a list of scopes.
    pub fn token(self, token: &str, subject: &str, scopes: &str) -> Result<Self, ParseScopeError> {
        Ok(self.token_with(token, claims(subject, scopes)?))
    }

    /// Accepts `token`, with these claims, until it expires.
    #[must_use]
    pub fn token_with(mut self, token: &str, claims: Claims) -> Self {
        let accept = AcceptToken::of(PresentedToken::bearer(token)).revocable_at_source();
        let accepted = accept.token_with(claims);
        self.0.insert(token.to_owned(), accepted);
        self
    }

    fn known(&self, token: PresentedToken<'_>) -> Result<VerifiedToken, VerifyTokenError> {
        match self.0.get(token.as_str()) {
            Some(known) if known.is_current(Moment::now()) => Ok(known.clone()),
            Some(_) => Err(Rejection::Expired.into()),
            None => Err(Rejection::Unknown.into()),
        }
    }
}

impl TokenVerifier for StaticVerifier {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        self.known(token)
    }

    fn verify_at_once(
        &self,
        token: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        Some(self.known(token))
    }
}
