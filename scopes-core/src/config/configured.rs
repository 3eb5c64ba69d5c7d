//! The parts that a configuration has been made into.

use std::fmt;

use super::layer::ConfiguredLayer;
use super::verifier::ConfiguredVerifier;
use crate::fetch::Fetch;
use crate::resource::ResourceServer;
use crate::tower::ProtectLayer;

/// A resource server, its verifier, and the settings of its layer.
///
/// ```
/// # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # #[derive(Debug)]
/// # struct Offline;
/// # impl Fetch for Offline {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
/// #     async fn sleep(&self, _: std::time::Duration) {}
/// # }
/// use scopes_core::config::Configuration;
///
/// let variables = [
///     ("J_RESOURCE", "https://mcp.example.com/mcp"),
///     ("J_AUTHORIZATION_SERVER", "https://auth.example.com"),
/// ];
/// let configured = Configuration::from_variables("J_", variables).discover_lazily(Offline)?;
/// let protect = configured.protect_layer();
/// # let _ = protect;
/// # Ok::<(), scopes_core::config::ConfigurationError>(())
/// ```
#[non_exhaustive]
pub struct Configured<F> {
    /// The protected resource.
    pub server: ResourceServer,
    /// The verifier of its tokens and API keys.
    pub verifier: ConfiguredVerifier<F>,
    /// The settings of its layer.
    pub layer: ConfiguredLayer,
}

impl<F: Fetch> Configured<F> {
    /// Returns the layer. A program whose server is made with rmcp passes the parts to
    /// `rmcp::protect` instead.
    pub fn protect_layer(self) -> ProtectLayer<ConfiguredVerifier<F>> {
        self.layer
            .apply(ProtectLayer::new(self.server, self.verifier))
    }
}

impl<F> fmt::Debug for Configured<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Configured")
            .field("server", &self.server)
            .field("verifier", &self.verifier)
            .field("layer", &self.layer)
            .finish()
    }
}
