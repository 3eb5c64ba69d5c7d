//! Settings of the layer that are invalid.

use crate::setting::{InvalidSetting, Setting};

/// Returned when a setting of [`ProtectLayer`](super::ProtectLayer) is invalid.
///
/// ```
/// # use scopes_core::{ResourceServer, testing::StaticVerifier, tower::ProtectLayer};
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// let error = ProtectLayer::new(server, StaticVerifier::new()).allow_origin("app").unwrap_err();
/// assert_eq!(error.value(), "app");
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
pub type ConfigureProtectLayerError = InvalidSetting<ProtectLayerSetting>;

/// The settings of [`ProtectLayer`](super::ProtectLayer) that are checked.
///
/// ```
/// # use scopes_core::{ResourceServer, testing::StaticVerifier, tower::ProtectLayer};
/// use scopes_core::tower::ProtectLayerSetting;
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// let error = ProtectLayer::new(server, StaticVerifier::new()).allow_host("not a host").unwrap_err();
/// assert_eq!(error.setting(), ProtectLayerSetting::AllowHost);
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtectLayerSetting {
    /// `allow_origin`.
    AllowOrigin,
    /// `allow_host`.
    AllowHost,
}

impl Setting for ProtectLayerSetting {
    const BUILT: &'static str = "layer";

    fn as_str(self) -> &'static str {
        match self {
            Self::AllowOrigin => "allow_origin",
            Self::AllowHost => "allow_host",
        }
    }
}
