//! Puts it together: header, issuer, key, signature, claims.

use std::fmt;
use std::time::Duration;

use super::builder::JwtVerifierBuilder;
use super::claims::Policy;
use super::header::Unverified;
use super::jwks_cache::{JwksCache, Undecided};
use super::keys::{Keys, Signature};
use super::profile::Profile;
use super::{BuildJwtVerifierError, Issuer};
use crate::error::InvalidToken;
use crate::fetch::Fetch;
use crate::resource::ResourceServer;
use crate::token::{
    AcceptToken, AccessToken, Claims, Moment, RawClaims, TokenVerifier, VerifiedToken,
    VerifyTokenError,
};

/// Verifies JWT access tokens; see [the module](super).
pub struct JwtVerifier<F = ()> {
    pub(super) issuers: Vec<TrustedIssuer<F>>,
    pub(super) leeway: Duration,
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

/// A token that fits its issuer in everything that takes no key to see.
struct Candidate<'v, 't, F> {
    issuer: &'v TrustedIssuer<F>,
    token: Unverified<'t>,
    claims: RawClaims,
}

/// Why the claims of a token are not known, so far.
enum Obstacle<'v, F> {
    Invalid(InvalidToken),
    /// No keys of its issuer are known.
    NoKeys(&'v JwksCache<F>),
    /// Its issuer may have a key with this id that has not been fetched yet.
    UnknownKey(&'v JwksCache<F>, String),
    /// The key may have been replaced under its id.
    BadSignature(&'v JwksCache<F>),
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
                && let Err(error) = cache.fetch_first().await
            {
                failures.push((issuer.url.clone(), error.to_string()));
            }
        }
        failures
    }

    fn candidate<'t>(&self, token: AccessToken<'t>) -> Result<Candidate<'_, 't, F>, InvalidToken> {
        let token = Unverified::parse(token.as_str())?;
        let claims = RawClaims::parse(&token.payload)?;
        let named = claims.text("iss").ok_or(InvalidToken::NotAccepted)?;
        let issuer = self.issuers.iter().find(|issuer| issuer.url == named);
        let issuer = issuer.ok_or(InvalidToken::NotAccepted)?;
        let profile = &issuer.profile;
        if !profile.accepts_type(token.header.typ.as_deref())
            || !profile.algorithms.contains(&token.header.alg)
        {
            return Err(InvalidToken::NotAccepted);
        }
        Ok(Candidate {
            issuer,
            token,
            claims,
        })
    }

    /// The claims of a valid token, by the keys that are known.
    fn check<'v>(
        &'v self,
        candidate: Candidate<'v, '_, F>,
        now: Moment,
    ) -> Result<Claims, Obstacle<'v, F>> {
        let Candidate {
            issuer,
            token,
            claims,
        } = candidate;
        let signature = match &issuer.keys {
            KeyRing::Given(keys) => keys.check(&token),
            KeyRing::Fetched(cache) => {
                let current = cache.keys(now);
                let current = current.as_ref().and_then(|current| current.as_ref());
                let current = current.ok_or(Obstacle::NoKeys(cache))?;
                current.keys.check(&token)
            }
        };
        match (signature, &issuer.keys) {
            (Signature::Good, _) => {
                let policy = Policy {
                    audiences: &issuer.audiences,
                    profile: &issuer.profile,
                    leeway: self.leeway,
                };
                Ok(policy.check(claims)?)
            }
            (Signature::UnknownKey, KeyRing::Fetched(cache)) => {
                let kid = token.header.kid.unwrap_or_default();
                Err(Obstacle::UnknownKey(cache, kid))
            }
            (Signature::Bad, KeyRing::Fetched(cache)) => Err(Obstacle::BadSignature(cache)),
            (Signature::UnknownKey | Signature::Bad, _) => Err(InvalidToken::NotAccepted.into()),
        }
    }

    /// The claims of a valid token, by keys that are fetched where those that are known do not
    /// decide.
    async fn find_out(&self, token: AccessToken<'_>) -> Result<Claims, VerifyTokenError> {
        let arrival = Moment::now();
        let candidate = self.candidate(token)?;
        if let KeyRing::Fetched(cache) = &candidate.issuer.keys {
            cache.refresh_if_due().await;
        }
        let again = || self.check(self.candidate(token)?, Moment::now());
        let checked = match self.check(candidate, Moment::now()) {
            Err(Obstacle::NoKeys(cache)) if cache.may_fetch_first() => {
                let _ = cache.fetch_now().await;
                again()
            }
            checked => checked,
        };
        let checked = match checked {
            Err(Obstacle::UnknownKey(cache, kid)) if !cache.is_lacking(&kid, arrival) => {
                match cache.wait_for_set_after(arrival).await {
                    Ok(()) => again(),
                    Err(Undecided { retry_after }) => {
                        return Err(VerifyTokenError::Unavailable { retry_after });
                    }
                }
            }
            Err(Obstacle::BadSignature(cache)) if cache.refresh_for_bad_signature().await => {
                again()
            }
            checked => checked,
        };
        if let Err(Obstacle::UnknownKey(cache, kid)) = &checked {
            cache.note_lacking(kid);
        }
        checked.map_err(|obstacle| rejection(&obstacle))
    }

    fn caches(&self) -> impl Iterator<Item = &JwksCache<F>> {
        self.issuers.iter().filter_map(|issuer| match &issuer.keys {
            KeyRing::Given(_) => None,
            KeyRing::Fetched(cache) => Some(&**cache),
        })
    }
}

/// The answer to a token that met an obstacle for good.
fn rejection<F: Fetch>(obstacle: &Obstacle<'_, F>) -> VerifyTokenError {
    match obstacle {
        Obstacle::NoKeys(cache) => VerifyTokenError::Unavailable {
            retry_after: cache.until_first_fetch(),
        },
        Obstacle::UnknownKey(..) | Obstacle::BadSignature(_) => InvalidToken::NotAccepted.into(),
        Obstacle::Invalid(problem) => VerifyTokenError::Invalid(*problem),
    }
}

impl<F: Fetch> TokenVerifier for JwtVerifier<F> {
    async fn verify(
        &self,
        token: AccessToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let claims = self.find_out(token).await?;
        Ok(accept.token_with(claims))
    }

    fn verify_at_once(
        &self,
        token: AccessToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        let candidate = match self.candidate(token) {
            Ok(candidate) => candidate,
            Err(problem) => return Some(Err(problem.into())),
        };
        let now = Moment::now();
        if let KeyRing::Fetched(cache) = &candidate.issuer.keys
            && cache.is_due(now)
        {
            return None;
        }
        let obstacle = match self.check(candidate, now) {
            Ok(claims) => return Some(Ok(accept.token_with(claims))),
            Err(obstacle) => obstacle,
        };
        let is_final = match &obstacle {
            Obstacle::Invalid(_) => true,
            Obstacle::NoKeys(cache) => !cache.may_fetch_first(),
            Obstacle::UnknownKey(cache, kid) => cache.is_lacking(kid, now),
            Obstacle::BadSignature(cache) => !cache.may_refresh_for_bad_signature(),
        };
        is_final.then(|| Err(rejection(&obstacle)))
    }

    fn epoch(&self, now: Moment) -> u64 {
        self.caches()
            .map(|cache| cache.epoch(now))
            .fold(0, u64::wrapping_add)
    }

    fn is_due(&self, now: Moment) -> bool {
        self.caches().any(|cache| cache.is_due(now))
    }

    async fn refresh(&self) {
        for cache in self.caches() {
            cache.refresh_if_due().await;
        }
    }

    fn may_remember_rejections(&self) -> bool {
        false
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
