//! rmcp's service with sessions that other instances have opened.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::{
    SessionManager, StreamableHttpServerConfig, StreamableHttpService,
};
use tower_service::Service;

pub(super) use self::stored::StoredSessions;
use crate::error::AuthorizeError;
use crate::tower::Refusal;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// When clients may ask again for a session while the store is unavailable.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// rmcp's service. With a store, sessions that another instance has opened are restored from it, and
/// while it is unavailable, requests in such a session are answered with 503: rmcp alone would answer
/// with 500.
///
/// ```
/// # use rmcp::ServerHandler;
/// # use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
/// # use scopes_core::TokenVerifier;
/// use scopes_core::mcp::Gate;
/// use scopes_core::rmcp::{ProtectedServer, SharedSessions};
/// use scopes_core::tower::Protect;
///
/// /// A layer, a gate and rmcp's service, one inside the other.
/// fn service<H: ServerHandler, V: TokenVerifier>(
///     journal: &ProtectedServer<H, V>,
/// ) -> Protect<Gate<SharedSessions<H, LocalSessionManager>>, V> {
///     journal.service()
/// }
/// ```
pub struct SharedSessions<H, M> {
    service: StreamableHttpService<H, M>,
    sessions: Arc<M>,
    stored: Option<StoredSessions>,
}

impl<H, M> SharedSessions<H, M>
where
    H: ServerHandler,
    M: SessionManager,
{
    pub(super) fn new(
        factory: impl Fn() -> std::io::Result<H> + Send + Sync + 'static,
        sessions: Arc<M>,
        config: StreamableHttpServerConfig,
        stored: Option<StoredSessions>,
    ) -> Self {
        let config = match &stored {
            Some(stored) => stored.set_in(config),
            None => config,
        };
        Self {
            service: StreamableHttpService::new(factory, Arc::clone(&sessions), config),
            sessions,
            stored,
        }
    }
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

impl<H, M> Service<Request<Full<Bytes>>> for SharedSessions<H, M>
where
    H: ServerHandler,
    M: SessionManager,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = <StreamableHttpService<H, M> as Service<Request<Full<Bytes>>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Full<Bytes>>>::poll_ready(&mut self.service, context)
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let named = request.headers().get(SESSION);
        let named = named.and_then(|id| id.to_str().ok()).map(Arc::<str>::from);
        let (Some(stored), Some(id)) = (self.stored.clone(), named) else {
            return self.service.call(request);
        };
        let (sessions, mut service) = (Arc::clone(&self.sessions), self.service.clone());
        Box::pin(async move {
            let is_here = sessions.has_session(&id).await.unwrap_or(true);
            if is_here || stored.is_available(&id).await {
                return service.call(request).await;
            }
            Ok(unavailable())
        })
    }
}

fn unavailable() -> Answer {
    let refusal = Refusal::from(AuthorizeError::Unavailable {
        retry_after: RETRY_AFTER,
    });
    let mut response = Response::new(Empty::new().boxed());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.extensions_mut().insert(refusal);
    response
}

impl<H, M> Clone for SharedSessions<H, M> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            sessions: Arc::clone(&self.sessions),
            stored: self.stored.clone(),
        }
    }
}

impl<H, M> fmt::Debug for SharedSessions<H, M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SharedSessions")
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "store")]
mod stored {
    use std::sync::Arc;
    use std::time::Duration;

    use async_trait::async_trait;
    use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
    use rmcp::transport::streamable_http_server::session::store::{
        SessionState, SessionStore, SessionStoreError,
    };

    use crate::caller::Caller;
    use crate::store::{Purpose, SharedStore};

    /// The maximum of the parameters of a session that is stored: clients send less than 1 KiB.
    const MAX_BYTES: usize = 16 << 10;
    /// The time after which a session can no longer be restored.
    const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

    /// The sessions of one resource in a store: the parameters with which each was initialized.
    #[derive(Clone, Debug)]
    pub(in crate::rmcp) struct StoredSessions {
        store: SharedStore,
        resource: Arc<str>,
    }

    impl StoredSessions {
        pub(in crate::rmcp) fn new(store: SharedStore, resource: &str) -> Self {
            Self {
                store,
                resource: resource.into(),
            }
        }

        pub(super) fn set_in(
            &self,
            mut config: StreamableHttpServerConfig,
        ) -> StreamableHttpServerConfig {
            config.session_store = Some(Arc::new(self.clone()));
            config
        }

        /// Returns whether the store answers about a session.
        pub(super) async fn is_available(&self, id: &str) -> bool {
            self.store
                .get(Purpose::Session, &self.parts(id))
                .await
                .is_ok()
        }

        fn parts<'p>(&'p self, id: &'p str) -> [&'p [u8]; 2] {
            [self.resource.as_bytes(), id.as_bytes()]
        }
    }

    #[async_trait]
    impl SessionStore for StoredSessions {
        async fn load(&self, id: &str) -> Result<Option<SessionState>, SessionStoreError> {
            let parts = self.parts(id);
            let bytes = self.store.get(Purpose::Session, &parts).await?;
            Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
        }

        /// Without an error, a session that is not stored goes on at this instance.
        async fn store(&self, id: &str, state: &SessionState) -> Result<(), SessionStoreError> {
            // One that was opened without a token has no principal, and no other instance restores it.
            if Caller::current().token().is_none() {
                return Ok(());
            }
            let bytes = serde_json::to_vec(state)?;
            if bytes.len() > MAX_BYTES {
                return Ok(());
            }
            let parts = self.parts(id);
            let put = self.store.put(Purpose::Session, &parts, &bytes, LIFETIME);
            Ok(put.await?)
        }

        async fn delete(&self, id: &str) -> Result<(), SessionStoreError> {
            Ok(self.store.remove(Purpose::Session, &self.parts(id)).await?)
        }
    }
}

#[cfg(not(feature = "store"))]
mod stored {
    use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;

    /// There are none without a store.
    #[derive(Clone, Debug)]
    pub(in crate::rmcp) enum StoredSessions {}

    impl StoredSessions {
        pub(super) fn set_in(&self, _: StreamableHttpServerConfig) -> StreamableHttpServerConfig {
            match *self {}
        }

        #[allow(clippy::unused_async, reason = "as with a store")]
        pub(super) async fn is_available(&self, _: &str) -> bool {
            match *self {}
        }
    }
}
