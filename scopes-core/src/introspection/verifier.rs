//! The verifier that introspects tokens and caches the answers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::answer::{Answer, Policy};
use super::builder::IntrospectionVerifierBuilder;
use super::client::ClientAuthentication;
use super::endpoint::Endpoint;
use super::load::Load;
use super::outage::Outage;
use super::setting::BuildIntrospectionVerifierError;
use super::shared_answers::{SharedAnswers, Told};
use crate::cache::CachedVerifier;
use crate::discovery::Deadline;
use crate::fetch::{Fetch, FetchError, FetchRequest};
use crate::observe;
use crate::request_url::PlainHttp;
use crate::resource::ResourceServer;
use crate::token::{
    AcceptToken, PresentedToken, Rejection, TokenVerifier, VerifiedToken, VerifyTokenError,
};

/// Verifies tokens of any format by introspection; see [the module](super).
///
/// Answers are cached as by a [`CachedVerifier`], so it needs none around it.
///
/// ```no_run
/// # use scopes_core::{ResourceServer, fetch::Fetch};
/// # async fn example(server: ResourceServer, fetch: impl Fetch) -> Result<(), Box<dyn std::error::Error>> {
/// use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
///
/// let client = ClientAuthentication::secret_basic("journal", "a secret");
/// let verifier = IntrospectionVerifier::discover(&server, client, fetch).await?;
/// # let _ = verifier;
/// # Ok(())
/// # }
/// ```
pub struct IntrospectionVerifier<F>(pub(super) CachedVerifier<Introspection<F>>);

/// Introspects each token, without a cache.
pub(super) struct Introspection<F> {
    pub(super) fetch: Arc<F>,
    pub(super) endpoint: Endpoint,
    pub(super) client: ClientAuthentication,
    pub(super) policy: Policy,
    pub(super) timeout: Duration,
    pub(super) plain_http: PlainHttp,
    pub(super) load: Load,
    /// Set if other instances have answers.
    pub(super) shared: Option<SharedAnswers>,
    /// Set once the server has called a made-up token inactive.
    pub(super) is_proven: AtomicBool,
    pub(super) outage: Outage,
    pub(super) accepts_made_up_tokens: bool,
}

/// The reason why a request has no answer.
enum Unanswered {
    /// The server failed with 500. Other failures are those of a proxy or of a server that is down.
    ServerError,
    Other,
}

impl From<FetchError> for Unanswered {
    fn from(_: FetchError) -> Self {
        Self::Other
    }
}

impl IntrospectionVerifier<()> {
    /// Returns the settings of a verifier for the tokens of this resource, which authenticates as
    /// `client`.
    pub fn builder(
        resource: impl Into<String>,
        client: ClientAuthentication,
    ) -> IntrospectionVerifierBuilder {
        IntrospectionVerifierBuilder::new(resource.into(), client)
    }
}

impl<F: Fetch> IntrospectionVerifier<F> {
    /// Returns a verifier for the tokens of `server`, which authenticates at its only authorization server
    /// as `client`, and has asked it about a made-up token.
    ///
    /// # Errors
    ///
    /// If the settings are invalid, the endpoint cannot be discovered, or it does not answer the client.
    pub async fn discover(
        server: &ResourceServer,
        client: ClientAuthentication,
        fetch: F,
    ) -> Result<Self, BuildIntrospectionVerifierError> {
        let metadata = server.metadata();
        let mut builder = IntrospectionVerifier::builder(metadata.resource.as_str(), client);
        builder.plain_http = server.plain_http.clone();
        let builder = match metadata.authorization_servers.as_slice() {
            [issuer] => builder.issuer(issuer),
            // With several, the caller has to name one in the builder.
            _ => builder,
        };
        builder.discover(fetch).await
    }

    /// Asks the authorization server about a made-up token.
    pub(crate) async fn answer_at_start(&self) -> Result<(), BuildIntrospectionVerifierError> {
        Ok(self.0.verifier().prove_at_start().await?)
    }

    /// Returns whether the authorization server has called a made-up token inactive: it answers this client,
    /// and checks tokens.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.verifier().is_ready()
    }

    /// Asks the authorization server about made-up tokens until it calls one inactive: for a server that
    /// starts before its authorization server. After a failure, which is logged, it pauses for one second,
    /// and then twice as long each time, up to 30 seconds, with jitter; after a 429, or a 503 with
    /// `Retry-After`, at least as long as that says, and at most a minute.
    pub async fn until_ready(&self) {
        self.0.verifier().until_proven().await;
    }
}

impl<F: Fetch> Introspection<F> {
    pub(super) fn is_ready(&self) -> bool {
        self.is_proven.load(Ordering::Acquire)
    }

    async fn url(&self, deadline: Deadline) -> Result<String, FetchError> {
        let issuer = self.policy.issuer.as_deref().unwrap_or_default();
        let (fetch, plain_http) = (&self.fetch, &self.plain_http);
        self.endpoint.url(issuer, fetch, plain_http, deadline).await
    }

    /// Returns the answer of another instance about `token`, or asks, within the limits.
    async fn answer(&self, token: PresentedToken<'_>) -> Result<Told, VerifyTokenError> {
        let unavailable = |retry_after| VerifyTokenError::Unavailable { retry_after };
        // Before the store is asked, too: anyone can make up tokens.
        let place = self.load.place(token, &*self.fetch, self.timeout / 2);
        let _place = place.await.map_err(unavailable)?;
        match &self.shared {
            Some(shared) => shared.answer(token.as_str(), self.question(token)).await,
            None => self.question(token).await.map(Told::from),
        }
    }

