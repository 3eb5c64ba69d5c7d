//! The layer and its settings.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use tower_layer::Layer;

use super::answer;
use super::metadata_endpoint::MetadataEndpoint;
use super::service::Protect;
use crate::error::AuthorizeError;
use crate::resource::{Challenge, ResourceServer};
use crate::token::TokenVerifier;

/// Makes the body of a refusal and says of which media type it is.
pub type RefusalBody =
    dyn Fn(&AuthorizeError, Option<&Challenge>) -> (HeaderValue, Bytes) + Send + Sync;

/// Makes a service a protected resource: see [the module](super).
///
/// Every request needs a good token, but for those to the metadata and to
/// [public paths](Self::public_path). What it may do beyond that, guards in the service decide.
#[must_use = "a layer does nothing until it is put around a service"]
pub struct ProtectLayer<V> {
    settings: Arc<Settings>,
    verifier: Arc<V>,
}

/// What every request is answered by.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) server: ResourceServer,
    pub(super) metadata: MetadataEndpoint,
    pub(super) public_paths: HashSet<String>,
    pub(super) body: Arc<RefusalBody>,
    pub(super) cors: bool,
}

impl<V: TokenVerifier> ProtectLayer<V> {
    /// Protects a service as `server`, with tokens that `verifier` finds good.
    pub fn new(server: ResourceServer, verifier: V) -> Self {
        Self {
            settings: Arc::new(Settings {
                metadata: MetadataEndpoint::new(&server),
                server,
                public_paths: HashSet::new(),
                body: Arc::new(answer::json_body),
                cors: true,
            }),
            verifier: Arc::new(verifier),
        }
    }

    /// Lets requests to this very path through without a token, and without looking for one.
    pub fn public_path(mut self, path: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.settings)
            .public_paths
            .insert(path.into());
        self
    }

    /// Replaces the body of refusals, which is a JSON object with `error`, `error_description` and
    /// `scope`. Status and headers stay.
    pub fn refusal_body(
        mut self,
        body: impl Fn(&AuthorizeError, Option<&Challenge>) -> (HeaderValue, Bytes)
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).body = Arc::new(body);
        self
    }

    /// Leaves CORS to another layer.
    ///
    /// By default, preflights are answered, and pages of any origin may read responses and their
    /// `WWW-Authenticate`: tokens come in a header that a page has to set itself, so this opens
    /// nothing that the token does not.
    pub fn without_cors(mut self) -> Self {
        Arc::make_mut(&mut self.settings).cors = false;
        self
    }
}

impl<V> Clone for ProtectLayer<V> {
    fn clone(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            verifier: Arc::clone(&self.verifier),
        }
    }
}

impl<S, V> Layer<S> for ProtectLayer<V> {
    type Service = Protect<S, V>;

    fn layer(&self, inner: S) -> Self::Service {
        Protect::new(
            inner,
            Arc::clone(&self.settings),
            Arc::clone(&self.verifier),
        )
    }
}

impl<V> fmt::Debug for ProtectLayer<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProtectLayer")
            .field("server", &self.settings.server)
            .finish_non_exhaustive()
    }
}
