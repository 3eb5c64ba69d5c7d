//! The verifier: it checks header, issuer, key, signature and claims.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::builder::{GivenKeys, JwtVerifierBuilder};
use super::claims::Policy;
use super::fetched_keys::FetchedKeys;
use super::header::Unverified;
use super::jwks_cache::{Basis, JwksCache, Undecided};
use super::keys::Signature;
use super::profile::{Profile, TokenType};
use super::trusted_issuer::{KeyRing, TrustedIssuer};
use super::{BuildJwtVerifierError, Issuer, JwtVerifierSetting};
use crate::fetch::Fetch;
use crate::resource::ResourceServer;
use crate::setting::InvalidSetting;
use crate::token::{
    AcceptToken, Claims, Confirmation, Moment, PresentedToken, RawClaims, Rejection, TokenVerifier,
    VerifiedToken, VerifyTokenError,
};

/// Verifies JWT access tokens; see [the module](super).
///
/// ```no_run
/// # use scopes_core::{ResourceServer, fetch::Fetch};
/// # async fn example(server: ResourceServer, fetch: impl Fetch) -> Result<(), Box<dyn std::error::Error>> {
/// use scopes_core::cache::CachedVerifier;
/// use scopes_core::jwt::JwtVerifier;
///
/// let verifier = CachedVerifier::new(JwtVerifier::discover(&server, fetch).await?);
/// # let _ = verifier;
/// # Ok(())
/// # }
/// ```
pub struct JwtVerifier<F = GivenKeys> {
    pub(super) issuers: Vec<TrustedIssuer<F>>,
    pub(super) leeway: Duration,
}

/// A token that has passed all checks that need no key.
struct Candidate<'v, 't, F> {
    issuer: &'v TrustedIssuer<F>,
    token: Unverified<'t>,
    typ: TokenType,
    claims: RawClaims,
    confirmation: Option<Confirmation<'t>>,
}

/// A valid token.
struct Valid<F> {
    claims: Claims,
    /// The fetched keys by which it was verified.
    basis: Option<Basis<F>>,
}

/// The number of times that a token is verified again because the keys have changed.
const MAX_ROUNDS: usize = 8;

/// The reason why a token is not verified yet.
enum Obstacle<'v, F> {
    Invalid(Rejection),
    /// No keys of its issuer are known.
    NoKeys(&'v JwksCache<F>),
    /// Its issuer may have a key with this id that has not been fetched yet.
    UnknownKey(&'v JwksCache<F>, Arc<FetchedKeys>, String, Box<Rejection>),
    /// The key in this set may have been replaced under its id.
    BadSignature(&'v JwksCache<F>, Arc<FetchedKeys>, Box<Rejection>),
}

impl<F> From<Rejection> for Obstacle<'_, F> {
    fn from(rejection: Rejection) -> Self {
        Self::Invalid(rejection)
    }
}

impl JwtVerifier {
    /// Returns a builder of a verifier for the tokens of this resource.
    pub fn builder(resource: impl Into<String>) -> JwtVerifierBuilder {
        JwtVerifierBuilder::new(resource.into())
    }

    /// Returns the settings of a verifier for the tokens of `server` from its authorization servers, which are
    /// of this profile. Plain http is allowed to the hosts that the server allows.
    ///
    /// ```no_run
    /// # async fn example(server: scopes_core::ResourceServer, fetch: impl scopes_core::fetch::Fetch) -> Result<(), Box<dyn std::error::Error>> {
    /// use scopes_core::jwt::{JwtVerifier, Profile};
    ///
    /// let verifier = JwtVerifier::for_server(&server, &Profile::keycloak()).discover(fetch).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_server(server: &ResourceServer, profile: &Profile) -> JwtVerifierBuilder {
        let metadata = server.metadata();
        let mut builder = Self::builder(metadata.resource.as_str());
        builder.plain_http = server.plain_http.clone();
        let issuers = metadata.authorization_servers.iter().map(Issuer::new);
        issuers
            .map(|issuer| issuer.profile(profile.clone()))
            .fold(builder, JwtVerifierBuilder::issuer)
    }
}

impl<F: Fetch> JwtVerifier<F> {
    /// Creates a verifier for the [access tokens](Profile::access_token) of `server`, from its
    /// authorization servers. For those of another profile, see [`for_server`](JwtVerifier::for_server).
    ///
    /// # Errors
    ///
    /// If the settings are invalid, or keys cannot be fetched.
    pub async fn discover(
        server: &ResourceServer,
        fetch: F,
    ) -> Result<Self, BuildJwtVerifierError> {
        let settings = JwtVerifier::for_server(server, &Profile::default());
        settings.discover(fetch).await
    }

