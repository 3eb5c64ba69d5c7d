//! The settings of the layer.

use std::time::Duration;

use super::reader::Reader;
use crate::setting::InvalidSetting;
use crate::token::TokenVerifier;
use crate::tower::{ProtectLayer, ProtectLayerSetting, check_host, check_origin};

/// The configured settings of a [`ProtectLayer`].
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
///     ("J_ALLOW_ORIGIN", "https://app.example.com"),
/// ];
/// let configured = Configuration::from_variables("J_", variables).discover_lazily(Offline)?;
/// assert_eq!(configured.layer.allowed_origins(), ["https://app.example.com"]);
/// # Ok::<(), scopes_core::config::ConfigurationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConfiguredLayer {
    origins: Vec<String>,
    any_origin: bool,
    hosts: Vec<String>,
    public_paths: Vec<String>,
    public_path_prefixes: Vec<String>,
    stream_check_interval: Option<Duration>,
    without_cors: bool,
}

impl ConfiguredLayer {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            origins: checked(reader, "allow_origin", check_origin),
            any_origin: reader.is_set("dangerously_allow_any_origin"),
            hosts: checked(reader, "allow_host", check_host),
            public_paths: reader.list("public_path"),
            public_path_prefixes: public_path_prefixes(reader),
            stream_check_interval: reader.duration("stream_check_interval"),
            without_cors: reader.is_set("without_cors"),
        }
    }

    /// Returns the values of `allow_origin`, such as for services beside the layer.
    #[must_use]
    pub fn allowed_origins(&self) -> &[String] {
        &self.origins
    }

    /// Returns `layer` with these settings. For a server of rmcp, pass it to `ProtectServer::layer`.
    pub fn apply<V: TokenVerifier>(&self, mut layer: ProtectLayer<V>) -> ProtectLayer<V> {
        // Both were checked; one that the layer refuses would not be allowed.
        for origin in &self.origins {
            layer = layer.clone().allow_origin(origin).unwrap_or(layer);
        }
        for host in &self.hosts {
            layer = layer.clone().allow_host(host).unwrap_or(layer);
        }
        if self.any_origin {
            layer = layer.dangerously_allow_any_origin();
        }
        for path in &self.public_paths {
            layer = layer.public_path(path);
        }
        for prefix in &self.public_path_prefixes {
            layer = layer.public_path_prefix(prefix);
        }
        if let Some(interval) = self.stream_check_interval {
            layer = layer.stream_check_interval(interval);
        }
        if self.without_cors {
            layer = layer.without_cors();
        }
        layer
    }
}

/// The root, which the layer ignores, is a mistake.
fn public_path_prefixes(reader: &mut Reader) -> Vec<String> {
    let key = "public_path_prefix";
    let (roots, prefixes): (Vec<_>, Vec<_>) = reader
        .list(key)
        .into_iter()
        .partition(|prefix| prefix.trim_end_matches('/').is_empty());
    for root in roots {
        let problem = "makes every path public; name the paths".to_owned();
        reader.note(key, Some(root), problem);
    }
    prefixes
}

fn checked(
    reader: &mut Reader,
    key: &'static str,
    check: impl Fn(&str) -> Result<(), InvalidSetting<ProtectLayerSetting>>,
) -> Vec<String> {
    let values = reader.list(key);
    for value in &values {
        if let Err(invalid) = check(value) {
            reader.note_all(&invalid.into(), |_| key);
        }
    }
    values
}
