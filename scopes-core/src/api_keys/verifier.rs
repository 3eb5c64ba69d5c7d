//! The verifier of API keys, in front of the verifier of all other tokens.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::builder::ApiKeyVerifierBuilder;
use super::entry::Entry;
use super::lists::Unreadable;
use super::ring::Ring;
use crate::moment::Moment;
use crate::token::{
    AcceptToken, Claims, Presentation, PresentedToken, Rejection, TokenScheme, TokenVerifier,
    VerifiedToken, VerifyTokenError,
};

/// Verifies API keys by their [entries](super#entries), and leaves all other tokens to `V`.
///
/// A token that begins with the prefix is an API key, known or not: it never reaches `V`, which could send
/// it to an authorization server or log it. A token without the prefix is never compared with a key.
///
/// The principal of a key is the client with the name of its entry, of the issuer `api-key:journal` if the
/// prefix is `journal_`. No authorization server has such an issuer, whose name is a URL, so a key never
/// acts as one of its users.
///
/// `V` can be an [`ApiKeyVerifier`] with another prefix. The prefix of the outer one must not begin that of
/// the inner one: `journal_` takes all tokens that begin with `journal_admin_`, so that the keys in the
/// inner lists are rejected.
///
/// ```no_run
/// # fn example(others: impl scopes_core::TokenVerifier) -> Result<(), Box<dyn std::error::Error>> {
/// use scopes_core::api_keys::ApiKeyVerifier;
///
/// let verifier = ApiKeyVerifier::builder("journal_")
///     .environment("JOURNAL_API_KEYS")
///     .build(others)?;
/// # let _ = verifier;
/// # Ok(())
/// # }
/// ```
pub struct ApiKeyVerifier<V> {
    ring: Arc<Ring>,
    issuer: String,
    others: V,
    /// That of the others.
    presentation: Presentation,
}

impl ApiKeyVerifier<()> {
    /// Returns the settings of a verifier for keys with this prefix: 5 to 32 lower-case letters, digits
    /// and `_`, beginning with a letter and ending in `_`, such as `journal_`.
    pub fn builder(prefix: impl Into<String>) -> ApiKeyVerifierBuilder {
        ApiKeyVerifierBuilder::new(prefix.into())
    }
}

impl<V: TokenVerifier> ApiKeyVerifier<V> {
    /// When a client may try again while the keys cannot be read.
    const RETRY_AFTER: Duration = Duration::from_secs(5);

    pub(super) fn new(ring: Ring, others: V) -> Self {
        // One `_` alone, so that no two prefixes have the same issuer.
        let name = ring.prefix();
        let name = name.strip_suffix('_').unwrap_or(name);
        Self {
            issuer: format!("api-key:{name}"),
            ring: Arc::new(ring),
            presentation: others.presentation(),
            others,
        }
    }

    /// Returns the verifier of all other tokens.
    #[must_use]
    pub const fn others(&self) -> &V {
        &self.others
    }

    fn is_key(&self, token: PresentedToken<'_>) -> bool {
        token.as_str().starts_with(self.ring.prefix())
    }

    fn verify_key(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        if token.scheme() != TokenScheme::Bearer {
            return Err(unsupported(token));
        }
        let found = self.ring.find(token.as_str());
        let found = found.map_err(|Unreadable| VerifyTokenError::Unavailable {
            retry_after: Self::RETRY_AFTER,
        })?;
        let entry = found.ok_or(UNKNOWN)?;
        let has_expired = |end| Moment::now().wall() >= end;
        if entry.expires_at.is_some_and(has_expired) {
            return Err(Rejection::Expired.into());
        }
        let ring = Arc::clone(&self.ring);
        let claims = self.claims(&entry);
        let accept = accept.revocable_at_source();
        Ok(accept.token_while(claims, move |now| ring.has(&entry, now)))
    }

    fn claims(&self, entry: &Entry) -> Claims {
        Claims {
            // A subject that equals the client id is the client.
            subject: Some(entry.name.clone()),
            client_id: Some(entry.name.clone()),
            issuer: Some(self.issuer.clone()),
            scopes: entry.scopes.clone(),
            expires_at: entry.expires_at,
            ..Claims::default()
        }
    }
}

const UNKNOWN: Rejection = Rejection::Other {
    label: "unknown_api_key",
    problem: Cow::Borrowed(
        "No valid entry has the hash of this API key: the key was revoked, or the key belongs to another \
         server. `scopes key new` makes a key and its entry.",
    ),
};

fn unsupported(token: PresentedToken<'_>) -> VerifyTokenError {
    let actual = token.scheme();
    Rejection::UnsupportedScheme { actual }.into()
}

impl<V: TokenVerifier> TokenVerifier for ApiKeyVerifier<V> {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        if self.is_key(token) {
            self.verify_key(token, accept)
        } else if self.presentation.takes(token.scheme()) {
            self.others.verify(token, accept).await
        } else {
            Err(unsupported(token))
        }
    }

    fn verify_at_once(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        if self.is_key(token) {
            Some(self.verify_key(token, accept))
        } else if self.presentation.takes(token.scheme()) {
            self.others.verify_at_once(token, accept)
        } else {
            Some(Err(unsupported(token)))
        }
    }

    /// Keys are bearer tokens, also where all others are bound to keys of their clients.
    fn presentation(&self) -> Presentation {
        self.presentation.clone().or_bearer()
    }

    /// The lists have to be readable, and the verifier of all other tokens ready.
    async fn check_ready(&self) -> bool {
        self.ring.is_readable() && self.others.check_ready().await
    }

    fn may_remember_rejections(&self) -> bool {
        self.others.may_remember_rejections()
    }
}

impl<V: fmt::Debug> fmt::Debug for ApiKeyVerifier<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ApiKeyVerifier")
            .field("issuer", &self.issuer)
            .field("others", &self.others)
            .finish_non_exhaustive()
    }
}