    /// Returns whether keys of every issuer are known. Until then, tokens of the issuer without keys are
    /// answered with 503.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.issuers.iter().all(|issuer| match &issuer.keys {
            KeyRing::Given(_) => true,
            KeyRing::Fetched(cache) => cache.is_ready(),
        })
    }

    /// Fetches the keys of every issuer until all are known: for a server that starts before its
    /// authorization servers. After a failure, which is logged, it pauses for one second, and then twice
    /// as long each time, up to 30 seconds, with jitter.
    ///
    /// ```no_run
    /// # fn example(server: scopes_core::ResourceServer, fetch: impl scopes_core::fetch::Fetch) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::Arc;
    ///
    /// use scopes_core::cache::CachedVerifier;
    /// use scopes_core::jwt::{JwtVerifier, Profile};
    ///
    /// let settings = JwtVerifier::for_server(&server, &Profile::default());
    /// let verifier = Arc::new(settings.discover_lazily(fetch)?);
    /// let fetching = Arc::clone(&verifier);
    /// tokio::spawn(async move { fetching.until_ready().await });
    /// // The route for readiness asks `verifier.is_ready()`.
    /// let verifier = CachedVerifier::new(verifier);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn until_ready(&self) {
        let fetching = self.issuers.iter().map(async |issuer| {
            if let KeyRing::Fetched(cache) = &issuer.keys {
                cache.until_ready().await;
            }
        });
        join_all(fetching).await;
    }

    /// Fetches the keys of every issuer.
    pub(crate) async fn answer_at_start(&self) -> Result<(), BuildJwtVerifierError> {
        let mut problems = Vec::new();
        for issuer in &self.issuers {
            if let KeyRing::Fetched(cache) = &issuer.keys
                && let Err(error) = cache.fetch_at_start().await
            {
                let problem = format!("has keys that cannot be fetched: {error}");
                let problem = InvalidSetting::new(JwtVerifierSetting::Issuer, &issuer.url, problem);
                problems.push(problem.because(error));
            }
        }
        BuildJwtVerifierError::check((), problems)
    }

    fn candidate<'t>(
        &self,
        presented: PresentedToken<'t>,
    ) -> Result<Candidate<'_, 't, F>, Rejection> {
        let token = Unverified::parse(presented.as_str())?;
        let claims = RawClaims::parse(&token.payload);
        let claims = claims.map_err(|error| error.of("payload"))?;
        let issuer = self.issuer(&claims)?;
        let typ = issuer.accepted_type(&token)?;
        issuer.check_algorithm(&token)?;
        Ok(Candidate {
            issuer,
            token,
            typ,
            claims,
            confirmation: presented.confirmation(),
        })
    }

    /// Returns the issuer that the token names.
    pub(super) fn issuer(&self, claims: &RawClaims) -> Result<&TrustedIssuer<F>, Rejection> {
        let named = claims.text("iss");
        let issuer = named.and_then(|named| self.issuers.iter().find(|issuer| issuer.url == named));
        issuer.ok_or_else(|| match named {
            Some(named) => Rejection::WrongIssuer {
                actual: named.to_owned(),
                expected: self
                    .issuers
                    .iter()
                    .map(|issuer| issuer.url.clone())
                    .collect(),
                setting: "JwtVerifierBuilder::issuer",
            },
            None => Rejection::missing("iss"),
        })
    }

    /// Verifies the token with the known keys.
    fn check<'v>(
        &'v self,
        candidate: Candidate<'v, '_, F>,
        now: Moment,
    ) -> Result<Valid<F>, Obstacle<'v, F>> {
        let Candidate {
            issuer,
            token,
            typ,
            claims,
            confirmation,
        } = candidate;
        let mut basis = None;
        let signature = match &issuer.keys {
            KeyRing::Given(keys) => keys.check(&token),
            KeyRing::Fetched(cache) => {
                basis = Some(cache.basis());
                let current = cache.keys(now).ok_or(Obstacle::NoKeys(cache))?;
                match current.keys.check(&token) {
                    Signature::Good => Signature::Good,
                    Signature::Bad => {
                        let rejection = Box::new(issuer.bad_signature(token.header.alg));
                        return Err(Obstacle::BadSignature(cache, current, rejection));
                    }
                    Signature::UnknownKey => {
                        let kid = token.header.kid.unwrap_or_default();
                        let rejection = Box::new(issuer.unknown_key(token.header.alg));
                        return Err(Obstacle::UnknownKey(cache, current, kid, rejection));
                    }
                }
            }
        };
        match signature {
            Signature::Good => {
                let policy = Policy {
                    audiences: &issuer.audiences,
                    profile: &issuer.profile,
                    leeway: self.leeway,
                    confirmation,
                };
                let claims = policy.check(claims, typ)?;
                Ok(Valid { claims, basis })
            }
            Signature::UnknownKey => Err(issuer.unknown_key(token.header.alg).into()),
            Signature::Bad => Err(issuer.bad_signature(token.header.alg).into()),
        }
    }

    /// Verifies the token, and fetches keys if the known ones do not suffice.
    async fn find_out(&self, token: PresentedToken<'_>) -> Result<Valid<F>, VerifyTokenError> {
        let arrival = Moment::now();
        let candidate = self.candidate(token)?;
        let KeyRing::Fetched(cache) = &candidate.issuer.keys else {
            let answer = self.check(candidate, arrival);
            return answer.map_err(rejection);
        };
        // One deadline for the refresh and everything after it.
        let deadline = cache.deadline();
        cache.refresh_if_due().await;
        let unavailable = |Undecided { retry_after }| VerifyTokenError::Unavailable { retry_after };
        for _ in 0..MAX_ROUNDS {
            match self.check(self.candidate(token)?, Moment::now()) {
                Ok(valid) => return Ok(valid),
                Err(Obstacle::Invalid(problem)) => return Err(problem.into()),
                Err(Obstacle::NoKeys(cache)) => {
                    cache.wait_for_first(deadline).await.map_err(unavailable)?;
                }
                Err(Obstacle::UnknownKey(cache, set, kid, rejection)) => {
                    if set.is_later_than(arrival)
                        || set.is_lacking(&kid, arrival, cache.unknown_key_interval())
                    {
                        set.note_lacking(&kid);
                        return Err(VerifyTokenError::Invalid(rejection));
                    }
                    cache
                        .wait_for_set_after(arrival, deadline)
                        .await
                        .map_err(unavailable)?;
                }
                Err(Obstacle::BadSignature(cache, set, rejection)) => {
                    if !cache.wait_for_other_than(&set, deadline).await {
                        return Err(VerifyTokenError::Invalid(rejection));
                    }
                }
            }
        }
        // The keys keep changing during verification.
        Err(VerifyTokenError::Unavailable {
            retry_after: Duration::from_secs(1),
        })
    }

    fn accept(&self, valid: Valid<F>, accept: AcceptToken<'_>) -> VerifiedToken {
        let Valid { claims, basis } = valid;
        let accept = accept.with_leeway(self.leeway);
        match basis {
            Some(basis) => accept.token_while(claims, move |now| basis.holds(now)),
            None => accept.token_with(claims),
        }
    }
}

