//! Describes the protected resource: its identifier, its metadata and its challenges.
//!
//! ```
//! use scopes_core::ResourceServer;
//!
//! let server = ResourceServer::builder("https://mcp.example.com/mcp")
//!     .authorization_server("https://auth.example.com")
//!     .build()?;
//! assert_eq!(server.metadata_path(), "/.well-known/oauth-protected-resource/mcp");
//! assert_eq!(server.metadata().authorization_servers, ["https://auth.example.com"]);
//! # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
//! ```

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
