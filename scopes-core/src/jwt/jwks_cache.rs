//! The keys of an issuer: fetched when they are needed, refreshed by age, and kept for a time when a
//! fetch fails.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

use super::keys::Keys;
use super::pace::Permit;
use crate::discovery::{Deadline, IssuerMetadata};
use crate::fetch::{Fetch, FetchError, FetchRequest};
use crate::flight::{self, Flight, FlightHandle};
use crate::moment::Moment;
use crate::observe;

type Fetched = Result<(), FetchError>;

/// The fetched keys of one issuer.
///
/// Readers take no lock, and there is at most one fetch at a time. Three things start one, each with
/// a pace of its own, so that no stranger can use up what good tokens need: keys that are out of
/// date, a key id that is not in the set, and a signature that does not fit its key.
pub(super) struct JwksCache<F> {
    issuer: Arc<IssuerKeys<F>>,
    fetching: Mutex<FlightHandle<Fetched>>,
    /// How many requests wait for a set that may have the key that they name.
    waiting: AtomicUsize,
}

/// The keys, and where they are from.
struct IssuerKeys<F> {
    fetch: Arc<F>,
    url: String,
    given_jwks_url: Option<String>,
    discovered_jwks_url: ArcSwapOption<String>,
    limits: Limits,
    current: ArcSwapOption<FetchedKeys>,
    /// Counts the sets that lacked a key of the one before.
    losses: AtomicU64,
    is_fetching: AtomicBool,
    for_unknown_keys: Permit,
    for_refresh: Permit,
    for_bad_signatures: Permit,
}

/// A set, and how old it is.
pub(super) struct FetchedKeys {
    pub(super) keys: Keys,
    /// When the issuer was asked for it.
    asked_at: Moment,
    /// Key ids that requests have waited for, and that are not in this set; empty for tokens that
    /// name no key.
    lacking: Mutex<HashSet<String>>,
}

/// How often keys are fetched, and how long they are trusted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How old keys get before they are refreshed.
    pub(super) lifetime: Duration,
    /// How old keys get before they are no longer trusted.
    pub(super) max_age: Duration,
    /// Between the starts of two fetches for key ids that are not in the set.
    pub(super) unknown_key_interval: Duration,
    /// Between two fetches for signatures that do not fit, and after a refresh that failed.
    pub(super) cooldown: Duration,
    /// How long a fetch may take, discovery included.
    pub(super) timeout: Duration,
}

/// After a fetch that nobody waited for to its end, and after one that failed before there ever
/// were keys.
const SOON: Duration = Duration::from_secs(1);

/// Requests that wait for the next set at one time.
const MAX_WAITING: usize = 64;

/// How often such a request waits, for a fetch or for the time of the next one.
const MAX_TURNS: usize = 6;

/// Ids of keys that are remembered as not in a set, and how long such an id may be, in bytes.
const MAX_LACKING: usize = 256;
const LONGEST_KID: usize = 256;