/// Returns the error for an obstacle that remains.
fn rejection<F: Fetch>(obstacle: Obstacle<'_, F>) -> VerifyTokenError {
    match obstacle {
        Obstacle::NoKeys(cache) => VerifyTokenError::Unavailable {
            retry_after: cache.until_first_fetch(),
        },
        Obstacle::UnknownKey(.., rejection) | Obstacle::BadSignature(.., rejection) => {
            VerifyTokenError::Invalid(rejection)
        }
        Obstacle::Invalid(rejection) => rejection.into(),
    }
}

impl<F: Fetch> TokenVerifier for JwtVerifier<F> {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let valid = self.find_out(token).await?;
        Ok(self.accept(valid, accept))
    }

    fn verify_at_once(
        &self,
        token: PresentedToken<'_>,
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
            Ok(valid) => return Some(Ok(self.accept(valid, accept))),
            Err(obstacle) => obstacle,
        };
        let is_final = match &obstacle {
            Obstacle::Invalid(_) => true,
            Obstacle::NoKeys(cache) => !cache.may_fetch_first(),
            Obstacle::UnknownKey(cache, set, kid, _) => {
                set.is_lacking(kid, now, cache.unknown_key_interval())
            }
            Obstacle::BadSignature(cache, set, _) => !cache.may_be_replaced(set),
        };
        is_final.then(|| Err(rejection(obstacle)))
    }

    /// Every issuer has keys that are trusted. Those of an issuer without any are fetched, as for a request.
    async fn check_ready(&self) -> bool {
        let checks = self.issuers.iter().map(async |issuer| match &issuer.keys {
            KeyRing::Given(_) => true,
            KeyRing::Fetched(cache) => cache.check_ready().await,
        });
        join_all(checks).await.into_iter().all(|is_ready| is_ready)
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
