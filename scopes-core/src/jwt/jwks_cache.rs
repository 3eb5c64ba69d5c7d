//! The keys of an issuer: fetched when they are needed, refreshed by age, and kept for a time when a
//! fetch fails.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::{Either, select};

use super::fetched_keys::FetchedKeys;
use super::issuer_keys::{Attempt, Awaiting, IssuerKeys, SOON, Start};
use super::pace::Limits;
use crate::discovery::Deadline;
use crate::fetch::{Fetch, FetchError};
use crate::flight::{self, Flight};
use crate::moment::Moment;
use crate::request_url::PlainHttp;
use crate::start::{self, Backoff};

type Fetched = Result<(), FetchError>;

/// The fetched keys of one issuer.
///
/// Readers hold a lock only to copy a pointer, and there is at most one fetch at a time. A fetch
/// starts for keys that are out of date, for a key id that is not in the set, and for a signature
/// that does not match its key. Each reason has its own rate limit, so that invalid tokens cannot
/// use up the fetches that valid tokens need. A fetch whose requests were all cancelled pauses, and
/// the next request continues it.
pub(super) struct JwksCache<F> {
    issuer: Arc<IssuerKeys<F>>,
    ongoing: Mutex<Option<Ongoing>>,
    places: Places,
}

/// A fetch, which only goes on while a request awaits it.
struct Ongoing {
    flight: Flight<Fetched>,
    started: Moment,
}

/// The keys by which a token was found valid.
pub(super) struct Basis<F> {
    issuer: Arc<IssuerKeys<F>>,
    losses: u64,
}

impl<F: Fetch> Basis<F> {
    /// Returns whether the answer needs no new verification: no key was withdrawn since, and the
    /// keys are neither too old to be trusted nor due for a refresh.
    pub(super) fn holds(&self, now: Moment) -> bool {
        self.issuer.losses.load(Ordering::Acquire) == self.losses && self.issuer.is_fresh(now)
    }
}

/// The numbers of requests that wait, by purpose.
#[derive(Default)]
struct Places {
    first_keys: AtomicUsize,
    unknown_key: AtomicUsize,
    bad_signature: AtomicUsize,
}

/// Requests that wait at one time for the first keys, and for other ones.
const MAX_WAITING_FIRST: usize = 1024;
const MAX_WAITING: usize = 64;

/// The number of times that a request waits, for a fetch or for the time of the next one.
const MAX_TURNS: usize = 6;

/// Returned when the required set could not be fetched in time.
pub(super) struct Undecided {
    pub(super) retry_after: Duration,
}

impl<F: Fetch> JwksCache<F> {
    pub(super) fn new(
        fetch: Arc<F>,
        issuer: String,
        given_jwks_url: Option<String>,
        plain_http: PlainHttp,
        limits: Limits,
    ) -> Self {
        Self {
            issuer: Arc::new(IssuerKeys::new(
                fetch,
                issuer,
                given_jwks_url,
                plain_http,
                limits,
            )),
            ongoing: Mutex::new(None),
            places: Places::default(),
        }
    }

    /// Returns the keys, if there are trusted ones.
    pub(super) fn keys(&self, now: Moment) -> Option<Arc<FetchedKeys>> {
        self.issuer.trusted(now)
    }

    /// Returns whether `set` is the current one.
    pub(super) fn is_current(&self, set: &Arc<FetchedKeys>) -> bool {
        let current = self.issuer.current.load();
        current.is_some_and(|current| Arc::ptr_eq(&current, set))
    }

