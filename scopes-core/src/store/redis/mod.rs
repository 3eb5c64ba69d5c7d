//! A store in Redis or Valkey.

mod connection;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::{Client, ConnectionAddr, Script, cmd};
use rustls::crypto::CryptoProvider;

use self::connection::{Connection, Request};
use super::backend::{LogEntries, LogPosition, Store, StoreError};
use crate::timer::Timer;

/// The beginning of all keys: the name of the crate, and the version of the format.
const PREFIX: &str = "scopes:1:";
/// The maximum number of entries that one reading of a log returns.
const MAX_READ: usize = 1000;
/// The maximum of their bytes.
const MAX_READ_BYTES: usize = 4 << 20;
/// The length of the longest value that is read.
const MAX_VALUE: usize = 4 << 20;
/// The time between two searches for entries of a log while a reader waits.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A store in a Redis server of version 6.2 or later, or in Valkey.
///
/// All keys begin with `scopes:1:` and expire. Logs are streams, whose readers ask every 100 ms. The server
/// must not evict keys: with `maxmemory`, set `maxmemory-policy noeviction`. A log counts as lost after each
/// restart or failover of the server, which may have forgotten the latest entries.
///
/// It needs a tokio runtime. A connection that fails is replaced at the next call.
///
/// ```no_run
/// use scopes_core::SecretKeys;
/// use scopes_core::store::{RedisStore, SharedStore};
///
/// let keys = SecretKeys::from_file("/etc/epicme/session-keys")?;
/// let store = SharedStore::new(RedisStore::open("rediss://:password@redis.internal")?, &keys);
/// # let _ = store;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RedisStore {
    connection: Connection,
    get: Script,
    append: Script,
    read: Script,
}

impl RedisStore {
    /// Returns the store at `url`: `redis://`, `rediss://` for TLS, or `redis+unix://` for a socket, with user,
    /// password and database as in `redis://user:password@host:6379/0`. It connects at the first call.
    ///
    /// TLS is that of rustls, with the certificates of the system.
    ///
    /// # Errors
    ///
    /// If the URL is invalid, or asks for TLS and rustls has no provider of cryptography.
    pub fn open(url: &str) -> Result<Self, OpenRedisError> {
        let client = Client::open(url).map_err(|error| OpenRedisError::Url(Arc::new(error)))?;
        if matches!(
            client.get_connection_info().addr(),
            ConnectionAddr::TcpTls { .. }
        ) {
            provide_cryptography()?;
        }
        Ok(Self {
            connection: Connection::new(client),
            get: Script::new(include_str!("get.lua")),
            append: Script::new(include_str!("append.lua")),
            read: Script::new(include_str!("read.lua")),
        })
    }
}

/// The client takes the provider of the process.
fn provide_cryptography() -> Result<(), OpenRedisError> {
    #[cfg(feature = "aws-lc")]
    if CryptoProvider::get_default().is_none() {
        // Another thread may have installed one meanwhile.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    match CryptoProvider::get_default() {
        Some(_) => Ok(()),
        None => Err(OpenRedisError::NoCryptography),
    }
}

fn key(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// The shortest lifetime in Redis is a millisecond.
fn milliseconds(lifetime: Duration) -> u64 {
    u64::try_from(lifetime.as_millis()).map_or(u64::MAX, |lifetime| lifetime.clamp(1, MAX_LIFETIME))
}

/// A century; Redis rejects what overflows its clock.
const MAX_LIFETIME: u64 = 100 * 365 * 24 * 60 * 60 * 1000;

/// Returns a name that no log has had.
fn new_generation() -> Result<String, StoreError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(StoreError::new)?;
    Ok(format!("{:032x}", u128::from_be_bytes(random)))
}

impl Store for RedisStore {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut get = self.get.key(key(name));
        get.arg(MAX_VALUE);
        self.connection.send(&Request::Script(&get)).await
    }

    async fn put(&self, name: &str, value: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        let mut set = cmd("SET");
        set.arg(key(name)).arg(value);
        set.arg("PX").arg(milliseconds(lifetime));
        self.connection.send(&Request::Command(&set)).await
    }

    async fn insert(
        &self,
        name: &str,
        value: &[u8],
        lifetime: Duration,
    ) -> Result<bool, StoreError> {
        let mut set = cmd("SET");
        set.arg(key(name)).arg(value).arg("NX");
        set.arg("PX").arg(milliseconds(lifetime));
        let stored: Option<String> = self.connection.send(&Request::Command(&set)).await?;
        Ok(stored.is_some())
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.connection
            .send(&Request::Command(cmd("UNLINK").arg(key(name))))
            .await
    }

    async fn append(&self, log: &str, entry: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        let log = key(log);
        let mut append = self.append.key(&log);
        append.key(format!("{log}:generation"));
        append.arg(entry).arg(milliseconds(lifetime));
        append.arg(new_generation()?);
        self.connection.send(&Request::Script(&append)).await
    }

    async fn read(
        &self,
        log: &str,
        after: Option<&LogPosition>,
        max_wait: Duration,
    ) -> Result<LogEntries, StoreError> {
        let began = Instant::now();
        let log = key(log);
        let mut after = after.map_or_else(String::new, |after| after.as_str().to_owned());
        loop {
            let mut read = self.read.key(&log);
            read.key(format!("{log}:generation"));
            read.arg(&after).arg(MAX_READ).arg(MAX_READ_BYTES);
            let (is_lost, position, entries, is_end): (bool, String, Vec<Vec<u8>>, bool) =
                self.connection.send(&Request::Script(&read)).await?;
            let left = max_wait.saturating_sub(began.elapsed());
            if is_lost || !entries.is_empty() || left.is_zero() {
                let position = LogPosition::new(&position);
                let entries = LogEntries::new(entries, position);
                return Ok(entries.lost(is_lost).end(is_end));
            }
            after = position;
            Timer::after(left.min(POLL_INTERVAL)).await;
        }
    }
}

/// Returned when a Redis store cannot be opened. `Debug` prints what `Display` does; neither shows the URL.
///
/// ```
/// use scopes_core::store::{OpenRedisError, RedisStore};
///
/// let error = RedisStore::open("http://redis.internal").unwrap_err();
/// assert!(matches!(error, OpenRedisError::Url(_)));
/// ```
#[non_exhaustive]
pub enum OpenRedisError {
    /// The URL is invalid.
    Url(Arc<dyn Error + Send + Sync>),
    /// The URL asks for TLS, and rustls has no provider of cryptography.
    NoCryptography,
}

impl fmt::Display for OpenRedisError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => write!(
                formatter,
                "the URL of the Redis store is invalid: {error}; write `redis://`, `rediss://` or \
                 `redis+unix://`, as in `redis://user:password@host:6379/0`"
            ),
            Self::NoCryptography => formatter.write_str(
                "rustls has no provider of cryptography for `rediss://`: install one, or use the feature \
                 `aws-lc`",
            ),
        }
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for OpenRedisError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for OpenRedisError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Url(error) => Some(&**error),
            Self::NoCryptography => None,
        }
    }
}
