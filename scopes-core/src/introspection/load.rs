//! Limits on requests to the authorization server, and the meaning of its failures.

use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::{Either, select};
use quick_cache::sync::Cache;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer::Answer;
use super::rate::Rate;
use crate::fetch::{Fetch, FetchResponse};
use crate::moment::Moment;
use crate::observe::{self, Limit};
use crate::token::PresentedToken;

/// Bounds the requests in flight, and counts failures.
pub(super) struct Load {
    /// For tokens that were accepted before.
    known: Budget,
    /// For all other tokens, which anyone can make up.
    unknown: Budget,
    /// The tokens that were accepted, by hash. Two tokens with one hash share a budget, no more.
    accepted: Cache<u64, ()>,
    /// The tokens about which the server failed, when, and how many others it had called active.
    failed: Cache<u64, (Moment, u64)>,
    hasher: RandomState,
    /// The number of times that the server has called a token active.
    active: AtomicU64,
    /// For tokens that were never accepted, after a 429.
    rate: Rate,
    /// The end of the pause for which the server has asked.
    paused_until: Mutex<Option<Moment>>,
}

/// Questions that may be in flight, and requests that may wait for their turn.
struct Budget {
    in_flight: Semaphore,
    waiting: Semaphore,
}

/// The right to ask one question.
pub(super) type Place<'a> = SemaphorePermit<'a>;

impl Load {
    /// The default number of questions in flight.
    pub(super) const MAX_QUESTIONS: usize = 64;
    /// The time after which clients retry, if the server did not say.
    pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);
    /// The maximum pause: a wrong `Retry-After` must not cause a longer outage.
    const LONGEST_PAUSE: Duration = Duration::from_secs(60);
    /// The time for which a failure counts: a later one is of another outage.
    const FAILURE_LIFETIME: Duration = Duration::from_secs(60);
    const ACCEPTED: usize = 16 * 1024;
    const FAILED: usize = 1024;

    /// A quarter of `max_questions`, at least one, is kept for tokens that were accepted before.
    pub(super) fn new(max_questions: usize) -> Self {
        let known = (max_questions / 4).max(1);
        Self {
            known: Budget::new(known),
            unknown: Budget::new(max_questions.saturating_sub(known).max(1)),
            accepted: Cache::new(Self::ACCEPTED),
            failed: Cache::new(Self::FAILED),
            hasher: RandomState::new(),
            active: AtomicU64::new(0),
            rate: Rate::new(),
            paused_until: Mutex::default(),
        }
    }

    /// Waits for the right to ask about `token`, for at most `patience`.
    ///
    /// # Errors
    ///
    /// The time after which to try again.
    pub(super) async fn place<F: Fetch>(
        &self,
        token: PresentedToken<'_>,
        fetch: &F,
        patience: Duration,
    ) -> Result<Place<'_>, Duration> {
        self.check_pause()?;
        let limited = |retry_after: Duration| {
            observe::limited(Limit::Questions);
            retry_after.max(Self::RETRY_AFTER)
        };
        let both = [&self.known, &self.unknown];
        let mut patience = patience;
        let budgets = if self.accepted.get(&self.key(token)).is_some() {
            &both[..]
        } else {
            let wait = self.rate.turn(Moment::now(), patience).map_err(limited)?;
            if !wait.is_zero() {
                fetch.sleep(wait).await;
                patience -= wait;
            }
            &both[1..]
        };
        let free = budgets
            .iter()
            .find_map(|budget| budget.in_flight.try_acquire().ok());
        let place = match free {
            Some(place) => Some(place),
            None => wait(budgets, fetch, patience).await,
        };
        let place = place.ok_or(Self::RETRY_AFTER).map_err(limited)?;
        // Another question may have been answered with 429 during the wait.
        self.check_pause()?;
        self.rate.asked(Moment::now());
        Ok(place)
    }

    /// The server has answered the question about `token`.
    pub(super) fn answered(&self, token: PresentedToken<'_>, answer: &Answer) {
        if matches!(answer, Answer::Active(_)) {
            self.active.fetch_add(1, Ordering::Relaxed);
        }
        self.failed.remove(&self.key(token));
    }

    /// The token is valid.
    pub(super) fn accepted(&self, token: PresentedToken<'_>) {
        self.accepted.insert(self.key(token), ());
    }

    /// Records that the server has answered about `token` with 500. Returns whether it fails for
    /// this token only: it has failed for the same token before, and has called another one active
    /// since.
    ///
    /// An inactive answer proves nothing: a server that has lost its tokens still gives it. A
    /// failure for a token that was accepted before is always a failure of the server.
    pub(super) fn fails_about(&self, token: PresentedToken<'_>) -> bool {
        let key = self.key(token);
        if self.accepted.get(&key).is_some() {
            return false;
        }
        let now = Moment::now();
        let active = self.active.load(Ordering::Relaxed);
        let first = self.failed.get(&key);
        let recent = first.filter(|(at, _)| now.since(*at) < Self::FAILURE_LIFETIME);
        if recent.is_none() {
            self.failed.insert(key, (now, active));
        }
        recent.is_some_and(|(_, earlier)| active != earlier)
    }

    /// Pauses further requests for as long as the response asks for it (RFC 6585 section 4, RFC
    /// 9110 section 15.6.4).
    pub(super) fn heed(&self, response: &FetchResponse) {
        let said = retry_after(response);
        let pause = match (response.status, said) {
            (429 | 503, Some(said)) => said.clamp(Self::RETRY_AFTER, Self::LONGEST_PAUSE),
            (429, None) => Self::RETRY_AFTER,
            _ => return,
        };
        let Some(until) = Moment::now().checked_add(pause) else {
            return;
        };
        let mut paused_until = self.pause();
        let is_new = paused_until.is_none_or(|earlier| Moment::now().has_reached(earlier));
        if paused_until.is_none_or(|earlier| until.is_after(earlier)) {
            *paused_until = Some(until);
        }
        drop(paused_until);
        // Many questions can be in flight when the server begins to limit.
        if is_new {
            if response.status == 429 {
                self.rate.limited(Moment::now(), pause);
            }
            observe::paused(pause);
        }
    }

    /// # Errors
    ///
    /// The rest of the pause, if the server has asked for one.
    pub(super) fn check_pause(&self) -> Result<(), Duration> {
        match self.pause_left() {
            None => Ok(()),
            Some(left) => {
                observe::limited(Limit::Pause);
                Err(left)
            }
        }
    }

    /// Returns the time that is left, if the server asked not to be asked.
    pub(super) fn pause_left(&self) -> Option<Duration> {
        let until = (*self.pause())?;
        let now = Moment::now();
        (!now.has_reached(until)).then(|| now.until(until).min(Self::LONGEST_PAUSE))
    }

    fn pause(&self) -> std::sync::MutexGuard<'_, Option<Moment>> {
        self.paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, token: PresentedToken<'_>) -> u64 {
        let confirmation = token.confirmation();
        let confirmation = confirmation.map(|bound| (bound.method, bound.value));
        self.hasher.hash_one((token.as_str(), confirmation))
    }
}

