//! The settings of a verifier, which are validated before the first request.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::answer::Policy;
use super::client::ClientAuthentication;
use super::endpoint::Endpoint;
use super::load::Load;
use super::outage::Outage;
use super::setting::{BuildIntrospectionVerifierError, IntrospectionVerifierSetting};
use super::shared_answers::SharedAnswers;
use super::verifier::{Introspection, IntrospectionVerifier};
use crate::cache::{CachedVerifier, REJECTED_FOR};
use crate::discovery::Deadline;
use crate::fetch::{Fetch, FetchRequest};
use crate::observe;
use crate::request_url::{PlainHttp, check_issuer, check_url};
use crate::setting::InvalidSetting;
#[cfg(feature = "store")]
use crate::store::SharedStore;
use crate::token::AcceptedAudiences;

type Problem = InvalidSetting<IntrospectionVerifierSetting>;

/// Collects the settings of an [`IntrospectionVerifier`].
///
/// ```
/// # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # #[derive(Debug)]
/// # struct Offline;
/// # impl Fetch for Offline {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
/// #     async fn sleep(&self, _: std::time::Duration) {}
/// # }
/// # use std::time::Duration;
/// use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
///
/// let client = ClientAuthentication::secret_basic("journal", "a secret");
/// let verifier = IntrospectionVerifier::builder("https://mcp.example.com/mcp", client)
///     .issuer("https://auth.example.com")
///     .max_age(Duration::from_secs(60))
///     .discover_lazily(Offline)?;
/// assert!(!verifier.is_ready());
/// # Ok::<(), scopes_core::introspection::BuildIntrospectionVerifierError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "the settings take effect with `discover` or `build`"]
pub struct IntrospectionVerifierBuilder {
    resource: String,
    client: ClientAuthentication,
    issuer: Option<String>,
    endpoint: Option<String>,
    audiences: Vec<String>,
    accepts_missing_audience: bool,
    subject_claim: Option<String>,
    accepts_made_up_tokens: bool,
    pub(crate) plain_http: PlainHttp,
    timeout: Duration,
    max_age: Duration,
    max_rejection_age: Duration,
    max_bytes: u64,
    max_questions: usize,
    #[cfg(feature = "store")]
    store: Option<SharedStore>,
}

impl IntrospectionVerifierBuilder {
    pub(super) fn new(resource: String, client: ClientAuthentication) -> Self {
        Self {
            resource,
            client,
            issuer: None,
            endpoint: None,
            audiences: Vec::new(),
            accepts_missing_audience: false,
            subject_claim: None,
            accepts_made_up_tokens: false,
            plain_http: PlainHttp::default(),
            timeout: FetchRequest::TIMEOUT,
            max_age: Duration::from_secs(60),
            max_rejection_age: REJECTED_FOR,
            max_bytes: 16 << 20,
            max_questions: Load::MAX_QUESTIONS,
            #[cfg(feature = "store")]
            store: None,
        }
    }

    /// Sets the issuer of the tokens. An `iss` in the answer, or in a token that is a JWT, must equal
    /// it character for character. The endpoint is found in its metadata, unless it is given.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the URL of the introspection endpoint.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Accepts tokens for this audience instead of the resource; can be called several times.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts tokens whose `aud` is missing from the answer, `null` or `[]`. An `aud` that is
    /// present is still checked, in the answer and in the token itself.
    ///
    /// RFC 7662 makes `aud` optional, but MCP requires that a token be issued for the resource.
    /// Without an audience, a token that was issued for another service is accepted here, and so is
    /// a refresh token that nothing marks as one. Use it only if the server introspects no tokens
    /// other than those of this resource.
    pub fn insecure_accept_missing_audience(mut self) -> Self {
        self.accepts_missing_audience = true;
        self
    }

    /// Takes the subject of a token from this member of the answer instead of `sub`, as in
    /// `subject_claim("username")` for django-oauth-toolkit, whose answers have no `sub`. An answer
    /// with neither has no subject, such as that about a token of a client. One with a `sub` alone is
    /// rejected, unless `sub` is the client id, and so is one where the member has the client id.
    ///
    /// Use it only if the issuer never gives the value to another user: whoever takes over the name of a
    /// deleted user is that user here. RFC 7662 says of `username` only that people can read it. If a
    /// server keeps data by subject, changing this setting gives it to whoever has that subject now.
    pub fn subject_claim(mut self, claim: impl Into<String>) -> Self {
        self.subject_claim = Some(claim.into());
        self
    }

