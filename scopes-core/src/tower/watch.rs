//! The token of a response stream: its end, and its repeated verification.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::credentials::Credentials;
#[cfg(not(feature = "revocation"))]
use super::never_revoked::RevocationWatch;
#[cfg(feature = "revocation")]
use super::revoked::RevocationWatch;
use crate::error::{AuthorizeError, InvalidToken};
use crate::moment::Moment;
use crate::observe::{self, AuditedRequest};
use crate::timer::Timer;
use crate::token::{self, Rejection, TokenVerifier, VerifiedToken};

/// The future of a verifier's answer.
pub(super) type Verified =
    Pin<Box<dyn Future<Output = Result<VerifiedToken, AuthorizeError>> + Send>>;

/// Verifies the token of a request; `is_repeated` if it was verified before.
pub(super) trait VerifyCredentials: Send + Sync {
    fn verify(self: Arc<Self>, credentials: Credentials, is_repeated: bool) -> Verified;

    /// Returns whether tokens can be verified now.
    fn check_ready(self: Arc<Self>) -> Pin<Box<dyn Future<Output = bool> + Send>>;
}

impl<V: TokenVerifier> VerifyCredentials for V {
    fn verify(self: Arc<Self>, credentials: Credentials, is_repeated: bool) -> Verified {
        Box::pin(async move {
            let headers = credentials.proof_headers();
            let presentation = self.presentation();
            let token = credentials.token(&presentation, &headers, is_repeated)?;
            Ok(token::verify(&*self, token).await?)
        })
    }

    fn check_ready(self: Arc<Self>) -> Pin<Box<dyn Future<Output = bool> + Send>> {
        Box::pin(async move { V::check_ready(&self).await })
    }
}

/// A valid token, with the credentials and the verifier to verify it again, and the revocations of its layer.
pub(super) struct Presented {
    pub(super) token: VerifiedToken,
    pub(super) credentials: Credentials,
    pub(super) verifier: Arc<dyn VerifyCredentials>,
    pub(super) audited: AuditedRequest,
    pub(super) revocations: RevocationWatch,
}

impl Presented {
    fn verify(&self) -> Verified {
        Arc::clone(&self.verifier).verify(self.credentials.clone(), true)
    }
}

/// Logs the reason why a stream ends, and returns the error for its client.
fn rejected(rejection: &Rejection) -> AuthorizeError {
    observe::rejected(rejection);
    InvalidToken::from(rejection).into()
}

/// Watches the token of a response stream. The stream may go on for as long as a new request with
/// the token would be allowed.
///
/// The token's end is checked by both clocks at each poll, and so is whether it has been revoked. The verifier
/// is asked again every `interval`, when the token expires before its leeway ends, and when its last answer is
/// no longer current.
pub(super) struct Watch {
    /// The token with which the stream was opened.
    presented: Presented,
    /// The last answer of the verifier.
    token: VerifiedToken,
    /// The end by the clocks at the time of the first answer: setting a clock later does not move
    /// it.
    end: Option<Moment>,
    interval: Duration,
    verified_at: Moment,
    check_at: Moment,
    is_unavailable: bool,
    /// The mutex is never locked. It makes bodies `Sync`, as boxed bodies have to be.
    checking: Option<Mutex<Verified>>,
    timer: Option<Timer>,
}

impl Watch {
    /// The minimum wait before an unavailable verifier is asked again.
    const MIN_RETRY: Duration = Duration::from_secs(5);
    /// The number of intervals for which a stream may go on without an answer of the verifier.
    const MAX_INTERVALS: u32 = 2;

    pub(super) fn new(presented: Presented, interval: Duration) -> Self {
        let now = Moment::now();
        let token = presented.token.clone();
        let end = token.end();
        let mut watch = Self {
            presented,
            token,
            end,
            interval,
            verified_at: now,
            check_at: now,
            is_unavailable: false,
            checking: None,
            timer: None,
        };
        watch.schedule(now, interval);
        watch
    }

    pub(super) const fn token(&self) -> &VerifiedToken {
        &self.token
    }

    pub(super) const fn audited(&self) -> &AuditedRequest {
        &self.presented.audited
    }

