//! The one layer between the crate and any store.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::backend::{LogEntries, LogPosition, Store, StoreError};
use super::circuit::{Change, Circuits};
use super::erased::AnyStore;
use super::memory::MemoryStore;
use super::purpose::Purpose;
use super::sealing::{Name, Sealing};
use crate::observe::{self, StoreResult};
use crate::secret_keys::{SecretKeys, SecretKeysError};
use crate::timer::Timer;

/// A store that several instances share, with the keys that protect its contents: see
/// [the module](super). Cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use scopes_core::store::SharedStore;
///
/// let store = SharedStore::in_memory()?.timeout(Duration::from_millis(200)).max_failures(3);
/// # let _ = store;
/// # Ok::<(), scopes_core::secret_keys::SecretKeysError>(())
/// ```
#[derive(Clone)]
pub struct SharedStore {
    store: Arc<dyn AnyStore>,
    keys: SecretKeys,
    /// One for each key; the first one seals.
    sealings: Arc<[Sealing]>,
    circuits: Arc<Circuits>,
    timeout: Duration,
    max_failures: u32,
    pause: Duration,
}

/// Authentic entries of a log.
pub(crate) struct SharedEntries {
    /// Each with `true` if it is sealed with the key that seals now: another key is about to go.
    pub(crate) entries: Vec<(Vec<u8>, bool)>,
    pub(crate) position: LogPosition,
    pub(crate) is_lost: bool,
    pub(crate) is_end: bool,
}

/// Returned when the store cannot be used now. Operators have been told why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the store cannot be used now")
    }
}

impl std::error::Error for Unavailable {}

impl SharedStore {
    /// Returns `store`, whose contents are protected with `keys`. Give every instance the same store and
    /// the same keys.
    #[must_use]
    pub fn new(store: impl Store, keys: &SecretKeys) -> Self {
        Self {
            store: Arc::new(store),
            keys: keys.clone(),
            sealings: Sealing::of(keys).into(),
            circuits: Arc::default(),
            timeout: Duration::from_millis(500),
            max_failures: 5,
            pause: Duration::from_secs(1),
        }
    }

