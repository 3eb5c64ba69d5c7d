//! The protected resource: its identifier, its metadata and its challenges.

mod builder;
mod challenge;
mod identifier;
mod metadata;
mod server;
mod setting;

pub use builder::{ResourceServerBuilder, ScopesSupported};
pub use challenge::Challenge;
pub use metadata::ProtectedResourceMetadata;
pub use server::ResourceServer;
pub use setting::{BuildResourceServerError, ResourceServerSetting};