    /// Starts with an authorization server that calls a made-up token active, instead of an error. Logs a
    /// warning when it does.
    ///
    /// Such a server checks no tokens: whoever makes one up is let in. Only for a test double of an
    /// authorization server.
    pub fn insecure_accept_made_up_tokens(mut self) -> Self {
        self.accepts_made_up_tokens = true;
        self
    }

    /// Allows plain http to this host, as in `insecure_allow_http("keycloak")` for an issuer at
    /// `http://keycloak:8080`; can be called several times. With a port, as in `"keycloak:8080"`,
    /// allows that port only.
    ///
    /// Everyone on the network path can read and replace tokens, answers and the client's
    /// credentials. Use it only for a private network that is trusted as a whole. Loopback hosts
    /// need no permission. The host is compared as a whole, ignoring case. The metadata of an
    /// issuer can name plain http URLs only if the permission for the issuer itself covers them;
    /// for another host, set [`endpoint`](Self::endpoint). Logs a warning when the verifier is
    /// built.
    pub fn insecure_allow_http(mut self, host: impl Into<String>) -> Self {
        self.plain_http.allow(host.into());
        self
    }

    /// Sets how long a request may wait for an answer, discovery included; five seconds by default, at
    /// most one minute.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Caches a valid token for at most this long, and never beyond its `exp`; one minute by
    /// default. A revocation takes effect after at most this long (RFC 7662 section 4). Zero
    /// disables the cache for valid tokens.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Caches a rejection for this long, as a [`CachedVerifier`] does; two seconds by default. The
    /// time is short because a failing server may call a valid token inactive. An outage is cached
    /// for the same time, and no longer than its `Retry-After`.
    pub fn max_rejection_age(mut self, max_rejection_age: Duration) -> Self {
        self.max_rejection_age = max_rejection_age;
        self
    }

    /// Limits the memory of the cached answers, tokens included, to this many bytes; 16 MiB by
    /// default.
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Sets the maximum number of introspection requests in flight, at least two; 64 by default. A
    /// quarter of them, at least one, is reserved for tokens that were accepted before, so that
    /// made-up tokens cannot use up all of them. See [the module](super#load).
    pub fn max_questions(mut self, questions: usize) -> Self {
        self.max_questions = questions;
        self
    }

    /// Shares the answers with the other instances of the server through `store`: see
    /// [the module](super#several-instances). Has no effect if [`max_age`](Self::max_age) is zero.
    #[cfg(feature = "store")]
    pub fn store(mut self, store: &SharedStore) -> Self {
        self.store = Some(store.clone());
        self
    }

    /// Returns a verifier with a configured endpoint, without sending a request to it. Before the
    /// first token, the endpoint is asked about a made-up one, as by [`discover`](Self::discover).
    ///
    /// # Errors
    ///
    /// All invalid settings.
    pub fn build<F: Fetch>(
        self,
        fetch: F,
    ) -> Result<IntrospectionVerifier<F>, BuildIntrospectionVerifierError> {
        if self.endpoint.is_none() {
            let problem = "is missing; set it, or `discover` it";
            return Err(Problem::new(IntrospectionVerifierSetting::Endpoint, "", problem).into());
        }
        self.discover_lazily(fetch)
    }

    /// Returns a verifier after it has found the endpoint in the issuer's metadata, unless it is
    /// configured, and has introspected a made-up token there with the client's credentials. It
    /// waits for the first answer for three times `timeout`, and logs a warning after a second.
    ///
    /// If the server may start before its authorization server, use
    /// [`discover_lazily`](Self::discover_lazily) and [`until_ready`](IntrospectionVerifier::until_ready).
    ///
    /// # Errors
    ///
    /// If the settings are invalid, all of them; or if the endpoint cannot be found, refuses the
    /// client, does not answer as RFC 7662 requires, or calls the made-up token active.
    pub async fn discover<F: Fetch>(
        self,
        fetch: F,
    ) -> Result<IntrospectionVerifier<F>, BuildIntrospectionVerifierError> {
        let verifier = self.discover_lazily(fetch)?;
        verifier.answer_at_start().await?;
        Ok(verifier)
    }

