//! The keys of an issuer, fetched when they are needed and kept when a fetch fails.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::keys::Keys;
use crate::discovery::{Deadline, IssuerMetadata};
use crate::fetch::{Fetch, FetchError, FetchRequest};
use crate::flight::{self, Flight, FlightHandle};
use crate::observe;

type Fetched = Result<(), FetchError>;

/// The fetched keys of one issuer.
///
/// Readers take no lock. There is at most one fetch at a time, and at most one in a cooldown, so
/// tokens with made-up key ids cost the issuer nothing.
pub(super) struct JwksCache<F> {
    issuer: Arc<IssuerKeys<F>>,
    fetching: Mutex<FlightHandle<Fetched>>,
    turn: AtomicBool,
}

/// The keys, and where they are from.
struct IssuerKeys<F> {
    fetch: Arc<F>,
    url: String,
    given_jwks_url: Option<String>,
    discovered_jwks_url: ArcSwapOption<String>,
    limits: Limits,
    keys: ArcSwap<Keys>,
    epoch: AtomicU64,
    /// In milliseconds since `start`: when a fetch is allowed, and when one is due.
    allowed_at: AtomicU64,
    due_at: AtomicU64,
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
        given_jwks_url: Option<String>,
        limits: Limits,
    ) -> Self {
        Self {
            issuer: Arc::new(IssuerKeys {
                fetch,
                url: issuer,
                given_jwks_url,
                discovered_jwks_url: ArcSwapOption::empty(),
                limits,
                keys: ArcSwap::default(),
                epoch: AtomicU64::new(0),
                allowed_at: AtomicU64::new(0),
                due_at: AtomicU64::new(0),
                start: Instant::now(),
            }),
            fetching: Mutex::new(FlightHandle::none()),
            turn: AtomicBool::new(false),
        }
    }

    pub(super) fn keys(&self) -> arc_swap::Guard<Arc<Keys>> {
        self.issuer.keys.load()
    }

    /// Changes when a key has gone.
    pub(super) fn epoch(&self) -> u64 {
        self.issuer.epoch.load(Ordering::Acquire)
    }

    /// Whether a key that is not known may be looked for.
    pub(super) fn may_fetch(&self) -> bool {
        self.issuer.now() >= self.issuer.allowed_at.load(Ordering::Acquire)
    }

    /// Whether the keys have got old. Says so to one request only, which then takes its turn;
    /// the others go on with the keys that there are.
    pub(super) fn is_due(&self) -> bool {
        let due_at = self.issuer.due_at.load(Ordering::Relaxed);
        let now = self.issuer.now();
        if now < due_at {
            return false;
        }
        let next = now.saturating_add(millis(self.issuer.limits.cooldown));
        let is_first = self
            .issuer
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
    pub(super) async fn refresh(&self) -> Fetched {
        match self.flight() {
            Some(flight) => flight.await,
            None => Ok(()),
        }
    }

    fn flight(&self) -> Option<Flight<Fetched>> {
        // Held for no longer than it takes to look.
        let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = fetching.join() {
            return Some(flight);
        }
        if !self.may_fetch() {
            return None;
        }
        let issuer = Arc::clone(&self.issuer);
        let (flight, handle) = flight::begin(async move { issuer.renew().await });
        *fetching = handle;
        Some(flight)
    }
}

impl<F: Fetch> IssuerKeys<F> {
    /// Fetches the keys. Another fetch is allowed only when these are there for all to see.
    async fn renew(&self) -> Fetched {
        let attempt = Attempt::begin(self);
        let keys = self.load().await;
        observe::fetched(observe::Purpose::Keys, &self.url, keys.as_ref().err());
        match keys {
            Ok(keys) => self.replace(keys),
            Err(error) => {
                // They may have moved.
                self.discovered_jwks_url.store(None);
                attempt.end();
                return Err(error);
            }
        }
        attempt.end();
        Ok(())
    }

    fn replace(&self, keys: Keys) {
        let has_lost_any = self.keys.load().has_lost_any(&keys);
        self.keys.store(Arc::new(keys));
        if has_lost_any {
            self.epoch.fetch_add(1, Ordering::Release);
        }
        let due_at = self.now().saturating_add(millis(self.limits.lifetime));
        self.due_at.store(due_at, Ordering::Relaxed);
    }

    async fn load(&self) -> Result<Keys, FetchError> {
        let deadline = Deadline::after(self.limits.timeout);
        let known = self.given_jwks_url.clone();
        let known = known.or_else(|| self.discovered_jwks_url.load().as_deref().cloned());
        let url = match known {
            Some(url) => url,
            None => IssuerMetadata::fetch(&self.url, &*self.fetch, deadline)
                .await?
                .jwks_uri()?
                .to_owned(),
        };
        let request = FetchRequest::get(url.as_str())?;
        let answer = deadline.fetch(&*self.fetch, request).await?;
        let keys = (answer.status == 200)
            .then(|| Keys::parse(&answer.body))
            .flatten()
            .filter(|keys| !keys.is_empty());
        let keys = keys.ok_or_else(|| FetchError::new(format!("there are no keys at {url:?}")))?;
        self.discovered_jwks_url.store(Some(Arc::new(url)));
        Ok(keys)
    }

    fn now(&self) -> u64 {
        millis(self.start.elapsed())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A fetch. If it is given up, because the requests that it was for have gone, another may follow
/// soon; but not at once, or who hangs up quickly could make us fetch without end.
struct Attempt<'a, F: Fetch> {
    issuer: &'a IssuerKeys<F>,
    pause: Duration,
}

impl<'a, F: Fetch> Attempt<'a, F> {
    fn begin(issuer: &'a IssuerKeys<F>) -> Self {
        Self {
            issuer,
            pause: AFTER_GIVING_UP.min(issuer.limits.cooldown),
        }
    }

    fn end(mut self) {
        self.pause = self.issuer.limits.cooldown;
    }
}

impl<F: Fetch> Drop for Attempt<'_, F> {
    fn drop(&mut self) {
        let next = self.issuer.now().saturating_add(millis(self.pause));
        self.issuer.allowed_at.store(next, Ordering::Release);
    }
}