    /// Returns whether the stream may go on; an error if it has to end.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), AuthorizeError>> {
        if self.audited().is_on() {
            let audited = self.audited().clone();
            return audited.enter(|| self.check(context));
        }
        self.check(context)
    }

    fn check(&mut self, context: &mut Context<'_>) -> Poll<Result<(), AuthorizeError>> {
        let now = Moment::now();
        if self.end.is_some_and(|end| now.has_reached(end)) {
            return Poll::Ready(Err(rejected(&Rejection::Expired)));
        }
        if let Some(rejection) = self.presented.revocations.rejection(&self.token) {
            return Poll::Ready(Err(rejected(&rejection)));
        }
        if self.checking.is_none() {
            if !now.has_reached(self.check_at) && self.is_current(now) {
                return Poll::Ready(Ok(()));
            }
            self.checking = Some(Mutex::new(self.presented.verify()));
            self.timer = None;
        }
        match self.poll_check(context) {
            Poll::Ready(answer) => Poll::Ready(self.decide(answer, Moment::now())),
            // The stream goes on by the last answer while a slow verifier is asked.
            Poll::Pending if now.has_reached(self.latest_answer()) => {
                let retry_after = Self::MIN_RETRY;
                Poll::Ready(Err(AuthorizeError::Unavailable { retry_after }))
            }
            Poll::Pending if self.is_current(now) => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Completes at the next time at which [`poll`](Self::poll) has to be called.
    pub(super) fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.presented.revocations.poll_change(context).is_ready() {
            return Poll::Ready(());
        }
        let now = Moment::now();
        let next = if self.checking.is_none() {
            self.check_at
        } else {
            let latest = self.latest_answer();
            let end = self.end.filter(|end| now.until(*end) < now.until(latest));
            end.unwrap_or(latest)
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Timer::after(now.until(next)));
        ready!(Pin::new(timer).poll(context));
        self.timer = None;
        Poll::Ready(())
    }

    /// Returns the time at which the stream ends unless the verifier answers by then.
    fn latest_answer(&self) -> Moment {
        let longest = self.interval.saturating_mul(Self::MAX_INTERVALS);
        self.verified_at
            .saturating_add(longest.max(Self::MIN_RETRY))
    }

    /// Returns whether the last answer still holds. While the verifier is unavailable, it does.
    fn is_current(&self, now: Moment) -> bool {
        self.is_unavailable || self.token.is_current(now)
    }

    fn poll_check(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<VerifiedToken, AuthorizeError>> {
        let Some(checking) = &mut self.checking else {
            return Poll::Pending;
        };
        let verified = checking.get_mut().unwrap_or_else(PoisonError::into_inner);
        let answer = ready!(verified.as_mut().poll(context));
        self.checking = None;
        self.timer = None;
        let revocations = &self.presented.revocations;
        Poll::Ready(answer.and_then(|token| Ok(revocations.check(token)?)))
    }

    fn decide(
        &mut self,
        answer: Result<VerifiedToken, AuthorizeError>,
        now: Moment,
    ) -> Result<(), AuthorizeError> {
        match answer {
            Ok(token) => {
                if !token.allows_as_much_as(&self.presented.token) {
                    return Err(rejected(&Rejection::Changed));
                }
                if token.claims().expires_at != self.token.claims().expires_at {
                    self.end = token.end();
                }
                self.token = token;
                self.is_unavailable = false;
                self.verified_at = now;
                self.schedule(now, self.interval);
                Ok(())
            }
            Err(AuthorizeError::Unavailable { retry_after })
                if now.since(self.verified_at)
                    < self.interval.saturating_mul(Self::MAX_INTERVALS) =>
            {
                self.is_unavailable = true;
                let pause = retry_after.max(Self::MIN_RETRY).min(self.interval);
                self.schedule(now, pause);
                Ok(())
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Sets the next check: after `pause`, or when the token expires or ends.
    fn schedule(&mut self, now: Moment, pause: Duration) {
        let expires_at = self.token.claims().expires_at;
        let expires_at = expires_at.and_then(|time| now.when(time));
        let ends = [expires_at, self.end];
        let ends = ends.into_iter().flatten();
        let next = ends
            .filter(|end| !now.has_reached(*end))
            .chain([now.saturating_add(pause)])
            .min_by_key(|end| now.until(*end));
        self.check_at = next.unwrap_or(now);
    }
}