    /// Returns the state of the keys on which an answer depends. Call it before reading the keys.
    pub(super) fn basis(&self) -> Basis<F> {
        let issuer = Arc::clone(&self.issuer);
        let losses = issuer.losses.load(Ordering::Acquire);
        Basis { issuer, losses }
    }

    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.issuer.is_due(now)
    }

    /// Returns the time by which a request that arrives now has to be answered.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.issuer.limits.timeout)
    }

    /// Refreshes the keys if they are due. If that fails, the current keys are used as long as they
    /// are trusted.
    pub(super) async fn refresh_if_due(&self) {
        if self.is_due(Moment::now()) {
            let _ = self.fetch_now().await;
        }
    }

    /// Returns the age up to which a set rejects a token that names a key which the set lacks.
    pub(super) fn unknown_key_interval(&self) -> Duration {
        self.issuer.limits.unknown_key_interval
    }

    /// Waits for a set that is fetched after `arrival`, when a request came in, and fetches it if
    /// need be.
    pub(super) async fn wait_for_set_after(
        &self,
        arrival: Moment,
        deadline: Deadline,
    ) -> Result<(), Undecided> {
        let undecided = || Undecided {
            retry_after: self.issuer.limits.unknown_key_interval.max(SOON),
        };
        let place = Place::take(&self.places.unknown_key, MAX_WAITING);
        let _place = place.ok_or_else(undecided)?;
        // Other requests may fetch without success while this one sleeps.
        for _ in 0..MAX_TURNS {
            let current = self.issuer.current.load();
            if current.is_some_and(|current| current.is_later_than(arrival)) {
                return Ok(());
            }
            let pause = self.issuer.for_unknown_keys.wait();
            if pause >= deadline.left() && !self.is_fetching() {
                return Err(undecided());
            }
            match self.join_or_begin(|| pause.is_zero()) {
                Some(flight) => {
                    let fetched = self.follow_until(deadline, flight).await;
                    fetched.map_err(|_| undecided())?;
                }
                None => self.issuer.fetch.sleep(pause.min(deadline.left())).await,
            }
        }
        Err(undecided())
    }

    /// Returns whether the key of a signature that does not match may have been replaced under its
    /// id.
    pub(super) fn may_be_replaced(&self, set: &Arc<FetchedKeys>) -> bool {
        !self.is_current(set) || self.is_fetching() || self.issuer.for_bad_signatures.is_there()
    }

    /// Waits for a set other than this one, in which a signature does not match its key, and
    /// fetches it if that is permitted. Returns whether there is another one.
    pub(super) async fn wait_for_other_than(
        &self,
        set: &Arc<FetchedKeys>,
        deadline: Deadline,
    ) -> bool {
        if !self.is_current(set) {
            return true;
        }
        if deadline.left().is_zero() {
            return false;
        }
        let Some(_place) = Place::take(&self.places.bad_signature, MAX_WAITING) else {
            return false;
        };
        let permit = &self.issuer.for_bad_signatures;
        let mut is_own = false;
        let flight = self.join_or_begin(|| {
            is_own = permit.claim(self.issuer.limits.cooldown);
            is_own
        });
        let Some(flight) = flight else { return false };
        if self.follow_until(deadline, flight).await.is_err() && is_own {
            permit.take_for(SOON.min(self.issuer.limits.cooldown));
        }
        !self.is_current(set)
    }

    /// Returns whether a first fetch of keys may succeed soon.
    pub(super) fn may_fetch_first(&self) -> bool {
        self.issuer.for_unknown_keys.is_there() || self.is_fetching()
    }

    /// Fetches the first keys, unless that has just failed.
    pub(super) async fn wait_for_first(&self, deadline: Deadline) -> Result<(), Undecided> {
        let undecided = || Undecided {
            retry_after: self.until_first_fetch(),
        };
        let place = Place::take(&self.places.first_keys, MAX_WAITING_FIRST);
        let _place = place.ok_or_else(undecided)?;
        let flight = self.join_or_begin(|| {
            !deadline.left().is_zero() && self.issuer.for_unknown_keys.is_there()
        });
        let flight = flight.ok_or_else(undecided)?;
        let fetched = self.follow_until(deadline, flight).await;
        fetched.map_err(|_| undecided())
    }

    /// Returns the time until the first keys are fetched again.
    pub(super) fn until_first_fetch(&self) -> Duration {
        self.issuer.for_unknown_keys.wait().max(SOON)
    }

    /// Fetches the keys for the start, which takes a key that can verify something. A failure is returned
    /// and not logged.
    pub(super) async fn fetch_at_start(&self) -> Fetched {
        let issuer = &*self.issuer;
        let timeout = start::timeout(issuer.limits.timeout);
        let start = Arc::new(Start);
        let fetched = self.fetch_for(Arc::downgrade(&start));
        start::first_answer(&*issuer.fetch, &issuer.url, timeout, fetched).await?;
        match self.keys(Moment::now()) {
            Some(current) if current.keys.is_empty() => {
                let reason = current.keys.why_empty();
                Err(FetchError::new(format!("the set has {reason}")))
            }
            Some(_) => Ok(()),
            None => Err(FetchError::new("no keys are known")),
        }
    }

    /// Returns whether keys have been fetched, one of which can verify something. Their age does not count:
    /// only requests refresh keys, and a load balancer sends none to an instance that is not ready.
    pub(super) fn is_ready(&self) -> bool {
        let has_some = self.issuer.current.map(|current| !current.keys.is_empty());
        has_some.unwrap_or_default()
    }

    /// Returns whether there are trusted keys, one of which can verify something. If there are none, it fetches
    /// them as a request would.
    pub(super) async fn check_ready(&self) -> bool {
        let has_some = || {
            let trusted = self.keys(Moment::now());
            trusted.is_some_and(|current| !current.keys.is_empty())
        };
        has_some() || (self.wait_for_first(self.deadline()).await.is_ok() && has_some())
    }

    /// Fetches keys until there are some that are trusted, with a pause after each failure.
    pub(super) async fn until_ready(&self) {
        let mut backoff = Backoff::new();
        while !self.is_ready() {
            if self.fetch_now().await.is_err() || !self.is_ready() {
                self.issuer.fetch.sleep(backoff.pause()).await;
            }
        }
    }

    /// Fetches the keys, or goes on with a fetch that has begun.
    async fn fetch_now(&self) -> Fetched {
        self.fetch_for(Weak::new()).await
    }

    async fn fetch_for(&self, start: Weak<Start>) -> Fetched {
        match self.join_or_begin_for(start, || true) {
            Some(flight) => self.follow(flight).await,
            None => Ok(()),
        }
    }

    fn is_fetching(&self) -> bool {
        self.issuer.attempt.load(Ordering::Acquire) != 0
    }

    /// Returns the fetch that has begun, or a new one if `is_permitted` returns `true`.
    fn join_or_begin(&self, is_permitted: impl FnOnce() -> bool) -> Option<Flight<Fetched>> {
        self.join_or_begin_for(Weak::new(), is_permitted)
    }

    fn join_or_begin_for(
        &self,
        start: Weak<Start>,
        is_permitted: impl FnOnce() -> bool,
    ) -> Option<Flight<Fetched>> {
        let mut ongoing = self.lock();
        if let Some(Ongoing { flight, started }) = &*ongoing
            && flight.peek().is_none()
            && Moment::now().since(*started) < self.issuer.limits.timeout
        {
            return Some(flight.clone());
        }
        if !is_permitted() {
            return None;
        }
        // The previous fetch is dropped first, so that it cannot end the new one.
        drop(ongoing.take());
        let started = Moment::now();
        let attempt = Attempt::begin(Arc::clone(&self.issuer), started, start);
        let flight = flight::shared(attempt.run(), Err(FetchError::after_panic()));
        *ongoing = Some(Ongoing {
            flight: flight.clone(),
            started,
        });
        Some(flight)
    }

    /// Awaits the fetch, which runs while at least one request awaits it.
    async fn follow(&self, flight: Flight<Fetched>) -> Fetched {
        let _awaiting = Awaiting::begin(&self.issuer);
        flight.await
    }

    /// Awaits the fetch for no longer than a request may wait.
    async fn follow_until(&self, deadline: Deadline, flight: Flight<Fetched>) -> Fetched {
        let sleep = self.issuer.fetch.sleep(deadline.left());
        match select(pin!(self.follow(flight)), pin!(sleep)).await {
            Either::Left((fetched, _)) => fetched,
            Either::Right(_) => Err(FetchError::new("did not answer in time")),
        }
    }

    /// The lock is never held across an await.
    fn lock(&self) -> MutexGuard<'_, Option<Ongoing>> {
        self.ongoing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the places for requests that wait.
struct Place<'c>(&'c AtomicUsize);

impl<'c> Place<'c> {
    fn take(taken: &'c AtomicUsize, max: usize) -> Option<Self> {
        let place = Self(taken);
        (taken.fetch_add(1, Ordering::AcqRel) < max).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
