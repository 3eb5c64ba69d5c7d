//! The keys and the store that the instances of the server share.

use scopes_core::SecretKeys;
use scopes_core::rmcp::ProtectServer;
use scopes_core::store::{RedisStore, SharedStore};
use scopes_core::token::TokenVerifier;

use super::StartServerError;
use crate::settings::Settings;

/// The keys and the store of all instances.
pub(super) enum Shared {
    /// One instance alone.
    Nothing,
    /// Session ids are opened by every instance, and after a restart.
    Keys(SecretKeys),
    Store(SharedStore),
}

impl Shared {
    /// Connects to nothing: the store is called when a request needs it.
    ///
    /// # Errors
    ///
    /// If the keys or the URL of the store are invalid.
    pub(super) fn open(settings: &Settings) -> Result<Self, StartServerError> {
        let Some(file) = &settings.session_key_file else {
            return Ok(Self::Nothing);
        };
        let keys = SecretKeys::from_file(file).map_err(|error| {
            StartServerError::because(format!("--session-key-file {}: {error}", file.display()))
        })?;
        let Some(url) = &settings.store else {
            return Ok(Self::Keys(keys));
        };
        let store = RedisStore::open(url)
            .map_err(|error| StartServerError::because(format!("--store: {error}")))?;
        Ok(Self::Store(SharedStore::new(store, &keys)))
    }

    pub(super) const fn store(&self) -> Option<&SharedStore> {
        match self {
            Self::Store(store) => Some(store),
            Self::Nothing | Self::Keys(_) => None,
        }
    }

    pub(super) fn set_in<H, V: TokenVerifier>(
        &self,
        server: ProtectServer<H, V>,
    ) -> ProtectServer<H, V> {
        match self {
            Self::Nothing => server,
            Self::Keys(keys) => server.session_keys(keys),
            Self::Store(store) => server.store(store),
        }
    }
}
