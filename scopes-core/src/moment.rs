//! A point in time by both clocks of the machine.

#[cfg(feature = "testing")]
use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

#[cfg(feature = "testing")]
thread_local! {
    /// The time by which a test has set the clocks of its thread ahead.
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Sets the clocks of this thread ahead by this time. Returns the previous difference.
#[cfg(feature = "testing")]
pub(crate) fn set_clocks_ahead(ahead: Duration) -> Duration {
    AHEAD.try_with(|set| set.replace(ahead)).unwrap_or_default()
}

/// A point in time by the monotonic clock and by the wall clock.
///
/// The monotonic clock stops while the machine is suspended, and the wall clock can be set back. A
/// deadline is reached when either clock reaches it.
///
/// ```
/// use std::time::Duration;
///
/// use scopes_core::token::Moment;
///
/// let now = Moment::now();
/// let end = now.checked_add(Duration::from_secs(60)).ok_or("the clocks go on")?;
/// assert!(!now.has_reached(end));
/// assert!(end.has_reached(end));
/// assert_eq!(now.until(end), Duration::from_secs(60));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    monotonic: Instant,
    wall: SystemTime,
}

impl Moment {
    /// Returns the present moment.
    #[must_use]
    #[inline]
    pub fn now() -> Self {
        let now = Self {
            monotonic: Instant::now(),
            wall: SystemTime::now(),
        };
        #[cfg(feature = "testing")]
        let now = now.set_ahead();
        now
    }

    #[cfg(feature = "testing")]
    fn set_ahead(self) -> Self {
        let ahead = AHEAD.try_with(Cell::get).unwrap_or_default();
        self.checked_add(ahead).unwrap_or(self)
    }

    /// Returns the wall clock.
    #[must_use]
    pub const fn wall(self) -> SystemTime {
        self.wall
    }

    /// Returns the monotonic clock.
    #[cfg(any(feature = "introspection", feature = "jwt"))]
    pub(crate) const fn monotonic(self) -> Instant {
        self.monotonic
    }

    /// Returns the time since `earlier`, by the clock that shows the longer time.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(earlier.monotonic);
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        monotonic.max(wall)
    }

    /// Returns whether this is later than `other`, by the monotonic clock.
    #[must_use]
    pub fn is_after(self, other: Self) -> bool {
        self.monotonic > other.monotonic
    }

    /// Returns the moment `duration` later; `None` beyond the range of the clocks.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        Some(Self {
            monotonic: self.monotonic.checked_add(duration)?,
            wall: self.wall.checked_add(duration)?,
        })
    }

    /// The moment `duration` later; beyond the range of the clocks, one that is not reached in
    /// practice.
    #[cfg(any(feature = "cache", feature = "store", feature = "tower"))]
    pub(crate) fn saturating_add(self, duration: Duration) -> Self {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        self.checked_add(duration)
            .or_else(|| self.checked_add(CENTURY))
            .unwrap_or(self)
    }

    /// Returns the moment at which the wall clock shows `time`, as seen from now; `None` beyond the range of
    /// the clocks. It has been reached if `time` is not later than now.
    #[must_use]
    pub fn when(self, time: SystemTime) -> Option<Self> {
        let Ok(left) = time.duration_since(self.wall) else {
            return Some(self);
        };
        Some(Self {
            monotonic: self.monotonic.checked_add(left)?,
            wall: time,
        })
    }

    /// Returns the time until either clock reaches `end`.
    #[must_use]
    pub fn until(self, end: Self) -> Duration {
        let monotonic = end.monotonic.saturating_duration_since(self.monotonic);
        let wall = end.wall.duration_since(self.wall).unwrap_or_default();
        monotonic.min(wall)
    }

    /// Returns whether either clock has reached `end`.
    #[must_use]
    #[inline]
    pub fn has_reached(self, end: Self) -> bool {
        self.monotonic >= end.monotonic || self.wall >= end.wall
    }
}