    /// Introspects `token`, and interprets a failure.
    async fn question(&self, token: PresentedToken<'_>) -> Result<Answer, VerifyTokenError> {
        let unavailable = |retry_after| VerifyTokenError::Unavailable { retry_after };
        let deadline = Deadline::after(self.timeout);
        if !self.is_ready() && !self.is_proven_by(deadline).await {
            self.load.check_pause().map_err(unavailable)?;
            return Err(unavailable(Load::RETRY_AFTER));
        }
        let problem = match self.ask(token, deadline).await {
            Ok(answer) => {
                self.load.answered(token, &answer);
                return Ok(answer);
            }
            Err(problem) => problem,
        };
        self.load.check_pause().map_err(unavailable)?;
        if matches!(problem, Unanswered::ServerError) && self.load.fails_about(token) {
            observe::fails_about_token();
            return Err(Rejection::ServerFailure.into());
        }
        Err(unavailable(Load::RETRY_AFTER))
    }

    /// Asks about a made-up token: an answer counts for nothing from a server that may call every token
    /// active.
    async fn is_proven_by(&self, deadline: Deadline) -> bool {
        let Ok(url) = self.url(deadline).await else {
            return false;
        };
        let Err(unproven) = self.prove_at(url, deadline).await else {
            return true;
        };
        observe::not_ready(&BuildIntrospectionVerifierError::from(unproven));
        false
    }

    /// Returns the introspection request for `token`.
    pub(super) fn request(
        &self,
        url: &str,
        token: PresentedToken<'_>,
    ) -> Result<FetchRequest, FetchError> {
        let form = vec![
            ("token".to_owned(), token.as_str().to_owned()),
            ("token_type_hint".to_owned(), "access_token".to_owned()),
        ];
        let mut request = self.plain_http.post(url, form)?;
        let audience = self.policy.issuer.as_deref().unwrap_or(url);
        self.client.sign(&mut request, audience)?;
        Ok(request)
    }

    async fn ask(
        &self,
        token: PresentedToken<'_>,
        deadline: Deadline,
    ) -> Result<Answer, Unanswered> {
        let url = self.url(deadline).await?;
        let request = self.request(&url, token)?;
        let response = deadline.fetch(&*self.fetch, request).await;
        let answer = response.as_ref().map_err(FetchError::clone);
        let answer = answer.and_then(Answer::read);
        observe::fetched(observe::Purpose::Introspection, &url, answer.as_ref().err());
        match (answer, response) {
            (Ok(answer), _) => {
                self.outage.ended();
                Ok(answer)
            }
            (Err(_), Ok(response)) => {
                self.load.heed(&response);
                // A server that limits its clients is up, and a 400 or 500 can be about this token alone.
                if !matches!(response.status, 400 | 429 | 500) {
                    self.outage.began();
                }
                Err(match response.status {
                    500 => Unanswered::ServerError,
                    _ => Unanswered::Other,
                })
            }
            (Err(error), Err(_)) => {
                self.outage.began();
                Err(error.into())
            }
        }
    }
}

impl<F: Fetch> TokenVerifier for Introspection<F> {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        self.policy.check_unasked(token)?;
        let Told { answer, until } = self.answer(token).await?;
        match answer {
            Answer::Active(claims) => {
                let claims = self.policy.check(claims, token.confirmation())?;
                self.load.accepted(token);
                let accept = accept.with_leeway(Policy::LEEWAY);
                let accept = accept.revocable_at_source();
                Ok(match until {
                    Some(until) => accept.token_while(claims, move |now| !now.has_reached(until)),
                    None => accept.token_with(claims),
                })
            }
            Answer::Inactive => Err(Rejection::Inactive.into()),
        }
    }

    fn verify_at_once(
        &self,
        token: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        let rejected = self.policy.check_unasked(token).err()?;
        Some(Err(rejected.into()))
    }

    /// After a failure, asks about a made-up token.
    async fn check_ready(&self) -> bool {
        let is_ready = || self.is_ready() && !self.outage.is_on();
        let may_ask =
            || self.load.pause_left().is_none() && self.outage.probe_may_ask(self.timeout);
        if !is_ready() && may_ask() {
            if let Err(unproven) = self.prove(Deadline::after(self.timeout)).await {
                observe::not_ready(&BuildIntrospectionVerifierError::from(unproven));
            }
            self.outage.probe_asked();
        }
        is_ready()
    }

    fn may_remember_rejections(&self) -> bool {
        true
    }
}

impl<F: Fetch> TokenVerifier for IntrospectionVerifier<F> {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        self.0.verify(token, accept).await
    }

    fn verify_at_once(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        self.0.verify_at_once(token, accept)
    }

    /// The authorization server has called a made-up token inactive, and has not failed to answer since.
    fn check_ready(&self) -> impl Future<Output = bool> + Send {
        self.0.check_ready()
    }
}

impl<F: Fetch> fmt::Debug for IntrospectionVerifier<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asks = self.0.verifier();
        formatter
            .debug_struct("IntrospectionVerifier")
            .field("issuer", &asks.policy.issuer)
            .field("client", &asks.client)
            .finish_non_exhaustive()
    }
}
