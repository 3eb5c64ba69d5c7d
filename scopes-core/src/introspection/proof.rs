//! The proof that the server answers us about tokens, before the first request needs it.

use std::hash::{BuildHasher, Hasher as _, RandomState};
use std::sync::atomic::Ordering;

use super::answer::{Answer, ClientRefusal};
use super::setting::{BuildIntrospectionVerifierError, IntrospectionVerifierSetting as Setting};
use super::verifier::Introspection;
use crate::discovery::Deadline;
use crate::fetch::{Fetch, FetchError};
use crate::observe;
use crate::setting::InvalidSetting;
use crate::start::{self, Backoff};
use crate::token::PresentedToken;

/// The setting to correct, and what is wrong with it.
pub(super) struct Unproven {
    setting: Setting,
    value: String,
    problem: String,
    source: FetchError,
}

impl From<Unproven> for BuildIntrospectionVerifierError {
    fn from(unproven: Unproven) -> Self {
        let Unproven {
            setting,
            value,
            problem,
            source,
        } = unproven;
        InvalidSetting::new(setting, value, problem)
            .because(source)
            .into()
    }
}

impl<F: Fetch> Introspection<F> {
    /// Asks about a made-up token, with our credentials, for the start.
    pub(super) async fn prove_at_start(&self) -> Result<(), Unproven> {
        let timeout = start::timeout(self.timeout);
        let from = self.policy.issuer.as_deref();
        let from = from.unwrap_or("the introspection endpoint");
        let proof = self.prove(Deadline::after(timeout));
        start::first_answer(&*self.fetch, from, timeout, proof).await
    }

    /// Asks about made-up tokens until the server answers, with a pause after each failure.
    pub(super) async fn until_proven(&self) {
        let mut backoff = Backoff::new();
        while !self.is_ready() {
            if let Some(left) = self.load.pause_left() {
                self.fetch.sleep(left).await;
                continue;
            }
            if let Err(unproven) = self.prove(Deadline::after(self.timeout)).await {
                let problem = BuildIntrospectionVerifierError::from(unproven);
                observe::not_ready(&problem);
                self.fetch.sleep(backoff.pause()).await;
            }
        }
    }

    pub(super) async fn prove(&self, deadline: Deadline) -> Result<(), Unproven> {
        let issuer = self.policy.issuer.as_deref().unwrap_or_default();
        let (fetch, plain_http) = (&*self.fetch, &self.plain_http);
        let url = self
            .endpoint
            .url_at_start(issuer, fetch, plain_http, deadline);
        let url = url.await.map_err(|error| Unproven {
            setting: Setting::Endpoint,
            value: String::new(),
            problem: format!("cannot be discovered: {error}"),
            source: error,
        })?;
        self.prove_at(url, deadline).await
    }

    /// Asks the endpoint about a made-up token once.
    pub(super) async fn prove_at(&self, url: String, deadline: Deadline) -> Result<(), Unproven> {
        // No token that anyone issues.
        let made_up = format!(
            "start-up-check-{:016x}",
            RandomState::new().build_hasher().finish()
        );
        let request = self.request(&url, PresentedToken::bearer(&made_up));
        let response = match request {
            Ok(request) => deadline.fetch(&*self.fetch, request).await,
            Err(error) => Err(error),
        };
        let answer = response.as_ref().map_err(FetchError::clone);
        let answer = answer.and_then(Answer::read_first);
        observe::fetched_at_start(observe::Purpose::Introspection, &url, answer.as_ref().err());
        let source = match answer {
            Ok(answer) => return self.judge(&answer, url),
            Err(error) => error,
        };
        let refusal = response.as_ref().ok().and_then(|response| {
            self.load.heed(response);
            let status = response.status;
            ClientRefusal::of(response).map(|refusal| (refusal, status))
        });
        let client = self.client.name();
        let (setting, problem) = match refusal {
            Some((ClientRefusal::Credentials, status)) => (
                Setting::Client,
                format!(
                    "refuses the client with {status}: the id or the secret is wrong, or the client is \
                     not registered for `{client}`"
                ),
            ),
            Some((ClientRefusal::Permission, status)) => (
                Setting::Client,
                format!(
                    "refuses the client with {status}: it is not allowed to introspect tokens, or its \
                     secret is wrong; allow it at the authorization server (`{client}`)"
                ),
            ),
            None => (
                Setting::Endpoint,
                format!("{source}; expected an answer about a made-up token (RFC 7662)"),
            ),
        };
        Err(Unproven {
            setting,
            value: url,
            problem,
            source,
        })
    }

    /// Decides what the server's answer about a made-up token says of the server.
    fn judge(&self, answer: &Answer, url: String) -> Result<(), Unproven> {
        let is_active = matches!(answer, Answer::Active(_));
        if is_active && !self.accepts_made_up_tokens {
            self.is_proven.store(false, Ordering::Release);
            let problem = "calls a made-up token active, so it would let everybody in; set the endpoint of a \
                           server that checks tokens, or for a test double \
                           `insecure_accept_made_up_tokens`";
            return Err(Unproven {
                setting: Setting::Endpoint,
                value: url,
                problem: problem.to_owned(),
                source: FetchError::new("calls a made-up token active"),
            });
        }
        if is_active {
            observe::calls_made_up_token_active(&url);
        }
        self.is_proven.store(true, Ordering::Release);
        self.outage.ended();
        Ok(())
    }
}