impl Budget {
    /// The number of requests that may wait for each question in flight.
    const WAITING: usize = 16;

    fn new(in_flight: usize) -> Self {
        let in_flight = in_flight.min(Semaphore::MAX_PERMITS / Self::WAITING);
        Self {
            in_flight: Semaphore::new(in_flight),
            waiting: Semaphore::new(in_flight * Self::WAITING),
        }
    }
}

/// Waits in the first queue that is not full. The semaphore serves requests in their order.
async fn wait<'a, F: Fetch>(
    budgets: &[&'a Budget],
    fetch: &F,
    patience: Duration,
) -> Option<Place<'a>> {
    let mut queues = budgets.iter();
    let (budget, _waiting) =
        queues.find_map(|budget| Some((budget, budget.waiting.try_acquire().ok()?)))?;
    match select(
        pin!(budget.in_flight.acquire()),
        pin!(fetch.sleep(patience)),
    )
    .await
    {
        Either::Left((place, _)) => place.ok(),
        Either::Right(_) => None,
    }
}

/// `Retry-After`, or `X-Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3).
fn retry_after(response: &FetchResponse) -> Option<Duration> {
    let fields = ["Retry-After", "X-Retry-After"].into_iter();
    let mut said = fields.filter_map(|name| {
        let value = response.header(name)?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    });
    said.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_come_back_is_read_in_every_form() {
        let said = |name: &str, value: &str| {
            retry_after(&FetchResponse::new(429, "").with_header(name, value))
        };
        assert_eq!(said("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(said("X-Retry-After", " 60 "), Some(Duration::from_secs(60)));
        assert_eq!(said("Retry-After", "soon"), None);
        assert_eq!(said("Retry-After", "-1"), None);
        let past = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(said("Retry-After", past), Some(Duration::ZERO));
        let future = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(30));
        let left = said("Retry-After", &future).unwrap_or_default();
        assert!((28..=30).contains(&left.as_secs()), "{left:?}");
    }

    #[test]
    fn a_pause_has_a_limit() {
        let load = Load::new(4);
        assert_eq!(load.check_pause(), Ok(()));
        load.heed(&FetchResponse::new(500, "").with_header("Retry-After", "9"));
        load.heed(&FetchResponse::new(503, ""));
        assert_eq!(load.check_pause(), Ok(()));
        load.heed(&FetchResponse::new(429, "").with_header("Retry-After", "99999999999"));
        let left = load.check_pause().unwrap_err();
        assert!(left > Duration::from_secs(50), "{left:?}");
        assert!(left <= Load::LONGEST_PAUSE, "{left:?}");
    }
}
