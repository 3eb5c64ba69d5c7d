//! Events of rmcp's streams in a store, from which any instance resumes a stream.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream;
use rmcp::ErrorData;
use rmcp::model::{
    CustomNotification, CustomRequest, CustomResult, JsonRpcError, JsonRpcMessage,
    JsonRpcNotification, JsonRpcRequest, JsonRpcResponse, JsonRpcVersion2_0, RequestId,
    ServerJsonRpcMessage, ServerNotification, ServerRequest, ServerResult,
};
use rmcp::transport::common::server_side_http::ServerSseMessage;
use rmcp::transport::streamable_http_server::session::store::{
    EventId, EventStore, EventStoreError, EventStream,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::ResourceServer;
use crate::store::{Purpose, SharedStore};

/// The maximum of the events of a stream that is resumed.
const MAX_BYTES: usize = 16 << 20;
/// The time for which a stream can be resumed after an event.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Returns a store of the events of `server`'s streams, with which a stream that has been interrupted is
/// resumed on any instance: rmcp replays the events that the client has not received.
///
/// Every event is stored before the client receives it: two for the answer to a call. Events are in the
/// store for five minutes, tool results included, encrypted like everything there. An event that cannot be
/// stored is sent all the same, and missing when the stream is resumed.
///
/// ```
/// # use std::sync::Arc;
/// # use rmcp::ServerHandler;
/// use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
/// use scopes_core::rmcp::{event_store, protect};
/// # use scopes_core::{ResourceServer, TokenVerifier, store::SharedStore};
///
/// # async fn example<H: ServerHandler>(
/// #     factory: impl Fn() -> std::io::Result<H> + Send + Sync + 'static,
/// #     server: ResourceServer,
/// #     verifier: impl TokenVerifier,
/// #     store: SharedStore,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let events = event_store(&store, &server);
/// let sessions = LocalSessionManager::default().with_event_store(events);
/// let journal = protect(factory, server, verifier)
///     .session_manager(Arc::new(sessions))
///     .store(&store)
///     .await?;
/// # let _ = journal;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn event_store(store: &SharedStore, server: &ResourceServer) -> Arc<dyn EventStore> {
    Arc::new(StoredEvents {
        store: store.clone(),
        resource: server.metadata().resource.as_str().into(),
    })
}

struct StoredEvents {
    store: SharedStore,
    resource: Arc<str>,
}

#[derive(Serialize, Deserialize)]
struct StoredEvent {
    /// Distinguishes it from the other events of its stream, and cannot be guessed: rmcp does not ask in
    /// whose session an event was sent.
    id: String,
    message: Option<Value>,
    /// In milliseconds.
    retry: Option<u64>,
}

impl StoredEvents {
    fn parts<'p>(&'p self, stream: &'p str) -> [&'p [u8]; 2] {
        [self.resource.as_bytes(), stream.as_bytes()]
    }

    /// Returns all events of a stream, in order.
    async fn events(&self, stream: &str) -> Result<Vec<StoredEvent>, EventStoreError> {
        let (parts, mut after) = (self.parts(stream), None);
        let (mut events, mut bytes) = (Vec::new(), 0);
        loop {
            let read = self
                .store
                .read(Purpose::Event, &parts, after.as_ref(), Duration::ZERO);
            let read = read.await?;
            let entries = read.entries.iter();
            bytes += entries.clone().map(|(entry, _)| entry.len()).sum::<usize>();
            if bytes > MAX_BYTES {
                return Err("the stream is too long to be resumed".into());
            }
            events.extend(entries.filter_map(|(entry, _)| serde_json::from_slice(entry).ok()));
            if read.is_end || after.as_ref() == Some(&read.position) {
                return Ok(events);
            }
            after = Some(read.position);
        }
    }
}

#[async_trait]
impl EventStore for StoredEvents {
    async fn store_event(
        &self,
        stream: &str,
        event: &ServerSseMessage,
    ) -> Result<EventId, EventStoreError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        let mut id = String::with_capacity(2 * random.len());
        for byte in random {
            write!(id, "{byte:02x}")?;
        }
        let event_id = format!("{id}/{stream}");
        let message = event.message.as_ref();
        let retry = event.retry.map(|retry| retry.as_millis().try_into());
        let event = StoredEvent {
            id,
            message: message
                .map(|message| serde_json::to_value(&**message))
                .transpose()?,
            retry: retry.transpose()?,
        };
        let event = serde_json::to_vec(&event)?;
        let parts = self.parts(stream);
        // With an error, rmcp would not send the event at all.
        let _ = self
            .store
            .append(Purpose::Event, &parts, &event, LIFETIME)
            .await;
        Ok(event_id)
    }

    async fn replay_events_after(&self, last: &str) -> Result<EventStream, EventStoreError> {
        let (id, stream) = last.split_once('/').ok_or("the id of no event")?;
        let events = self.events(stream).await?;
        let place = events.iter().position(|event| event.id == id);
        let place = place.ok_or("the event is unknown, or too old")?;
        let missed = events.into_iter().skip(place + 1);
        let missed: Vec<_> = missed.filter_map(|event| event.replayed(stream)).collect();
        Ok(Box::pin(stream::iter(missed)))
    }
}

impl StoredEvent {
    fn replayed(self, stream: &str) -> Option<ServerSseMessage> {
        let mut event = match self.message {
            Some(message) => ServerSseMessage::from_message(read(message)?),
            None => ServerSseMessage::retry(Duration::ZERO),
        };
        event.event_id = Some(format!("{}/{stream}", self.id));
        event.retry = self.retry.map(Duration::from_millis);
        Some(event)
    }
}

/// Reads a message without interpreting it: rmcp's types for known results and notifications would not
/// write every member again.
fn read(message: Value) -> Option<ServerJsonRpcMessage> {
    #[derive(Deserialize)]
    struct Members {
        id: Option<RequestId>,
        method: Option<String>,
        params: Option<Value>,
        result: Option<Value>,
        error: Option<ErrorData>,
    }
    let Members {
        id,
        method,
        params,
        result,
        error,
    } = serde_json::from_value(message).ok()?;
    let jsonrpc = JsonRpcVersion2_0;
    Some(match (method, id) {
        (Some(method), Some(id)) => JsonRpcMessage::Request(JsonRpcRequest {
            jsonrpc,
            id,
            request: ServerRequest::CustomRequest(CustomRequest::new(method, params)),
        }),
        (Some(method), None) => {
            let notification = CustomNotification::new(method, params);
            JsonRpcMessage::Notification(JsonRpcNotification {
                jsonrpc,
                notification: ServerNotification::CustomNotification(notification),
            })
        }
        (None, id) => match (error, id, result) {
            (Some(error), id, _) => JsonRpcMessage::Error(JsonRpcError::new(id, error)),
            (None, Some(id), Some(result)) => JsonRpcMessage::Response(JsonRpcResponse {
                jsonrpc,
                id,
                result: ServerResult::CustomResult(CustomResult(result)),
            }),
            _ => return None,
        },
    })
}
