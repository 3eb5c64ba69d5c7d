//! A store that several instances of one server share.
//!
//! A [`SharedStore`] is a [`Store`] with secret keys. Every instance is given the same store and the same
//! keys. [`MemoryStore`] is in this process: for one instance, and for tests.
#![cfg_attr(feature = "redis", doc = "[`RedisStore`] is a Redis or Valkey server.")]
//!
//! # What the store learns
//!
//! The keys of entries are keyed hashes: no token, session id or task id is in the store in the clear.
//! Values are encrypted and authenticated (XChaCha20-Poly1305), together with their purpose, the hash of
//! their key and the time at which they expire. So whoever can write to the store can remove entries, and
//! restore earlier ones until they expire; but they cannot make one, alter one, move one to another key,
//! or use one for longer. What is not authentic is absent, and counted as `invalid`.
//!
//! # Failures
//!
//! A call that takes longer than [`timeout`](SharedStore::timeout) has failed. After
//! [`max_failures`](SharedStore::max_failures) in a row for one purpose, the store is not called for it during
//! [`pause`](SharedStore::pause), and then by one call at a time until one succeeds. What protects fails
//! closed meanwhile, and what only remembers is done the slow way, without the store.
//!
//! ```
//! use std::time::Duration;
//! use scopes_core::SecretKeys;
//! use scopes_core::store::{MemoryStore, SharedStore};
//!
//! let keys = SecretKeys::random()?;
//! let store = SharedStore::new(MemoryStore::new(), &keys).timeout(Duration::from_millis(200));
//! # let _ = store;
//! # Ok::<(), scopes_core::secret_keys::SecretKeysError>(())
//! ```
#![allow(
    dead_code,
    unused_imports,
    reason = "each of the features that share something uses a part"
)]

mod backend;
mod circuit;
mod erased;
mod memory;
mod purpose;
#[cfg(feature = "redis")]
mod redis;
mod sealing;
mod shared;

pub use backend::{LogEntries, LogPosition, Store, StoreError};
pub use memory::MemoryStore;
pub(crate) use purpose::Purpose;
#[cfg(feature = "redis")]
pub use redis::{OpenRedisError, RedisStore};
pub use shared::SharedStore;
pub(crate) use shared::{SharedEntries, Unavailable};