    /// Returns a store in this process, with a random key.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn in_memory() -> Result<Self, SecretKeysError> {
        Ok(Self::new(MemoryStore::new(), &SecretKeys::random()?))
    }

    /// Sets the time after which a call of the store has failed; 500 ms by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the number of failures in a row after which the store is not called for a
    /// [pause](Self::pause); 5 by default.
    #[must_use]
    pub fn max_failures(mut self, failures: u32) -> Self {
        self.max_failures = failures;
        self
    }

    /// Sets the time for which the store is not called after [too many](Self::max_failures) failures; one
    /// second by default. Calls fail at once meanwhile.
    #[must_use]
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Returns the keys, from which those of session ids are derived, too.
    #[cfg(feature = "mcp")]
    pub(crate) const fn keys(&self) -> &SecretKeys {
        &self.keys
    }

    /// Returns the value of an entry. One that is not authentic, or has expired, is absent.
    pub(crate) async fn get(
        &self,
        purpose: Purpose,
        parts: &[&[u8]],
    ) -> Result<Option<Vec<u8>>, Unavailable> {
        let mut result = StoreResult::Miss;
        for sealing in &*self.sealings {
            let name = sealing.name(purpose, parts);
            let key = name.to_key();
            let sealed = self.call(purpose, self.store.get(&key), self.timeout);
            let Some(sealed) = sealed.await? else {
                continue;
            };
            if let Some(value) = sealing.open(&name, &sealed) {
                observe::stored(purpose.as_str(), StoreResult::Hit);
                return Ok(Some(value));
            }
            result = StoreResult::Invalid;
        }
        observe::stored(purpose.as_str(), result);
        Ok(None)
    }

    /// Stores the value of an entry, in the place of another one. It is stored under each of the keys, so that
    /// an instance with another first key does not find an earlier value.
    pub(crate) async fn put(
        &self,
        purpose: Purpose,
        parts: &[&[u8]],
        value: &[u8],
        lifetime: Duration,
    ) -> Result<(), Unavailable> {
        for sealing in &*self.sealings {
            let name = sealing.name(purpose, parts);
            let sealed = seal(purpose, sealing, &name, value, lifetime)?;
            let key = name.to_key();
            let put = self.store.put(&key, &sealed, lifetime);
            self.call(purpose, put, self.timeout).await?;
        }
        observe::stored(purpose.as_str(), StoreResult::Ok);
        Ok(())
    }

    /// Stores the value of an entry that is absent, and returns whether it was. It is stored under each of the
    /// keys, so that of two instances that have one key in common, one receives `true`.
    pub(crate) async fn insert(
        &self,
        purpose: Purpose,
        parts: &[&[u8]],
        value: &[u8],
        lifetime: Duration,
    ) -> Result<bool, Unavailable> {
        let is_absent = self.insert_under_each(purpose, parts, value, lifetime);
        let is_absent = is_absent.await?;
        let result = if is_absent {
            StoreResult::Ok
        } else {
            StoreResult::Hit
        };
        observe::stored(purpose.as_str(), result);
        Ok(is_absent)
    }

    async fn insert_under_each(
        &self,
        purpose: Purpose,
        parts: &[&[u8]],
        value: &[u8],
        lifetime: Duration,
    ) -> Result<bool, Unavailable> {
        let sealings = self.sealings.iter();
        let names = sealings.map(|sealing| (sealing, sealing.name(purpose, parts)));
        let mut names: Vec<_> = names.collect();
        // In an order that all instances have, whichever key is their first: one of several is first everywhere.
        names.sort_by_key(|(_, name)| name.to_key());
        if names.len() > 1 {
            for (_, name) in &names {
                let key = name.to_key();
                let found = self.call(purpose, self.store.get(&key), self.timeout);
                if found.await?.is_some() {
                    return Ok(false);
                }
            }
        }
        for (place, (sealing, name)) in names.iter().enumerate() {
            let sealed = seal(purpose, sealing, name, value, lifetime)?;
            let key = name.to_key();
            let insert = self.store.insert(&key, &sealed, lifetime);
            if !self.call(purpose, insert, self.timeout).await? {
                // Another instance was faster; its value is the only one.
                for (_, name) in &names[..place] {
                    let key = name.to_key();
                    let remove = self.store.remove(&key);
                    self.call(purpose, remove, self.timeout).await?;
                }
                return Ok(false);
            }
        }
        Ok(!names.is_empty())
    }

    /// Removes an entry.
    pub(crate) async fn remove(
        &self,
        purpose: Purpose,
        parts: &[&[u8]],
    ) -> Result<(), Unavailable> {
        for sealing in &*self.sealings {
            let key = sealing.name(purpose, parts).to_key();
            self.call(purpose, self.store.remove(&key), self.timeout)
                .await?;
        }
        observe::stored(purpose.as_str(), StoreResult::Ok);
        Ok(())
    }

    /// Appends an entry to a log. With `Ok`, the store has it.
    pub(crate) async fn append(
        &self,
        purpose: Purpose,
        parts: &[&[u8]],
        entry: &[u8],
        lifetime: Duration,
    ) -> Result<(), Unavailable> {
        let sealing = self.sealings.first().ok_or(Unavailable)?;
        let name = sealing.name(purpose, parts);
        let sealed = seal(purpose, sealing, &name, entry, lifetime)?;
        let log = Name::of_log(purpose, parts);
        let append = self.store.append(&log, &sealed, lifetime);
        self.call(purpose, append, self.timeout).await?;
        observe::stored(purpose.as_str(), StoreResult::Ok);
        Ok(())
    }

    /// Returns the entries of a log after a position; see [`Store::read`]. Those that are not authentic, or
    /// have expired, are left out.
    pub(crate) async fn read(
        &self,
        purpose: Purpose,
        parts: &[&[u8]],
        after: Option<&LogPosition>,
        max_wait: Duration,
    ) -> Result<SharedEntries, Unavailable> {
        let log = Name::of_log(purpose, parts);
        let read = self.store.read(&log, after, max_wait);
        let timeout = self.timeout.saturating_add(max_wait);
        let read = self.call(purpose, read, timeout).await?;
        let sealings = self.sealings.iter();
        let named: Vec<_> = sealings
            .map(|sealing| (sealing, sealing.name(purpose, parts)))
            .collect();
        let opened = read.entries.into_iter().filter_map(|entry| {
            let mut each = named.iter().enumerate();
            let opened = each.find_map(|(place, (sealing, name))| {
                let entry = sealing.open(name, &entry)?;
                Some((entry, place == 0))
            });
            if opened.is_none() {
                observe::stored(purpose.as_str(), StoreResult::Invalid);
            }
            opened
        });
        let entries = opened.collect();
        observe::stored(purpose.as_str(), StoreResult::Ok);
        Ok(SharedEntries {
            entries,
            position: read.position,
            is_lost: read.is_lost,
            is_end: read.is_end,
        })
    }

    /// Calls the store within the timeout, unless it is paused.
    async fn call<T>(
        &self,
        purpose: Purpose,
        call: impl Future<Output = Result<T, StoreError>>,
        timeout: Duration,
    ) -> Result<T, Unavailable> {
        let circuit = self.circuits.of(purpose);
        let Some(admitted) = circuit.admit(self.pause) else {
            observe::stored(purpose.as_str(), StoreResult::Paused);
            return Err(Unavailable);
        };
        let answer = within(timeout, call).await;
        admitted.ended();
        let (result, error) = match answer {
            Some(Ok(answer)) => {
                if circuit.succeeded() == Change::Closed {
                    observe::store_resumed();
                }
                return Ok(answer);
            }
            Some(Err(error)) => (StoreResult::Failed, error),
            None => {
                let error = format!("no answer within {} ms", timeout.as_millis());
                (StoreResult::TimedOut, StoreError::new(error))
            }
        };
        observe::stored(purpose.as_str(), result);
        observe::store_failed(purpose.as_str(), &error);
        if circuit.failed(self.max_failures, self.pause) == Change::Opened {
            observe::store_paused();
        }
        Err(Unavailable)
    }
}

fn seal(
    purpose: Purpose,
    sealing: &Sealing,
    name: &Name,
    value: &[u8],
    lifetime: Duration,
) -> Result<Vec<u8>, Unavailable> {
    sealing.seal(name, value, lifetime).ok_or_else(|| {
        observe::stored(purpose.as_str(), StoreResult::Failed);
        Unavailable
    })
}

/// Awaits a future for at most `limit`.
async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut timer = pin!(Timer::after(limit));
    std::future::poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        timer.as_mut().poll(context).map(|()| None)
    })
    .await
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SharedStore")
            .field("timeout", &self.timeout)
            .field("max_failures", &self.max_failures)
            .field("pause", &self.pause)
            .finish_non_exhaustive()
    }
}
