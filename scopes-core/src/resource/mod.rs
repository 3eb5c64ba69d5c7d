//! The protected resource: its identifier, its metadata and its challenges.

mod builder;
mod challenge;
mod identifier;
mod metadata;
mod server;
mod setting;

#[cfg(feature = "doctor")]
pub(crate) use challenge::problem as parameter_problem;
#[cfg(feature = "doctor")]
pub(crate) use identifier::metadata_url;
#[cfg(feature = "doctor")]
pub(crate) use metadata::is_absent;
#[cfg(feature = "doctor")]
pub(crate) use server::OFFLINE_ACCESS;

pub use builder::{ResourceServerBuilder, ScopesSupported};
pub use challenge::Challenge;
pub use metadata::ProtectedResourceMetadata;
pub use server::ResourceServer;
pub use setting::{BuildResourceServerError, ResourceServerSetting};
