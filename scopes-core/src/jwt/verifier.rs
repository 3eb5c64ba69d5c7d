//! Puts it together: header, issuer, key, signature, claims.

use std::fmt;
use std::time::Duration;

use super::builder::JwtVerifierBuilder;
use super::claims::Policy;
use super::header::Unverified;
use super::jwks_cache::JwksCache;
use super::keys::{Keys, Signature};
use super::profile::Profile;
use super::{BuildJwtVerifierError, Issuer};
use crate::error::InvalidToken;
use crate::fetch::Fetch;
use crate::resource::ResourceServer;
use crate::token::{
    AcceptToken, AccessToken, Claims, RawClaims, TokenVerifier, VerifiedToken, VerifyTokenError,
};

/// Verifies JWT access tokens; see [the module](super).
pub struct JwtVerifier<F = ()> {
    pub(super) issuers: Vec<TrustedIssuer<F>>,
    pub(super) leeway: Duration,
    pub(super) retry_after: Duration,
}

pub(super) struct TrustedIssuer<F> {
    pub(super) url: String,
    pub(super) audiences: Vec<String>,
    pub(super) profile: Profile,
    pub(super) keys: KeyRing<F>,
}

pub(super) enum KeyRing<F> {
    Given(Keys),
    Fetched(Box<JwksCache<F>>),
}

/// Why the claims of a token are not known, so far.
enum Obstacle<'v, F> {
    Invalid(InvalidToken),
    /// It is for this request to look at its issuer's keys anew.
    OldKeys(&'v JwksCache<F>),
    /// Its issuer may have a key that has not been fetched yet.
    UnknownKey(&'v JwksCache<F>),
}

impl<F> From<InvalidToken> for Obstacle<'_, F> {
    fn from(problem: InvalidToken) -> Self {
        Self::Invalid(problem)
    }
}

impl JwtVerifier {
    /// The settings of a verifier for the tokens of this resource.
    pub fn builder(resource: impl Into<String>) -> JwtVerifierBuilder {
        JwtVerifierBuilder::new(resource.into())
    }
}

impl<F: Fetch> JwtVerifier<F> {
    /// A verifier for the tokens of `server`, from its authorization servers, by RFC 9068.
    ///
    /// # Errors
    ///
    /// If the settings cannot be, or keys cannot be fetched.
    pub async fn discover(
        server: &ResourceServer,
        fetch: F,
    ) -> Result<Self, BuildJwtVerifierError> {
        let metadata = server.metadata();
        let issuers = metadata.authorization_servers.iter().map(Issuer::new);
        let builder = JwtVerifier::builder(metadata.resource.as_str());
        issuers
            .fold(builder, JwtVerifierBuilder::issuer)
            .discover(fetch)
            .await
    }

    /// Fetches the keys of every issuer.
    pub(super) async fn fetch_keys(&self) -> Vec<(String, String)> {
        let mut failures = Vec::new();
        for issuer in &self.issuers {
            if let KeyRing::Fetched(cache) = &issuer.keys
                && let Err(error) = cache.refresh().await
            {
                failures.push((issuer.url.clone(), error.to_string()));
            }
        }
        failures
    }

    /// The claims of a good token, if its issuer's keys are not `too_old` to tell.
    fn check(
        &self,
        token: AccessToken<'_>,
        too_old: impl Fn(&JwksCache<F>) -> bool,
    ) -> Result<Claims, Obstacle<'_, F>> {
        let token = Unverified::parse(token.as_str())?;
        let claims = RawClaims::parse(&token.payload)?;
        let named = claims.text("iss").ok_or(InvalidToken::NotAccepted)?;
        let issuer = self.issuers.iter().find(|issuer| issuer.url == named);
        let issuer = issuer.ok_or(InvalidToken::NotAccepted)?;
        let profile = &issuer.profile;
        if !profile.accepts_type(token.header.typ.as_deref())
            || !profile.algorithms.contains(&token.header.alg)
        {
            return Err(InvalidToken::NotAccepted.into());
        }
        let signature = match &issuer.keys {
            KeyRing::Given(keys) => keys.check(&token),
            KeyRing::Fetched(cache) if too_old(cache) => return Err(Obstacle::OldKeys(cache)),
            KeyRing::Fetched(cache) => cache.keys().check(&token),
        };
        match (signature, &issuer.keys) {
            (Signature::Good, _) => {
                let audiences = &issuer.audiences;
                let policy = Policy {
                    audiences,
                    profile,
                    leeway: self.leeway,
                };
                Ok(policy.check(claims)?)
            }
            (Signature::UnknownKey, KeyRing::Fetched(cache)) => Err(Obstacle::UnknownKey(cache)),
            (Signature::UnknownKey | Signature::Bad, _) => Err(InvalidToken::NotAccepted.into()),
        }
    }

    /// The answer to a token that met an obstacle for good. One whose key is not known is not
    /// good, unless no key ever was known.
    fn refusal(&self, obstacle: &Obstacle<'_, F>) -> VerifyTokenError {
        match obstacle {
            Obstacle::OldKeys(cache) | Obstacle::UnknownKey(cache) => {
                if cache.keys().is_empty() {
                    let retry_after = self.retry_after;
                    return VerifyTokenError::Unavailable { retry_after };
                }
                InvalidToken::NotAccepted.into()
            }
            Obstacle::Invalid(problem) => VerifyTokenError::Invalid(*problem),
        }
    }

    fn caches(&self) -> impl Iterator<Item = &JwksCache<F>> {
        self.issuers.iter().filter_map(|issuer| match &issuer.keys {
            KeyRing::Given(_) => None,
            KeyRing::Fetched(cache) => Some(&**cache),
        })
    }
}

impl<F: Fetch> TokenVerifier for JwtVerifier<F> {
    async fn verify(
        &self,
        token: AccessToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let claims = match self.check(token, JwksCache::takes_turn) {
            Err(Obstacle::OldKeys(cache) | Obstacle::UnknownKey(cache)) => {
                // Whatever comes of it, the keys that are known afterwards decide.
                let _ = cache.refresh().await;
                self.check(token, |_| false)
            }
            checked => checked,
        };
        match claims {
            Ok(claims) => Ok(accept.token_with(claims)),
            Err(obstacle) => Err(self.refusal(&obstacle)),
        }
    }

    fn verify_at_once(
        &self,
        token: AccessToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        match self.check(token, JwksCache::is_due) {
            Ok(claims) => Some(Ok(accept.token_with(claims))),
            Err(Obstacle::OldKeys(_)) => None,
            Err(Obstacle::UnknownKey(cache)) if cache.may_fetch() => None,
            Err(obstacle) => Some(Err(self.refusal(&obstacle))),
        }
    }

    fn epoch(&self) -> u64 {
        self.caches()
            .map(JwksCache::epoch)
            .fold(0, u64::wrapping_add)
    }
}

impl<F> fmt::Debug for JwtVerifier<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers: Vec<_> = self.issuers.iter().map(|issuer| &issuer.url).collect();
        formatter
            .debug_struct("JwtVerifier")
            .field("issuers", &issuers)
            .finish_non_exhaustive()
    }
}
