//! The rate of requests about tokens that were never accepted, after a 429.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::moment::Moment;

/// Limits requests after a 429, so that made-up tokens leave a part of the server's quota to tokens
/// that were accepted before.
///
/// The server's own limit is unknown. It is estimated from the requests that it accepted before the
/// 429 and the pause that it then asked for. Three quarters of it is the rate for tokens that were
/// never accepted. The rate applies for an hour after the last 429, because a higher one would
/// cause the next 429, after which no request is possible at all.
pub(super) struct Rate(Mutex<State>);

#[derive(Default)]
struct State {
    /// The times of the last questions, the oldest first.
    asked: VecDeque<Moment>,
    limit: Option<Limit>,
}

struct Limit {
    /// The time between two questions.
    interval: Duration,
    /// The time that the questions so far take up, as of `since`.
    taken: Duration,
    since: Moment,
    until: Moment,
}

impl Rate {
    /// The questions that are remembered for the estimate, of the last minute at most.
    const REMEMBERED: usize = 256;
    const WINDOW: Duration = Duration::from_secs(60);
    const LIFETIME: Duration = Duration::from_secs(60 * 60);
    /// The longest time between two questions, which a request can wait for.
    const LONGEST_INTERVAL: Duration = Duration::from_secs(2);
    /// The minimum number of requests for an estimate. A server that limits after fewer has other
    /// clients.
    const FEWEST: usize = 8;
    /// The number of questions that may be asked at once after a quiet time.
    const BURST: u32 = 4;

    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// A question is asked, about any token.
    pub(super) fn asked(&self, now: Moment) {
        let mut state = self.lock();
        if state.asked.len() == Self::REMEMBERED {
            state.asked.pop_front();
        }
        state.asked.push_back(now);
    }

    /// The server has answered with 429 and takes no question for `pause`.
    pub(super) fn limited(&self, now: Moment, pause: Duration) {
        let mut state = self.lock();
        state.asked.retain(|asked| now.since(*asked) < Self::WINDOW);
        if state.asked.len() < Self::FEWEST {
            return;
        }
        let oldest = state.asked.front();
        let span = oldest.map_or(Duration::ZERO, |oldest| now.since(*oldest)) + pause;
        // The last of them is the one that was refused.
        let taken = u32::try_from(state.asked.len()).unwrap_or(u32::MAX);
        let per_question = span / taken.saturating_sub(1).max(1);
        let earlier = state.limit.as_ref().map(|limit| limit.interval);
        let interval = (per_question * 4 / 3)
            .max(earlier.unwrap_or_default())
            .min(Self::LONGEST_INTERVAL);
        state.limit = now.checked_add(Self::LIFETIME).map(|until| Limit {
            interval,
            taken: interval * Self::BURST,
            since: now,
            until,
        });
    }

