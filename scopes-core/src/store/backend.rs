//! The trait of stores.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Keeps entries that several instances of a server share.
///
/// An implementation stores bytes under keys, each with a lifetime, and logs. It needs no cryptography:
/// [`SharedStore`](super::SharedStore) hashes the keys, encrypts and authenticates the values, and limits
/// the time of each call.
///
/// Every method returns an error when the store cannot be reached, and never an absent entry instead.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use scopes_core::store::{MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// let minute = Duration::from_secs(60);
/// assert!(store.insert("lease", b"mine", minute).await?);
/// assert!(!store.insert("lease", b"yours", minute).await?);
/// assert_eq!(store.get("lease").await?.as_deref(), Some(&b"mine"[..]));
/// # Ok(())
/// # }
/// ```
pub trait Store: Send + Sync + 'static {
    /// Returns the value of `key`, unless it is absent or its lifetime has passed.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Stores `value` under `key` for `lifetime`, in the place of another one.
    fn put(
        &self,
        key: &str,
        value: &[u8],
        lifetime: Duration,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Stores `value` under `key` for `lifetime` if `key` is absent, and returns whether it was. Of several
    /// instances that do so at the same time, one receives `true`.
    fn insert(
        &self,
        key: &str,
        value: &[u8],
        lifetime: Duration,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes the value of `key`, if there is one.
    fn remove(&self, key: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Appends `entry` to `log`, where every instance can read it for `lifetime`.
    fn append(
        &self,
        log: &str,
        entry: &[u8],
        lifetime: Duration,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the entries of `log` after a position, in order; without one, from the beginning. If there
    /// are none, waits for one for at most `max_wait`.
    ///
    /// If entries before `after` may have been lost, such as by a restart of the store, returns the entries
    /// from the beginning, and says so in [`is_lost`](LogEntries::is_lost).
    fn read(
        &self,
        log: &str,
        after: Option<&LogPosition>,
        max_wait: Duration,
    ) -> impl Future<Output = Result<LogEntries, StoreError>> + Send;
}

/// A position in a log. Its text has a meaning for the store alone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use scopes_core::store::{MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// store.append("log", b"first", Duration::from_secs(60)).await?;
/// let read = store.read("log", None, Duration::ZERO).await?;
/// assert_eq!(read.entries, [b"first"]);
/// store.append("log", b"second", Duration::from_secs(60)).await?;
/// let further = store.read("log", Some(&read.position), Duration::ZERO).await?;
/// assert_eq!(further.entries, [b"second"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPosition(Arc<str>);

impl LogPosition {
    /// Returns the position that a store describes by this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the text of the store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Entries of a log.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use scopes_core::store::{MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// store.append("log", b"first", Duration::from_secs(60)).await?;
/// let read = store.read("log", None, Duration::ZERO).await?;
/// assert_eq!(read.entries, [b"first"]);
/// assert!(read.is_end && !read.is_lost);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogEntries {
    /// The entries whose lifetime has not passed, in the order in which they were appended. There may be
    /// more after [`position`](Self::position).
    pub entries: Vec<Vec<u8>>,
    /// Where to go on reading.
    pub position: LogPosition,
    /// `true` if entries from before the position that was given may have been lost. The entries are then
    /// those from the beginning of the log.
    pub is_lost: bool,
    /// `true` if there were no entries after [`position`](Self::position). `false` can also mean that the store
    /// does not know: reading on then finds none.
    pub is_end: bool,
}

impl LogEntries {
    /// Returns these entries. Reading goes on at `position`.
    #[must_use]
    pub const fn new(entries: Vec<Vec<u8>>, position: LogPosition) -> Self {
        Self {
            entries,
            position,
            is_lost: false,
            is_end: false,
        }
    }

    /// Declares that entries from before the position that was given may have been lost.
    #[must_use]
    pub fn lost(mut self, is_lost: bool) -> Self {
        self.is_lost = is_lost;
        self
    }

    /// Declares that there were no entries after the position.
    #[must_use]
    pub fn end(mut self, is_end: bool) -> Self {
        self.is_end = is_end;
        self
    }
}

/// Returned when a store cannot be reached or answers with an error. `Debug` prints what `Display` does.
///
/// ```
/// use scopes_core::store::StoreError;
///
/// let error = StoreError::new("connection refused");
/// assert_eq!(error.to_string(), "the store cannot be used: connection refused");
/// ```
#[derive(Clone)]
pub struct StoreError(Arc<dyn Error + Send + Sync>);

impl StoreError {
    /// Returns an error with this reason.
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(reason.into().into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the store cannot be used: {}", self.0)
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
