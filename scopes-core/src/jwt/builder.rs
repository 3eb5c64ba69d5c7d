//! The settings of a verifier, which are validated before the first request.

use std::sync::Arc;
use std::time::Duration;

use super::Issuer;
use super::issuer::KeySource;
use super::jwks_cache::JwksCache;
use super::keys::Keys;
use super::pace::Limits;
use super::setting::{BuildJwtVerifierError, JwtVerifierSetting};
use super::trusted_issuer::{KeyRing, TrustedIssuer};
use super::verifier::JwtVerifier;
use crate::discovery::Deadline;
use crate::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use crate::observe;
use crate::request_url::{PlainHttp, check_issuer, check_url};
use crate::setting::InvalidSetting;
use crate::token::AcceptedAudiences;

type Problem = InvalidSetting<JwtVerifierSetting>;

/// Collects the settings of a [`JwtVerifier`].
///
/// ```
/// # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # #[derive(Debug)]
/// # struct Offline;
/// # impl Fetch for Offline {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
/// #     async fn sleep(&self, _: std::time::Duration) {}
/// # }
/// use std::time::Duration;
/// use scopes_core::jwt::{Issuer, JwtVerifier};
///
/// let verifier = JwtVerifier::builder("https://mcp.example.com/mcp")
///     .issuer(Issuer::new("https://auth.example.com"))
///     .leeway(Duration::from_secs(30))
///     .discover_lazily(Offline)?;
/// // It has no keys yet.
/// assert!(!verifier.is_ready());
/// # Ok::<(), scopes_core::jwt::BuildJwtVerifierError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "the settings take effect with `discover` or `build`"]
pub struct JwtVerifierBuilder {
    resource: String,
    issuers: Vec<Issuer>,
    leeway: Duration,
    limits: Limits,
    pub(crate) plain_http: PlainHttp,
}

impl JwtVerifierBuilder {
    /// The maximum `leeway`.
    const MOST_LEEWAY: Duration = Duration::from_secs(300);
    const MAX_INTERVAL: Duration = Duration::from_secs(60);

    pub(super) fn new(resource: String) -> Self {
        Self {
            resource,
            issuers: Vec::new(),
            leeway: Duration::from_secs(30),
            plain_http: PlainHttp::default(),
            limits: Limits {
                lifetime: Duration::from_secs(600),
                max_age: Duration::from_secs(24 * 60 * 60),
                unknown_key_interval: Duration::from_secs(2),
                cooldown: Duration::from_secs(30),
                timeout: FetchRequest::TIMEOUT,
            },
        }
    }

    /// Accepts the tokens of this issuer, too.
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// Allows plain http to this host, as in `insecure_allow_http("keycloak")` for an issuer at
    /// `http://keycloak:8080`; can be called several times. With a port, as in `"keycloak:8080"`,
    /// allows that port only.
    ///
    /// Everyone on the network path can replace the keys, and with other keys sign tokens. Use it
    /// only for a private network that is trusted as a whole. Loopback hosts need no permission.
    /// The host is compared as a whole, ignoring case. The metadata of an issuer can name plain
    /// http URLs only if the permission for the issuer itself covers them; for another host, set
    /// [`Issuer::jwks_url`]. Logs a warning when the verifier is built.
    pub fn insecure_allow_http(mut self, host: impl Into<String>) -> Self {
        self.plain_http.allow(host.into());
        self
    }

    /// Sets the leeway for `exp` and `nbf`, by which the issuer's clock may differ; 30 seconds by
    /// default, five minutes at the most.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Refreshes keys when they are this old: a withdrawn key is rejected after at most this long,
    /// plus the time for one fetch. A discovered URL of the keys is read from the metadata again at
    /// the same age. Ten minutes by default.
    pub fn keys_lifetime(mut self, lifetime: Duration) -> Self {
        self.limits.lifetime = lifetime;
        self
    }

    /// Trusts keys up to this age if they cannot be refreshed, and their discovered URL up to this
    /// age if the metadata cannot be read. Older keys are not used, and requests are answered with
    /// 503. The default is 24 hours.
    pub fn keys_max_age(mut self, max_age: Duration) -> Self {
        self.limits.max_age = max_age;
        self
    }

    /// Starts fetches for unknown key ids at least this far apart, however many tokens name one. A
    /// request with such a token waits for the next fetch, for at most `timeout`; 64 requests wait at one time, and further
    /// ones are answered with 503. Two seconds by default.
    pub fn unknown_key_interval(mut self, interval: Duration) -> Self {
        self.limits.unknown_key_interval = interval;
        self
    }