    /// Takes the next turn to ask, which comes after the time that is returned.
    ///
    /// # Errors
    ///
    /// That time, if it is longer than `patience`: no turn is taken.
    pub(super) fn turn(&self, now: Moment, patience: Duration) -> Result<Duration, Duration> {
        let mut state = self.lock();
        state.limit.take_if(|limit| now.has_reached(limit.until));
        let Some(limit) = &mut state.limit else {
            return Ok(Duration::ZERO);
        };
        limit.taken = limit.taken.saturating_sub(now.since(limit.since));
        limit.since = now;
        let wait = limit
            .taken
            .saturating_sub(limit.interval * (Self::BURST - 1));
        if wait > patience {
            return Err(wait);
        }
        limit.taken += limit.interval;
        Ok(wait)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(2500);

    /// The events of an hour at a server that takes `quota` questions a minute, while a stranger makes
    /// up `made_up` tokens a second and a token that was accepted is asked about every six seconds.
    /// Time is counted in milliseconds.
    struct Hour {
        /// The number of answers with 429.
        limited: usize,
        /// The number of questions about the accepted token that had no answer after the first pause.
        lost: usize,
        /// The longest time that a new caller, who retries each second, waited for an answer.
        longest_sign_in: u64,
    }

    fn hour(quota: usize, made_up: u64) -> Hour {
        let start = Moment::now();
        let rate = Rate::new();
        let mut turns: Vec<(u64, bool)> = Vec::new();
        let (mut window, mut used, mut paused_until) = (0, 0, 0);
        let (mut waits_since, mut is_waiting) = (0, false);
        let mut hour = Hour {
            limited: 0,
            lost: 0,
            longest_sign_in: 0,
        };
        let mut pauses = 0;
        for tick in (0..3_600_000_u64).step_by(20) {
            let now = start
                .checked_add(Duration::from_millis(tick))
                .expect("a time");
            if tick / 60_000 != window {
                (window, used) = (tick / 60_000, 0);
            }
            let is_pause = tick < paused_until;
            let mut questions = Vec::new();
            if tick % (1000 / made_up) < 20
                && !is_pause
                && let Ok(wait) = rate.turn(now, PATIENCE)
            {
                turns.push((
                    tick + u64::try_from(wait.as_millis()).expect("short"),
                    false,
                ));
            }
            // A new caller every minute, half a second after the full second.
            if tick % 60_000 == 500 && !is_waiting {
                (waits_since, is_waiting) = (tick, true);
            }
            if is_waiting
                && tick >= waits_since
                && (tick - waits_since) % 1000 == 0
                && !is_pause
                && !turns.iter().any(|(_, is_new)| *is_new)
                && let Ok(wait) = rate.turn(now, PATIENCE)
            {
                turns.push((tick + u64::try_from(wait.as_millis()).expect("short"), true));
            }
            let mut due: Vec<_> = turns.extract_if(.., |(at, _)| *at <= tick).collect();
            questions.extend(
                due.drain(..)
                    .map(|(_, is_new)| if is_new { "new" } else { "made up" }),
            );
            if tick % 6000 == 0 {
                questions.push("accepted");
            }
            for question in questions {
                if tick < paused_until {
                    hour.lost += usize::from(question == "accepted" && pauses > 1);
                    continue;
                }
                rate.asked(now);
                used += 1;
                if used > quota {
                    let pause = (window + 1) * 60_000 - tick;
                    paused_until = tick + pause;
                    rate.limited(now, Duration::from_millis(pause));
                    hour.limited += 1;
                    pauses += 1;
                    hour.lost += usize::from(question == "accepted" && pauses > 1);
                } else if question == "new" {
                    hour.longest_sign_in = hour.longest_sign_in.max(tick - waits_since);
                    is_waiting = false;
                }
            }
        }
        hour
    }

    #[test]
    fn a_stranger_uses_up_the_quota_once() {
        for (quota, made_up) in [(100, 2), (100, 50), (60, 5), (600, 50)] {
            let hour = hour(quota, made_up);
            assert_eq!(
                (hour.limited, hour.lost),
                (1, 0),
                "{quota} a minute, {made_up} a second"
            );
        }
    }

    #[test]
    fn a_new_caller_gets_in_beside_a_stranger() {
        let hour = hour(100, 2);
        assert!(
            hour.longest_sign_in < 120_000,
            "{} ms",
            hour.longest_sign_in
        );
    }

    #[test]
    fn without_a_429_there_is_no_limit() {
        let (rate, now) = (Rate::new(), Moment::now());
        for _ in 0..10_000 {
            rate.asked(now);
            assert!(rate.turn(now, PATIENCE).is_ok_and(|wait| wait.is_zero()));
        }
    }

    #[test]
    fn a_limit_is_forgotten_after_an_hour_without_429() {
        let (rate, now) = (Rate::new(), Moment::now());
        (0..Rate::FEWEST).for_each(|_| rate.asked(now));
        rate.limited(now, Duration::from_secs(60));
        while rate.turn(now, PATIENCE).is_ok() {}
        let later = now.checked_add(Rate::LIFETIME).expect("a time");
        assert!(rate.turn(later, Duration::ZERO).is_ok());
    }
}
