//! The connection to a Redis server, which is replaced when it fails.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult,
    ScriptInvocation,
};

use crate::store::StoreError;

/// The time limit of an attempt to connect, and of an answer. Callers have shorter ones.
const TIMEOUT: Duration = Duration::from_secs(2);
/// A connection is replaced when a caller has given up after this time: it may be dead. A shorter wait
/// ends because of the caller alone.
const GIVEN_UP: Duration = Duration::from_millis(100);

/// A connection that all calls share.
pub(super) struct Connection(Arc<Shared>);

struct Shared {
    client: Client,
    current: Mutex<Option<Live>>,
    /// Held while a connection is made.
    connecting: tokio::sync::Mutex<()>,
    next: AtomicU64,
}

#[derive(Clone)]
struct Live {
    number: u64,
    connection: MultiplexedConnection,
}

/// A request to the server.
pub(super) enum Request<'r> {
    Command(&'r Cmd),
    Script(&'r ScriptInvocation<'r>),
}

/// A call over a connection.
struct Call<'c> {
    shared: &'c Shared,
    number: u64,
    began: Instant,
    is_answered: bool,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self(Arc::new(Shared {
            client,
            current: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
            next: AtomicU64::new(0),
        }))
    }

    /// Sends a request, and once more over a new connection if the server has closed the connection, as when
    /// it has restarted since. So a request can take effect twice, whose second answer counts: an insertion
    /// is then one that failed.
    pub(super) async fn send<T: FromRedisValue>(
        &self,
        request: &Request<'_>,
    ) -> Result<T, StoreError> {
        let answer = match self.attempt(request).await? {
            Err(error) if error.is_connection_dropped() => self.attempt(request).await?,
            answer => answer,
        };
        answer.map_err(StoreError::new)
    }

    /// Returns the answer; an error if there is no connection.
    async fn attempt<T: FromRedisValue>(
        &self,
        request: &Request<'_>,
    ) -> Result<RedisResult<T>, StoreError> {
        let mut live = self.live().await.map_err(StoreError::new)?;
        let call = self.call(&live);
        let connection = &mut live.connection;
        Ok(call.ended(match request {
            Request::Command(command) => command.query_async(connection).await,
            Request::Script(script) => script.invoke_async(connection).await,
        }))
    }

    fn call(&self, live: &Live) -> Call<'_> {
        Call {
            shared: &self.0,
            number: live.number,
            began: Instant::now(),
            is_answered: false,
        }
    }

    /// Returns the connection, or makes one. Making it goes on when the caller gives up, so that it
    /// succeeds however short the callers' time limits are.
    async fn live(&self) -> RedisResult<Live> {
        if let Some(live) = self.0.current().clone() {
            return Ok(live);
        }
        let shared = Arc::clone(&self.0);
        let connected = tokio::spawn(async move { shared.connect().await });
        connected.await.unwrap_or_else(|error| {
            let problem = (ErrorKind::Io, "the attempt to connect has ended");
            Err(RedisError::from((problem.0, problem.1, error.to_string())))
        })
    }
}

impl Shared {
    async fn connect(&self) -> RedisResult<Live> {
        let _connecting = self.connecting.lock().await;
        if let Some(live) = self.current().clone() {
            return Ok(live);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let live = Live {
            number: self.next.fetch_add(1, Ordering::Relaxed),
            connection: connecting.await?,
        };
        *self.current() = Some(live.clone());
        Ok(live)
    }

    /// Has the next call make another connection.
    fn discard(&self, number: u64) {
        let mut current = self.current();
        if current.as_ref().is_some_and(|live| live.number == number) {
            *current = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<Live>> {
        // A panic cannot leave it half changed.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call<'_> {
    fn ended<T>(mut self, result: RedisResult<T>) -> RedisResult<T> {
        self.is_answered = true;
        if let Err(error) = &result {
            // A replica, after a failover, does not write.
            let is_replica = error.code() == Some("READONLY");
            let is_broken = error.is_io_error()
                || error.is_timeout()
                || error.is_connection_dropped()
                || error.is_unrecoverable_error();
            if is_broken || is_replica {
                self.shared.discard(self.number);
            }
        }
        result
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.is_answered && self.began.elapsed() >= GIVEN_UP {
            self.shared.discard(self.number);
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The settings contain the password.
        let address = self.0.client.get_connection_info().addr().to_string();
        formatter.debug_tuple("Connection").field(&address).finish()
    }
}
