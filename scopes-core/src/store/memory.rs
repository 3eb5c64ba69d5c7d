//! A store in this process.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;

use super::backend::{LogEntries, LogPosition, Store, StoreError};
use crate::moment::Moment;
use crate::timer::Timer;

/// The maximum memory of the entries, those of logs included, in bytes.
const MAX_BYTES: usize = 256 << 20;
/// The memory that every entry takes beside its key and its value.
const BYTES_OF_ANY: usize = 128;
/// The maximum number of entries that one reading of a log returns.
const MAX_READ: usize = 1000;
/// The memory below which expired entries are not searched.
const MIN_SWEEP: usize = 1 << 20;

/// A store in this process: for one instance, and for tests of several. Clones share the entries.
///
/// It takes at most 256 MiB. When it is full of entries that have not expired, storing another one fails.
///
/// ```
/// use scopes_core::SecretKeys;
/// use scopes_core::store::{MemoryStore, SharedStore};
///
/// let (store, keys) = (MemoryStore::new(), SecretKeys::random()?);
/// // Two instances, in one test.
/// let instances = [SharedStore::new(store.clone(), &keys), SharedStore::new(store, &keys)];
/// # let _ = instances;
/// # Ok::<(), scopes_core::secret_keys::SecretKeysError>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Default)]
struct Shared {
    contents: Mutex<Contents>,
    appended: Notify,
}

#[derive(Default)]
struct Contents {
    values: HashMap<String, Value>,
    logs: HashMap<String, Log>,
    /// The number of entries that all logs have had.
    appended: u64,
    /// The memory of all entries.
    bytes: usize,
    /// The memory at which expired entries are searched next.
    sweep_at: usize,
}

struct Value {
    bytes: Vec<u8>,
    end: Moment,
}

/// The entries of a log, each with its number among those of all logs, so that a position has a meaning for a
/// log that was empty meanwhile.
#[derive(Default)]
struct Log(VecDeque<(u64, Value)>);

impl MemoryStore {
    /// Returns an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        // A panic cannot leave the contents half changed.
        self.0
            .contents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    /// Makes room for an entry.
    fn make_room(&mut self, bytes: usize, now: Moment) -> Result<(), StoreError> {
        if self.bytes + bytes > self.sweep_at.clamp(MIN_SWEEP, MAX_BYTES) {
            self.values.retain(|_, value| !now.has_reached(value.end));
            self.logs.retain(|_, log| log.sweep(now));
            let values = self.values.iter();
            let values = values.map(|(key, value)| value.size(key));
            let logs = self.logs.iter();
            let logs =
                logs.flat_map(|(name, log)| log.0.iter().map(move |(_, one)| one.size(name)));
            self.bytes = values.chain(logs).sum();
            self.sweep_at = 2 * self.bytes;
        }
        if self.bytes + bytes > MAX_BYTES {
            return Err(StoreError::new("the store in memory is full"));
        }
        self.bytes += bytes;
        Ok(())
    }

    fn put(&mut self, key: &str, value: Value, now: Moment) -> Result<(), StoreError> {
        self.remove(key);
        self.make_room(value.size(key), now)?;
        self.values.insert(key.to_owned(), value);
        Ok(())
    }

    fn remove(&mut self, key: &str) {
        if let Some(removed) = self.values.remove(key) {
            self.bytes -= removed.size(key);
        }
    }

    fn value(&self, key: &str, now: Moment) -> Option<&Value> {
        let value = self.values.get(key)?;
        (!now.has_reached(value.end)).then_some(value)
    }
}

impl Log {
    /// Removes the first entries that have expired. Returns whether others are left.
    fn sweep(&mut self, now: Moment) -> bool {
        while let Some((_, first)) = self.0.front()
            && now.has_reached(first.end)
        {
            self.0.pop_front();
        }
        !self.0.is_empty()
    }

    fn read(&self, after: u64, now: Moment) -> LogEntries {
        let first = self.0.partition_point(|(number, _)| *number <= after);
        let found = self.0.iter().skip(first).take(MAX_READ);
        let is_end = first + found.len() == self.0.len();
        let position = found
            .clone()
            .next_back()
            .map_or(after, |(number, _)| *number);
        let entries = found.filter(|(_, entry)| !now.has_reached(entry.end));
        let entries = entries.map(|(_, entry)| entry.bytes.clone()).collect();
        LogEntries::new(entries, LogPosition::new(&position.to_string())).end(is_end)
    }
}

impl Value {
    fn new(bytes: &[u8], lifetime: Duration, now: Moment) -> Self {
        Self {
            bytes: bytes.to_owned(),
            end: now.saturating_add(lifetime),
        }
    }

    fn size(&self, key: &str) -> usize {
        key.len() + self.bytes.len() + BYTES_OF_ANY
    }
}

impl Store for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let contents = self.contents();
        let value = contents.value(key, Moment::now());
        Ok(value.map(|value| value.bytes.clone()))
    }

    async fn put(&self, key: &str, value: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        let now = Moment::now();
        let value = Value::new(value, lifetime, now);
        self.contents().put(key, value, now)
    }

    async fn insert(
        &self,
        key: &str,
        value: &[u8],
        lifetime: Duration,
    ) -> Result<bool, StoreError> {
        let now = Moment::now();
        let mut contents = self.contents();
        if contents.value(key, now).is_some() {
            return Ok(false);
        }
        let value = Value::new(value, lifetime, now);
        contents.put(key, value, now).map(|()| true)
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.contents().remove(key);
        Ok(())
    }

    async fn append(&self, log: &str, entry: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        let now = Moment::now();
        let mut contents = self.contents();
        let entry = Value::new(entry, lifetime, now);
        contents.make_room(entry.size(log), now)?;
        contents.appended += 1;
        let number = contents.appended;
        let log = contents.logs.entry(log.to_owned()).or_default();
        log.0.push_back((number, entry));
        drop(contents);
        self.0.appended.notify_waiters();
        Ok(())
    }

    async fn read(
        &self,
        log: &str,
        after: Option<&LogPosition>,
        max_wait: Duration,
    ) -> Result<LogEntries, StoreError> {
        let after = after.and_then(|after| after.as_str().parse().ok());
        let read = || {
            let contents = self.contents();
            let absent = Log::default();
            let log = contents.logs.get(log).unwrap_or(&absent);
            log.read(after.unwrap_or_default(), Moment::now())
        };
        let mut timer = pin!(Timer::after(max_wait));
        loop {
            let mut appended = pin!(self.0.appended.notified());
            // From here on, an entry wakes this task.
            appended.as_mut().enable();
            let found = read();
            let waits = !max_wait.is_zero() && found.entries.is_empty();
            if !waits {
                return Ok(found);
            }
            let is_late = std::future::poll_fn(|context| {
                if appended.as_mut().poll(context).is_ready() {
                    return Poll::Ready(false);
                }
                timer.as_mut().poll(context).map(|()| true)
            });
            if is_late.await {
                return Ok(read());
            }
        }
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.contents().bytes;
        formatter
            .debug_struct("MemoryStore")
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}