    /// Returns a verifier that finds the endpoint, and asks it about a made-up token, when the first
    /// token needs it, or with [`until_ready`](IntrospectionVerifier::until_ready). Until the
    /// endpoint has called a made-up token inactive, requests are answered with 503 and `Retry-After`.
    ///
    /// # Errors
    ///
    /// All invalid settings.
    pub fn discover_lazily<F: Fetch>(
        self,
        fetch: F,
    ) -> Result<IntrospectionVerifier<F>, BuildIntrospectionVerifierError> {
        BuildIntrospectionVerifierError::check((), self.problems())?;
        let shared = self.shared();
        let audiences = AcceptedAudiences::new(
            &self.resource,
            self.audiences,
            self.accepts_missing_audience,
            "IntrospectionVerifierBuilder::audience",
        );
        observe::plain_http(&self.plain_http);
        let introspection = Introspection {
            fetch: Arc::new(fetch),
            endpoint: self
                .endpoint
                .map_or_else(Endpoint::discovered, Endpoint::given),
            client: self.client,
            policy: Policy {
                issuer: self.issuer,
                audiences,
                subject_claim: self.subject_claim,
            },
            timeout: self.timeout,
            plain_http: self.plain_http,
            load: Load::new(self.max_questions),
            shared,
            is_proven: AtomicBool::new(false),
            outage: Outage::default(),
            accepts_made_up_tokens: self.accepts_made_up_tokens,
        };
        let cached = CachedVerifier::new(introspection)
            .max_age(self.max_age)
            .max_rejection_age(self.max_rejection_age)
            .max_bytes(self.max_bytes);
        Ok(IntrospectionVerifier(cached))
    }

    #[cfg(feature = "store")]
    fn shared(&self) -> Option<SharedAnswers> {
        let store = self.store.clone().filter(|_| !self.max_age.is_zero())?;
        let server = self.issuer.as_ref().or(self.endpoint.as_ref());
        Some(SharedAnswers {
            store,
            belong_to: [
                self.resource.clone(),
                server.cloned().unwrap_or_default(),
                self.client.id().to_owned(),
            ],
            max_age: self.max_age,
            max_rejection_age: self.max_rejection_age,
        })
    }

    #[cfg(not(feature = "store"))]
    #[allow(clippy::unused_self, reason = "as with a store")]
    const fn shared(&self) -> Option<SharedAnswers> {
        None
    }

    fn problems(&self) -> Vec<Problem> {
        use IntrospectionVerifierSetting as Setting;
        let mut problems = Vec::new();
        let mut note =
            |setting, value: &str, problem| problems.push(Problem::new(setting, value, problem));
        if self.resource.is_empty() {
            let problem = "is empty; write the URL of the resource, which tokens are issued for";
            note(Setting::Resource, "", problem.to_owned());
        }
        if self.audiences.iter().any(String::is_empty) {
            note(Setting::Audience, "", "is empty; remove it".to_owned());
        }
        if self.issuer.is_none() && self.endpoint.is_none() {
            let problem = "is missing, and so is `endpoint`; set one of them";
            note(Setting::Issuer, "", problem.to_owned());
        }
        if self.subject_claim.as_deref() == Some("") {
            note(Setting::SubjectClaim, "", "is empty; remove it".to_owned());
        }
        if let Some(url) = &self.issuer
            && let Err(problem) = check_issuer(url, &self.plain_http)
        {
            note(Setting::Issuer, url, problem.to_string());
        }
        if let Some(url) = &self.endpoint
            && let Err(problem) = check_url(url, Some(&self.plain_http))
        {
            note(Setting::Endpoint, url, problem.to_string());
        }
        for (host, problem) in self.plain_http.problems() {
            note(Setting::InsecureAllowHttp, &host, problem);
        }
        if let Some(problem) = Deadline::problem(self.timeout) {
            note(Setting::Timeout, "", problem);
        }
        if self.max_questions < 2 {
            let problem =
                "must be at least 2: one for tokens that were accepted before, one for others";
            note(Setting::MaxQuestions, "", problem.to_owned());
        }
        if let Some(problem) = self.client.problem() {
            note(Setting::Client, "", problem);
        }
        problems
    }
}
