//! Settings of the layer that are invalid.

use crate::setting::{InvalidSetting, Setting};

/// Returned when a setting of [`ProtectLayer`](super::ProtectLayer) is invalid.
pub type ConfigureProtectLayerError = InvalidSetting<ProtectLayerSetting>;

/// The settings of [`ProtectLayer`](super::ProtectLayer) that are checked.
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