    /// Fetches keys at most once in this time because a signature does not match the key that its
    /// token names, retries a failed refresh after this time, and reads the metadata again at most once
    /// in this time because a fetch has brought no new key. 30 seconds by default.
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.limits.cooldown = cooldown;
        self
    }

    /// Sets how long a request may wait for keys in total, for a refresh and for an unknown key
    /// together; five seconds by default, at most one minute. A fetch, discovery included, ends
    /// slightly earlier.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Returns a verifier without network access; the keys of all issuers are configured.
    ///
    /// # Errors
    ///
    /// All invalid settings.
    pub fn build(self) -> Result<JwtVerifier, BuildJwtVerifierError> {
        let fetched = self
            .issuers
            .iter()
            .filter(|issuer| !matches!(issuer.keys, KeySource::Given(_)));
        let problems = fetched.map(|issuer| {
            let problem = "has no keys; give them with `jwks`, or `discover` them";
            Problem::new(JwtVerifierSetting::Jwks, &issuer.url, problem)
        });
        BuildJwtVerifierError::check((), problems.collect())?;
        self.discover_lazily(GivenKeys)
    }

    /// Returns a verifier that fetches keys with `fetch`, after it has fetched those of every
    /// issuer. It waits for the first answer of an issuer for three times `timeout`, and logs a
    /// warning after a second.
    ///
    /// If the server may start before its authorization server, use
    /// [`discover_lazily`](Self::discover_lazily) and [`until_ready`](JwtVerifier::until_ready).
    ///
    /// # Errors
    ///
    /// All invalid settings, and every issuer whose keys cannot be fetched.
    pub async fn discover<F: Fetch>(
        self,
        fetch: F,
    ) -> Result<JwtVerifier<F>, BuildJwtVerifierError> {
        let verifier = self.discover_lazily(fetch)?;
        verifier.answer_at_start().await?;
        Ok(verifier)
    }

    /// Returns a verifier that fetches an issuer's keys when the first token needs them, or with
    /// [`until_ready`](JwtVerifier::until_ready). Until the keys are fetched, requests with such
    /// tokens are answered with 503 and `Retry-After`.
    ///
    /// # Errors
    ///
    /// All invalid settings.
    pub fn discover_lazily<F: Fetch>(
        self,
        fetch: F,
    ) -> Result<JwtVerifier<F>, BuildJwtVerifierError> {
        install_cryptography();
        let mut problems = self.problems();
        let fetch = Arc::new(fetch);
        let mut issuers = Vec::new();
        for issuer in self.issuers {
            let keys = match issuer.keys {
                KeySource::Given(set) => {
                    let keys = Keys::of_set(&set);
                    if keys.is_empty() {
                        let reason = format!("has {}", keys.why_empty());
                        problems.push(Problem::new(JwtVerifierSetting::Jwks, &issuer.url, reason));
                    }
                    keys.report(&issuer.url, None);
                    KeyRing::Given(keys)
                }
                KeySource::Url(url) => KeyRing::Fetched(Box::new(JwksCache::new(
                    Arc::clone(&fetch),
                    issuer.url.clone(),
                    Some(url),
                    self.plain_http.clone(),
                    self.limits,
                ))),
                KeySource::Discovered => KeyRing::Fetched(Box::new(JwksCache::new(
                    Arc::clone(&fetch),
                    issuer.url.clone(),
                    None,
                    self.plain_http.clone(),
                    self.limits,
                ))),
            };
            let mut audiences = issuer.audiences;
            if issuer.profile.missing_audience.is_some() && !audiences.is_empty() {
                // The configured ones are for tokens without `aud`.
                audiences.push(self.resource.clone());
            }
            issuers.push(TrustedIssuer {
                url: issuer.url,
                audiences: AcceptedAudiences::new(
                    &self.resource,
                    audiences,
                    issuer.accepts_missing_audience,
                    "Issuer::audience",
                ),
                profile: issuer.profile,
                keys,
            });
        }
        BuildJwtVerifierError::check((), problems)?;
        observe::plain_http(&self.plain_http);
        Ok(JwtVerifier {
            issuers,
            leeway: self.leeway,
        })
    }

    fn problems(&self) -> Vec<Problem> {
        use JwtVerifierSetting as Setting;
        let mut problems = Vec::new();
        let mut note = |setting, problem| problems.push(Problem::new(setting, "", problem));
        if self.resource.is_empty() {
            let problem = "is empty; write the URL of the resource, which tokens are issued for";
            note(Setting::Resource, problem.to_owned());
        }
        if self.issuers.is_empty() {
            note(Setting::Issuer, "is missing; add an issuer".to_owned());
        }
        if let Some(problem) = Deadline::problem(self.limits.timeout) {
            note(Setting::Timeout, problem);
        }
        let interval = self.limits.unknown_key_interval;
        if interval > Self::MAX_INTERVAL {
            let problem = format!(
                "is {interval:?}; at most {:?} are allowed, since requests wait for it",
                Self::MAX_INTERVAL
            );
            note(Setting::UnknownKeyInterval, problem);
        }
        let (max_age, lifetime) = (self.limits.max_age, self.limits.lifetime);
        if max_age <= lifetime {
            let problem =
                format!("is {max_age:?}; it must be more than `keys_lifetime`, {lifetime:?}");
            note(Setting::KeysMaxAge, problem);
        }
        if self.leeway > Self::MOST_LEEWAY {
            let most = Self::MOST_LEEWAY;
            let problem = format!("is {:?}; at most {most:?} are allowed", self.leeway);
            note(Setting::Leeway, problem);
        }
        for (host, problem) in self.plain_http.problems() {
            problems.push(Problem::new(Setting::InsecureAllowHttp, host, problem));
        }
        for (place, issuer) in self.issuers.iter().enumerate() {
            let mut others = self.issuers[..place].iter();
            if others.any(|other| other.url == issuer.url) {
                let problem = "is given twice; give all its audiences at once";
                problems.push(Problem::new(Setting::Issuer, &issuer.url, problem));
            }
            self.note_problems(issuer, &mut problems);
        }
        problems
    }

    fn note_problems(&self, issuer: &Issuer, problems: &mut Vec<Problem>) {
        use JwtVerifierSetting as Setting;
        let mut note = |setting, problem| {
            problems.push(Problem::new(setting, &issuer.url, problem));
        };
        if issuer.audiences.iter().any(String::is_empty) {
            note(
                Setting::Audience,
                "has an empty audience; remove it".to_owned(),
            );
        }
        if let Some(audience) = self.audience_without_profile(issuer) {
            let problem = format!(
                "has the audience {audience:?}, which is not the resource, and the profile \
                 `access_token`; set `Profile::at_jwt()` or the provider's profile, such as \
                 `Profile::okta()`"
            );
            note(Setting::Audience, problem);
        }
        if issuer.profile.algorithms.is_empty() {
            let problem = "has a profile without algorithms; name one with `Profile::algorithms`";
            note(Setting::Profile, problem.to_owned());
        }
        if let Err(problem) = check_issuer(&issuer.url, &self.plain_http) {
            note(Setting::Issuer, problem.to_string());
        }
        if let KeySource::Url(url) = &issuer.keys
            && let Err(problem) = check_url(url, Some(&self.plain_http))
        {
            note(
                Setting::JwksUrl,
                format!("has keys at {url:?}, which {problem}"),
            );
        }
    }

    /// Returns a configured audience that the issuer's profile does not take. The default profile
    /// accepts tokens of no type because their audience is the resource, which no client is.
    fn audience_without_profile<'i>(&self, issuer: &'i Issuer) -> Option<&'i String> {
        let mut audiences = issuer.audiences.iter();
        let is_other = |audience: &&String| !audience.is_empty() && **audience != self.resource;
        audiences
            .find(is_other)
            .filter(|_| !issuer.profile.takes_other_audiences)
    }
}

/// Installs aws-lc as the default cryptography if it is built in, else `rust-crypto`. A default that
/// the program has installed before stays.
pub(crate) fn install_cryptography() {
    #[cfg(feature = "aws-lc")]
    let provider = Some(&jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER);
    #[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
    let provider = Some(&jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER);
    #[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
    let provider: Option<&'static jsonwebtoken::crypto::CryptoProvider> = None;
    if let Some(provider) = provider {
        let _ = provider.install_default();
    }
}

/// The type parameter of a verifier that fetches nothing: it was built with the keys of its
/// issuers.
///
/// ```
/// use scopes_core::jwt::{GivenKeys, Issuer, JwkSet, JwtVerifier};
///
/// fn verifier(keys: JwkSet) -> JwtVerifier<GivenKeys> {
///     let issuer = Issuer::new("https://auth.example.com").jwks(keys);
///     let builder = JwtVerifier::builder("https://mcp.example.com/mcp").issuer(issuer);
///     builder.build().expect("valid settings")
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GivenKeys;

impl Fetch for GivenKeys {
    async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> {
        Err(FetchError::new("nothing is fetched"))
    }

    async fn sleep(&self, _: Duration) {}
}
