//! The protected resource: what it is called, what it publishes, and how it refuses.

mod builder;
mod challenge;
mod identifier;
mod metadata;
mod server;

pub use builder::{
    BuildResourceServerError, ResourceServerBuilder, ResourceServerProblem, ScopesSupported,
};
pub use challenge::Challenge;
pub(crate) use identifier::check_url;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use identifier::is_reachable_from;
pub use metadata::ProtectedResourceMetadata;
pub use server::ResourceServer;