/// The set that would decide cannot be had in time.
pub(super) struct Undecided {
    pub(super) retry_after: Duration,
}

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
                current: ArcSwapOption::empty(),
                losses: AtomicU64::new(0),
                is_fetching: AtomicBool::new(false),
                for_unknown_keys: Permit::default(),
                for_refresh: Permit::default(),
                for_bad_signatures: Permit::default(),
            }),
            fetching: Mutex::new(FlightHandle::none()),
            waiting: AtomicUsize::new(0),
        }
    }

    /// The keys, unless there are none that are trusted.
    pub(super) fn keys(&self, now: Moment) -> Option<Guard<Option<Arc<FetchedKeys>>>> {
        let current = self.issuer.current.load();
        let age = now.since(current.as_ref()?.asked_at);
        (age < self.issuer.limits.max_age).then_some(current)
    }

    /// Changes when a key has gone, or all of them are no longer trusted.
    pub(super) fn epoch(&self, now: Moment) -> u64 {
        let losses = self.issuer.losses.load(Ordering::Acquire);
        let are_too_old = self.keys(now).is_none() && self.issuer.current.load().is_some();
        (losses << 1) | u64::from(are_too_old)
    }

    /// Whether it is time to refresh the keys, and nobody does.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        let current = self.issuer.current.load();
        let Some(current) = current.as_ref() else {
            return false;
        };
        now.since(current.asked_at) >= self.issuer.limits.lifetime
            && self.issuer.for_refresh.is_there()
            && !self.issuer.is_fetching.load(Ordering::Acquire)
    }

    /// Refreshes the keys if it is time to. One request does and waits; others go on with the keys
    /// that there are, unless nobody has tried for long.
    pub(super) async fn refresh_if_due(&self) {
        let now = Moment::now();
        if !self.is_due(now) && !self.is_abandoned(now) {
            return;
        }
        let flight = {
            let mut fetching = self.lock();
            match fetching.join() {
                Some(flight) if self.is_abandoned(now) => flight,
                None if self.is_due(now) => self.begin(&mut fetching),
                _ => return,
            }
        };
        // Where it fails, the keys that there are decide, as long as they are trusted.
        let _ = flight.await;
    }

    /// Whether keys have been out of date for so long that a key may be gone unnoticed: no request
    /// came in the meantime.
    fn is_abandoned(&self, now: Moment) -> bool {
        let Limits {
            lifetime, cooldown, ..
        } = self.issuer.limits;
        let current = self.issuer.current.load();
        let longest = lifetime.saturating_add(cooldown);
        current
            .as_ref()
            .is_some_and(|current| now.since(current.asked_at) >= longest)
            && self.issuer.for_refresh.is_there()
    }

    /// Whether a recent set is known to lack the key with this id. For an id that no request has
    /// waited for, a set that was fetched before its request came in does not decide: the key may
    /// have been published since.
    pub(super) fn is_lacking(&self, kid: &str, now: Moment) -> bool {
        let current = self.issuer.current.load();
        current.as_ref().is_some_and(|current| {
            now.since(current.asked_at) <= self.issuer.limits.unknown_key_interval
                && current.lacking().contains(kid)
        })
    }

    /// Remembers until the next fetch that the current set lacks this key.
    pub(super) fn note_lacking(&self, kid: &str) {
        let current = self.issuer.current.load();
        if let Some(current) = current.as_ref()
            && kid.len() <= LONGEST_KID
        {
            let mut lacking = current.lacking();
            if lacking.len() < MAX_LACKING {
                lacking.insert(kid.to_owned());
            }
        }
    }

    /// Waits for a set that is fetched after `arrival`, when a request came in, and fetches it if
    /// need be.
    pub(super) async fn wait_for_set_after(&self, arrival: Moment) -> Result<(), Undecided> {
        let undecided = || Undecided {
            retry_after: self.issuer.limits.unknown_key_interval.max(SOON),
        };
        let _place = Place::take(&self.waiting).ok_or_else(undecided)?;
        let is_later = || {
            let current = self.issuer.current.load();
            current
                .as_ref()
                .is_some_and(|current| !arrival.is_after(current.asked_at))
        };
        // Others may fetch in vain while this request sleeps.
        for _ in 0..MAX_TURNS {
            if is_later() {
                return Ok(());
            }
            let pause = self.issuer.for_unknown_keys.wait();
            let flight = {
                let mut fetching = self.lock();
                match fetching.join() {
                    Some(flight) => Some(flight),
                    None if pause.is_zero() => Some(self.begin(&mut fetching)),
                    None => None,
                }
            };
            match flight {
                Some(flight) => flight.await.map_err(|_| undecided())?,
                None => self.issuer.fetch.sleep(pause).await,
            }
        }
        Err(undecided())
    }

    /// Whether keys may be fetched because a signature does not fit.
    pub(super) fn may_refresh_for_bad_signature(&self) -> bool {
        self.issuer.for_bad_signatures.is_there()
    }

    /// Fetches the keys because a signature does not fit the key that it names, which may have been
    /// replaced under its old id. Returns whether it did.
    pub(super) async fn refresh_for_bad_signature(&self) -> bool {
        let IssuerKeys {
            limits,
            for_bad_signatures,
            ..
        } = &*self.issuer;
        for_bad_signatures.claim(limits.cooldown) && self.fetch_now().await.is_ok()
    }

    /// Whether there may be keys soon where there are none.
    pub(super) fn may_fetch_first(&self) -> bool {
        self.issuer.for_unknown_keys.is_there() || self.issuer.is_fetching.load(Ordering::Acquire)
    }

    /// When to ask for the first keys again.
    pub(super) fn until_first_fetch(&self) -> Duration {
        self.issuer.for_unknown_keys.wait().max(SOON)
    }

    /// Fetches the keys for the start, which takes a key that can verify something.
    pub(super) async fn fetch_first(&self) -> Fetched {
        self.fetch_now().await?;
        let keys = self.keys(Moment::now());
        let keys = keys.as_ref().and_then(|current| current.as_ref());
        if keys.is_none_or(|current| current.keys.is_empty()) {
            return Err(FetchError::new(
                "the set has no key that can verify a signature",
            ));
        }
        Ok(())
    }

    /// Fetches the keys, or waits for those who are fetching them.
    pub(super) async fn fetch_now(&self) -> Fetched {
        let flight = {
            let mut fetching = self.lock();
            match fetching.join() {
                Some(flight) => flight,
                None => self.begin(&mut fetching),
            }
        };
        flight.await
    }

    /// The lock is held for no longer than it takes to look.
    fn lock(&self) -> MutexGuard<'_, FlightHandle<Fetched>> {
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, fetching: &mut FlightHandle<Fetched>) -> Flight<Fetched> {
        let attempt = Attempt::begin(Arc::clone(&self.issuer));
        let after_panic = Err(FetchError::after_panic());
        let (flight, handle) = flight::begin(attempt.run(), after_panic);
        *fetching = handle;
        flight
    }
}

