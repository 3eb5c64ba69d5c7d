//! Revocations of tokens, and the endpoint for them.

use std::fs;
use std::path::Path;

use axum::Router;
use scopes_core::revocation::{RevocationSecret, Revocations};
use scopes_core::rmcp::ProtectServer;
use scopes_core::store::SharedStore;
use scopes_core::token::TokenVerifier;
use scopes_core::tower::RevocationEndpoint;

use super::StartServerError;

/// The revocations of all instances, and who may add to them.
pub(super) struct Revoking {
    revocations: Revocations,
    secret: RevocationSecret,
}

impl Revoking {
    /// Reads the secret in `file`. With a store, the revocations of the other instances count too.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or the secret is too short.
    pub(super) fn open(file: &Path, store: Option<&SharedStore>) -> Result<Self, StartServerError> {
        let problem = |problem: String| {
            let file = file.display();
            StartServerError::because(format!("--revocation-secret-file {file}: {problem}"))
        };
        let secret = fs::read_to_string(file).map_err(|error| problem(error.to_string()))?;
        let secret = RevocationSecret::from_text(secret.trim())
            .map_err(|error| problem(error.to_string()))?;
        let Some(store) = store else {
            let revocations = Revocations::new();
            return Ok(Self {
                revocations,
                secret,
            });
        };
        let revocations = Revocations::builder().store(store).build();
        tokio::spawn(revocations.follow_store());
        Ok(Self {
            revocations,
            secret,
        })
    }

    pub(super) fn set_in<H, V: TokenVerifier>(
        &self,
        server: ProtectServer<H, V>,
    ) -> ProtectServer<H, V> {
        server.revocations(&self.revocations)
    }

    /// The endpoint, at a path of its own that no access token opens.
    pub(super) fn router(&self) -> Router {
        let endpoint = RevocationEndpoint::new(&self.revocations, self.secret);
        Router::new().route_service("/revoke", endpoint)
    }
}
