//! One issuer's keys, and one fetch of them.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::current::Current;
use super::fetched_keys::FetchedKeys;
use super::jwk_set::JwkSet;
use super::jwks_url::JwksUrl;
use super::keys::Keys;
use super::pace::Limits;
use crate::discovery::Deadline;
use crate::document;
use crate::fetch::{Fetch, FetchError};
use crate::moment::Moment;
use crate::observe;
use crate::permit::Permit;
use crate::request_url::PlainHttp;
use crate::start;

/// The keys and their source.
pub(super) struct IssuerKeys<F> {
    pub(super) fetch: Arc<F>,
    pub(super) url: String,
    jwks_url: JwksUrl,
    plain_http: PlainHttp,
    pub(super) limits: Limits,
    pub(super) current: Current<FetchedKeys>,
    /// Counts the sets that lacked a key of the one before.
    pub(super) losses: AtomicU64,
    /// The number of the attempt that has not ended, or 0.
    pub(super) attempt: AtomicU64,
    attempts: AtomicU64,
    /// The number of requests that await it, and whether there once were none.
    pub(super) awaiting: AtomicUsize,
    was_abandoned: AtomicBool,
    pub(super) for_unknown_keys: Permit,
    pub(super) for_refresh: Permit,
    pub(super) for_bad_signatures: Permit,
}

/// The pause after a fetch that failed before there were any keys, or because no request awaited
/// it.
pub(super) const SOON: Duration = Duration::from_secs(1);

impl<F: Fetch> IssuerKeys<F> {
    pub(super) fn new(
        fetch: Arc<F>,
        url: String,
        given_jwks_url: Option<String>,
        plain_http: PlainHttp,
        limits: Limits,
    ) -> Self {
        Self {
            fetch,
            jwks_url: JwksUrl::new(given_jwks_url, url.clone(), plain_http.clone(), limits),
            url,
            plain_http,
            limits,
            current: Current::empty(),
            losses: AtomicU64::new(0),
            attempt: AtomicU64::new(0),
            attempts: AtomicU64::new(0),
            awaiting: AtomicUsize::new(0),
            was_abandoned: AtomicBool::new(false),
            for_unknown_keys: Permit::default(),
            for_refresh: Permit::default(),
            for_bad_signatures: Permit::default(),
        }
    }

    /// Returns the keys, if there are trusted ones.
    pub(super) fn trusted(&self, now: Moment) -> Option<Arc<FetchedKeys>> {
        let current = self.current.load()?;
        self.is_trusted(now.since(current.asked_at))
            .then_some(current)
    }

    /// Returns whether keys of this age are trusted.
    fn is_trusted(&self, age: Duration) -> bool {
        age < self.limits.max_age
    }

    /// Returns the age of the keys, if there are any.
    fn age(&self, now: Moment) -> Option<Duration> {
        self.current.map(|current| now.since(current.asked_at))
    }

    /// Returns whether there are keys that are trusted and not due for a refresh.
    pub(super) fn is_fresh(&self, now: Moment) -> bool {
        let age = self.age(now);
        age.is_some_and(|age| self.is_trusted(age) && !self.is_due_at(age))
    }

    /// Returns whether this request has to refresh the keys. While another request does, it uses
    /// the current keys, unless they are older than `keys_lifetime` allows.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.age(now).is_some_and(|age| self.is_due_at(age))
    }

    fn is_due_at(&self, age: Duration) -> bool {
        let Limits {
            lifetime, timeout, ..
        } = self.limits;
        age >= lifetime
            && self.for_refresh.is_there()
            && (self.awaiting.load(Ordering::Acquire) == 0
                || age >= lifetime.saturating_add(timeout))
    }

    fn replace(&self, keys: Keys, asked_at: Moment) {
        let fetched = FetchedKeys::new(keys, asked_at);
        let before = self.current.load();
        let keys_before = before.as_deref().map(|before| &before.keys);
        fetched.keys.report(&self.url, keys_before);
        let has_lost_any = before.is_some_and(|before| before.keys.has_any_not_in(&fetched.keys));
        self.current.store(fetched);
        if has_lost_any {
            self.losses.fetch_add(1, Ordering::Release);
        }
    }

    /// Fetches the keys, and reads their URL from the metadata again if none of them is new: after
    /// an issuer has moved its keys, the old URL may still serve the old ones.
    async fn load(&self, started: Moment, timeout: Duration) -> Result<Keys, FetchError> {
        let deadline = Deadline::after(timeout);
        let fetch = &*self.fetch;
        let url = self.jwks_url.url(fetch, deadline).await?;
        let keys = self.keys_at(&url, deadline).await?;
        self.jwks_url.note_success();
        let before = self.current.load();
        if before.is_none_or(|before| keys.has_any_not_in(&before.keys)) {
            return Ok(keys);
        }
        let moved = self.jwks_url.moved_from(&url, started, fetch, deadline);
        let Some(url) = moved.await else {
            return Ok(keys);
        };
        // If the new URL does not answer yet, keys that the known one has withdrawn stay withdrawn.
        let found = self.keys_at(&url, deadline).await;
        Ok(found.unwrap_or_else(|_| {
            self.jwks_url.note_failure();
            keys
        }))
    }

    async fn keys_at(&self, url: &str, deadline: Deadline) -> Result<Keys, FetchError> {
        let request = self.plain_http.get(url)?;
        let answer = deadline.fetch(&*self.fetch, request).await;
        let set = answer.and_then(|answer| document::read::<JwkSet>(&answer));
        let set = set.map_err(|problem| FetchError::new(format!("{url} {problem}")))?;
        Ok(Keys::of_set(&set))
    }
}

