//! The layer in front of a service, with the settings that every target uses.

use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer};

/// The one token that the verifier knows.
pub const TOKEN: &str = "mF_9.B5f-4.1JqM";
/// What the token grants.
pub const SCOPES: &str = "profile:read";

/// Protects `resource`, whose operations are those of `registry`.
///
/// # Panics
///
/// If the settings are invalid.
pub fn protect(resource: &str, registry: Registry) -> ProtectLayer<StaticVerifier> {
    let server = ResourceServer::builder(resource)
        .authorization_server("https://auth.example.com")
        .registry(registry)
        .build()
        .expect("valid settings");
    let verifier = StaticVerifier::new().token(TOKEN, "ada", SCOPES);
    ProtectLayer::new(server, verifier.expect("a scope"))
}
