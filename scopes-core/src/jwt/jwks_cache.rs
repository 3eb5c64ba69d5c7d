//! The keys of an issuer, fetched when they are needed and kept when a fetch fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use async_lock::Mutex;

use super::keys::Keys;
use crate::discovery::{Deadline, IssuerMetadata};
use crate::fetch::{Fetch, FetchError, FetchRequest};
use crate::observe;

/// The fetched keys of one issuer.
///
/// Readers take no lock. There is at most one fetch at a time, and at most one in a cooldown, so
/// tokens with made-up key ids cost the issuer nothing.
pub(super) struct JwksCache<F> {
    fetch: Arc<F>,
    issuer: String,
    given_url: Option<String>,
    limits: Limits,
    keys: ArcSwap<Keys>,
    /// Held while fetching; holds the URL once it is discovered.
    fetching: Mutex<Option<String>>,
    attempts: AtomicU64,
    epoch: AtomicU64,
    /// In milliseconds since `start`: when a fetch is allowed, and when one is due.
    allowed_at: AtomicU64,
    due_at: AtomicU64,
    turn: AtomicBool,
    start: Instant,
}

/// How often keys are fetched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Between two fetches, unless the first was given up.
    pub(super) cooldown: Duration,
    /// How old keys may get before they are looked at anew.
    pub(super) lifetime: Duration,
    /// How long a fetch may take, discovery included.
    pub(super) timeout: Duration,
}

/// After a fetch that nobody waited for to the end.
const AFTER_GIVING_UP: Duration = Duration::from_secs(1);

impl<F: Fetch> JwksCache<F> {
    pub(super) fn new(
        fetch: Arc<F>,
        issuer: String,
        given_url: Option<String>,
        limits: Limits,
    ) -> Self {
        Self {
            fetch,
            issuer,
            given_url,
            limits,
            keys: ArcSwap::default(),
            fetching: Mutex::new(None),
            attempts: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
            allowed_at: AtomicU64::new(0),
            due_at: AtomicU64::new(0),
            turn: AtomicBool::new(false),
            start: Instant::now(),
        }
    }

    pub(super) fn keys(&self) -> arc_swap::Guard<Arc<Keys>> {
        self.keys.load()
    }

    /// Changes when a key has gone.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Whether a key that is not known may be looked for.
    pub(super) fn may_fetch(&self) -> bool {
        self.now() >= self.allowed_at.load(Ordering::Relaxed)
    }

    /// Whether the keys have got old. Says so to one request only, which then takes its turn;
    /// the others go on with the keys that there are.
    pub(super) fn is_due(&self) -> bool {
        let due_at = self.due_at.load(Ordering::Relaxed);
        let now = self.now();
        if now < due_at {
            return false;
        }
        let next = now.saturating_add(millis(self.limits.cooldown));
        let is_first = self
            .due_at
            .compare_exchange(due_at, next, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
        if is_first {
            self.turn.store(true, Ordering::Relaxed);
        }
        is_first
    }

    /// Whether this request is the one to look at the keys anew.
    pub(super) fn takes_turn(&self) -> bool {
        self.turn.swap(false, Ordering::Relaxed)
    }

    /// Fetches the keys, or waits for who is fetching them; does nothing within the cooldown.
    pub(super) async fn refresh(&self) -> Result<(), FetchError> {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut url = self.fetching.lock().await;
        if self.attempts.load(Ordering::Acquire) != seen || !self.may_fetch() {
            return Ok(());
        }
        let attempt = Attempt::begin(self);
        let keys = self.load(&mut url).await;
        attempt.end();
        observe::fetched(observe::Purpose::Keys, &self.issuer, keys.as_ref().err());
        let keys = keys.inspect_err(|_| *url = None)?;
        if self.keys.load().has_lost_any(&keys) {
            self.keys.store(Arc::new(keys));
            self.epoch.fetch_add(1, Ordering::Release);
        } else {
            self.keys.store(Arc::new(keys));
        }
        self.due_at.store(
            self.now().saturating_add(millis(self.limits.lifetime)),
            Ordering::Relaxed,
        );
        Ok(())
    }

    async fn load(&self, discovered: &mut Option<String>) -> Result<Keys, FetchError> {
        let deadline = Deadline::after(self.limits.timeout);
        let url = match (&self.given_url, discovered.as_ref()) {
            (Some(url), _) | (None, Some(url)) => url.clone(),
            (None, None) => IssuerMetadata::fetch(&self.issuer, &*self.fetch, deadline)
                .await?
                .jwks_uri()?
                .to_owned(),
        };
        let request = FetchRequest::get(url.as_str())?;
        let answer = deadline.fetch(&*self.fetch, request).await?;
        *discovered = Some(url.clone());
        let keys = (answer.status == 200)
            .then(|| Keys::parse(&answer.body))
            .flatten()
            .filter(|keys| !keys.is_empty());
        keys.ok_or_else(|| FetchError::new(format!("there are no keys at {url:?}")))
    }

    fn now(&self) -> u64 {
        millis(self.start.elapsed())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A fetch. If it is given up, because the request that it was for has gone, another may follow
/// soon; but not at once, or who hangs up quickly could make us fetch without end.
struct Attempt<'a, F: Fetch> {
    cache: &'a JwksCache<F>,
    pause: Duration,
}

impl<'a, F: Fetch> Attempt<'a, F> {
    fn begin(cache: &'a JwksCache<F>) -> Self {
        Self {
            cache,
            pause: AFTER_GIVING_UP.min(cache.limits.cooldown),
        }
    }

    fn end(mut self) {
        self.pause = self.cache.limits.cooldown;
    }
}

impl<F: Fetch> Drop for Attempt<'_, F> {
    fn drop(&mut self) {
        let next = self.cache.now().saturating_add(millis(self.pause));
        self.cache.allowed_at.store(next, Ordering::Relaxed);
        self.cache.attempts.fetch_add(1, Ordering::Release);
    }
}
