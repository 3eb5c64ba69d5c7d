//! The verifier that a configuration chooses.

use std::fmt;
use std::sync::Arc;

use super::reader::Reader;
use super::{introspection, jwt};
use crate::api_keys::ApiKeyVerifier;
use crate::cache::CachedVerifier;
use crate::fetch::Fetch;
use crate::introspection::IntrospectionVerifier;
use crate::jwt::JwtVerifier;
use crate::token::{
    AcceptToken, Presentation, PresentedToken, TokenExplanation, TokenVerifier, VerifiedToken,
    VerifyTokenError,
};

/// Verifies tokens as configured: JWTs, with a cache, or by introspection, and API keys if there are any. Its
/// clones share keys and caches.
///
/// ```
/// # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # #[derive(Debug)]
/// # struct Offline;
/// # impl Fetch for Offline {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
/// #     async fn sleep(&self, _: std::time::Duration) {}
/// # }
/// use scopes_core::TokenVerifier as _;
/// use scopes_core::config::Configuration;
///
/// let variables = [
///     ("J_RESOURCE", "https://mcp.example.com/mcp"),
///     ("J_AUTHORIZATION_SERVER", "https://auth.example.com"),
/// ];
/// let configured = Configuration::from_variables("J_", variables).discover_lazily(Offline)?;
/// let verifier = configured.verifier.clone();
/// # let _ = async move {
/// // It has no keys yet, and fetches them for the first token.
/// assert!(!verifier.check_ready().await);
/// # };
/// # Ok::<(), scopes_core::config::ConfigurationError>(())
/// ```
pub struct ConfiguredVerifier<F>(Arc<Choice<F>>);

enum Choice<F> {
    Tokens(Tokens<F>),
    ApiKeys(ApiKeyVerifier<Tokens<F>>),
}

/// Verifies the tokens of the authorization server.
pub(super) enum Tokens<F> {
    Jwt(CachedVerifier<JwtVerifier<F>>),
    Introspection(IntrospectionVerifier<F>),
}

impl<F: Fetch> ConfiguredVerifier<F> {
    pub(super) fn without_api_keys(tokens: Tokens<F>) -> Self {
        Self(Arc::new(Choice::Tokens(tokens)))
    }

    pub(super) fn with_api_keys(verifier: ApiKeyVerifier<Tokens<F>>) -> Self {
        Self(Arc::new(Choice::ApiKeys(verifier)))
    }

    fn tokens(&self) -> &Tokens<F> {
        match &*self.0 {
            Choice::Tokens(tokens) => tokens,
            Choice::ApiKeys(verifier) => verifier.others(),
        }
    }

    /// Asks the authorization server until it answers: see
    /// [`JwtVerifier::until_ready`](crate::jwt::JwtVerifier::until_ready). For a server that starts before
    /// its authorization server, in a task of its own.
    pub async fn until_ready(&self) {
        match self.tokens() {
            Tokens::Jwt(cached) => cached.verifier().until_ready().await,
            Tokens::Introspection(verifier) => verifier.until_ready().await,
        }
    }

    /// Explains what the verifier makes of a JWT: see
    /// [`JwtVerifier::explain`](crate::jwt::JwtVerifier::explain). `None` with introspection.
    pub async fn explain(&self, token: &str) -> Option<TokenExplanation> {
        match self.tokens() {
            Tokens::Jwt(cached) => Some(cached.verifier().explain(token).await),
            Tokens::Introspection(_) => None,
        }
    }

    /// Waits for the authorization server, and notes that it does not answer.
    pub(super) async fn answer_at_start(&self, reader: &mut Reader) {
        match self.tokens() {
            Tokens::Jwt(cached) => {
                if let Err(error) = cached.verifier().answer_at_start().await {
                    reader.note_all(&error, |invalid| jwt::key_of(invalid.setting()));
                }
            }
            Tokens::Introspection(verifier) => {
                if let Err(error) = verifier.answer_at_start().await {
                    reader.note_all(&error, |invalid| introspection::key_of(invalid.setting()));
                }
            }
        }
    }
}

impl<F> Clone for ConfiguredVerifier<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F> fmt::Debug for ConfiguredVerifier<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConfiguredVerifier")
            .field("api_keys", &matches!(&*self.0, Choice::ApiKeys(_)))
            .finish_non_exhaustive()
    }
}

/// Implements `TokenVerifier` by the verifier that `$self` matches.
macro_rules! delegate {
    ($type:ident, $self:ident => $choice:expr, $($variant:pat => $verifier:ident),+) => {
        impl<F: Fetch> TokenVerifier for $type<F> {
            async fn verify(
                &$self,
                token: PresentedToken<'_>,
                accept: AcceptToken<'_>,
            ) -> Result<VerifiedToken, VerifyTokenError> {
                match $choice { $($variant => $verifier.verify(token, accept).await),+ }
            }

            fn verify_at_once(
                &$self,
                token: PresentedToken<'_>,
                accept: AcceptToken<'_>,
            ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
                match $choice { $($variant => $verifier.verify_at_once(token, accept)),+ }
            }

            fn presentation(&$self) -> Presentation {
                match $choice { $($variant => $verifier.presentation()),+ }
            }

            async fn check_ready(&$self) -> bool {
                match $choice { $($variant => $verifier.check_ready().await),+ }
            }

            fn may_remember_rejections(&$self) -> bool {
                match $choice { $($variant => $verifier.may_remember_rejections()),+ }
            }
        }
    };
}

delegate!(Tokens, self => self, Self::Jwt(verifier) => verifier, Self::Introspection(verifier) => verifier);
delegate!(
    ConfiguredVerifier, self => &*self.0,
    Choice::Tokens(verifier) => verifier, Choice::ApiKeys(verifier) => verifier
);
