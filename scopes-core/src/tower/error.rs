//! Settings of the layer that are invalid.

use std::fmt;

/// Returned when a setting of [`ProtectLayer`](super::ProtectLayer) is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigureProtectLayerError {
    setting: &'static str,
    value: String,
    problem: &'static str,
}

impl ConfigureProtectLayerError {
    pub(super) fn new(setting: &'static str, value: &str, problem: &'static str) -> Self {
        Self {
            setting,
            value: value.to_owned(),
            problem,
        }
    }

    /// Returns the name of the setting, such as `allow_origin`.
    #[must_use]
    pub const fn setting(&self) -> &'static str {
        self.setting
    }

    /// Returns the invalid value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns what is wrong with the value, and what to write instead.
    #[must_use]
    pub const fn problem(&self) -> &'static str {
        self.problem
    }
}

impl fmt::Display for ConfigureProtectLayerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setting,
            value,
            problem,
        } = self;
        write!(formatter, "`{setting}`: {value:?} {problem}")
    }
}

impl std::error::Error for ConfigureProtectLayerError {}