/// A request that awaits the fetch.
pub(super) struct Awaiting<'a, F>(&'a IssuerKeys<F>);

impl<'a, F> Awaiting<'a, F> {
    pub(super) fn begin(issuer: &'a IssuerKeys<F>) -> Self {
        issuer.awaiting.fetch_add(1, Ordering::AcqRel);
        Self(issuer)
    }
}

impl<F> Drop for Awaiting<'_, F> {
    fn drop(&mut self) {
        let was_last = self.0.awaiting.fetch_sub(1, Ordering::AcqRel) == 1;
        if was_last && self.0.attempt.load(Ordering::Acquire) != 0 {
            self.0.was_abandoned.store(true, Ordering::Release);
        }
    }
}

/// One fetch.
pub(super) struct Attempt<F> {
    issuer: Arc<IssuerKeys<F>>,
    number: u64,
    started: Moment,
    start: Weak<Start>,
    has_failed: bool,
}

/// A start that awaits an attempt: the attempt takes longer, and its error is returned to the start and
/// not logged.
pub(super) struct Start;

impl<F: Fetch> Attempt<F> {
    pub(super) fn begin(issuer: Arc<IssuerKeys<F>>, started: Moment, start: Weak<Start>) -> Self {
        let number = issuer.attempts.fetch_add(1, Ordering::AcqRel) + 1;
        issuer.was_abandoned.store(false, Ordering::Release);
        issuer.attempt.store(number, Ordering::Release);
        let interval = issuer.limits.unknown_key_interval;
        issuer.for_unknown_keys.take_for(interval);
        Self {
            issuer,
            number,
            started,
            start,
            has_failed: false,
        }
    }

    pub(super) async fn run(mut self) -> Result<(), FetchError> {
        let issuer = Arc::clone(&self.issuer);
        let timeout = if self.is_for_start() {
            start::timeout(issuer.limits.timeout)
        } else {
            issuer.limits.fetch_timeout()
        };
        let keys = issuer.load(self.started, timeout).await;
        // The start may have been dropped meanwhile.
        let fetched = if self.is_for_start() {
            observe::fetched_at_start
        } else {
            observe::fetched
        };
        fetched(observe::Purpose::Keys, &issuer.url, keys.as_ref().err());
        match keys {
            Ok(keys) => {
                issuer.replace(keys, self.started);
                Ok(())
            }
            Err(error) => {
                issuer.jwks_url.note_failure();
                self.has_failed = true;
                Err(error)
            }
        }
    }

    fn is_for_start(&self) -> bool {
        self.start.strong_count() > 0
    }
}

impl<F> Drop for Attempt<F> {
    fn drop(&mut self) {
        let issuer = &self.issuer;
        if self.has_failed || std::thread::panicking() {
            if issuer.current.load().is_none() {
                let interval = issuer.limits.unknown_key_interval;
                issuer.for_unknown_keys.take_for(SOON.min(interval));
            }
            // An abandoned fetch has run out of time, which is not a failure of the issuer.
            let pause = if issuer.was_abandoned.load(Ordering::Acquire) {
                SOON.min(issuer.limits.cooldown)
            } else {
                issuer.limits.cooldown
            };
            issuer.for_refresh.take_for(pause);
        }
        let order = Ordering::AcqRel;
        let _ = issuer
            .attempt
            .compare_exchange(self.number, 0, order, Ordering::Acquire);
    }
}