impl FetchedKeys {
    fn lacking(&self) -> MutexGuard<'_, HashSet<String>> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Fetch> IssuerKeys<F> {
    fn replace(&self, keys: Keys, asked_at: Moment) {
        let fetched = Arc::new(FetchedKeys {
            keys,
            asked_at,
            lacking: Mutex::default(),
        });
        let before = self.current.load_full();
        let has_lost_any = before.is_some_and(|before| before.keys.has_lost_any(&fetched.keys));
        self.current.store(Some(fetched));
        if has_lost_any {
            self.losses.fetch_add(1, Ordering::Release);
        }
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
            .flatten();
        let keys = keys.ok_or_else(|| FetchError::new(format!("there are no keys at {url:?}")))?;
        self.discovered_jwks_url.store(Some(Arc::new(url)));
        Ok(keys)
    }
}

/// A fetch. If it is given up, because the requests that it was for have gone, another may follow
/// soon; but not at once, or clients that hang up quickly could cause fetches without end.
struct Attempt<F> {
    issuer: Arc<IssuerKeys<F>>,
    started: Moment,
    outcome: Outcome,
}

enum Outcome {
    GivenUp,
    Failed,
    Done,
}

impl<F: Fetch> Attempt<F> {
    fn begin(issuer: Arc<IssuerKeys<F>>) -> Self {
        issuer.is_fetching.store(true, Ordering::Release);
        let interval = issuer.limits.unknown_key_interval;
        issuer.for_unknown_keys.take_for(interval);
        Self {
            issuer,
            started: Moment::now(),
            outcome: Outcome::GivenUp,
        }
    }

    async fn run(mut self) -> Fetched {
        let issuer = Arc::clone(&self.issuer);
        let keys = issuer.load().await;
        observe::fetched(observe::Purpose::Keys, &issuer.url, keys.as_ref().err());
        match keys {
            Ok(keys) => {
                issuer.replace(keys, self.started);
                self.outcome = Outcome::Done;
                Ok(())
            }
            Err(error) => {
                // They may have moved.
                issuer.discovered_jwks_url.store(None);
                self.outcome = Outcome::Failed;
                Err(error)
            }
        }
    }
}

impl<F> Drop for Attempt<F> {
    fn drop(&mut self) {
        let issuer = &self.issuer;
        let cooldown = issuer.limits.cooldown;
        if !matches!(self.outcome, Outcome::Done) && issuer.current.load().is_none() {
            let interval = issuer.limits.unknown_key_interval;
            issuer.for_unknown_keys.take_for(SOON.min(interval));
        }
        match self.outcome {
            Outcome::Done => {}
            Outcome::Failed => issuer.for_refresh.take_for(cooldown),
            Outcome::GivenUp => issuer.for_refresh.take_for(SOON.min(cooldown)),
        }
        self.issuer.is_fetching.store(false, Ordering::Release);
    }
}

/// One of the places for requests that wait.
struct Place<'c>(&'c AtomicUsize);

impl<'c> Place<'c> {
    fn take(taken: &'c AtomicUsize) -> Option<Self> {
        let place = Self(taken);
        (taken.fetch_add(1, Ordering::AcqRel) < MAX_WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
