// The README's examples are tested only with all features that they use.
#![cfg_attr(
    any(
        not(doctest),
        all(
            feature = "axum",
            feature = "cache",
            feature = "hyper",
            feature = "jwt",
            feature = "macros",
            feature = "report",
            feature = "rmcp",
            feature = "testing"
        )
    ),
    doc = include_str!("../README.md")
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "api-keys")]
pub mod api_keys;
mod authorize;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "cache")]
pub mod cache;
pub mod caller;
#[cfg(feature = "command")]
pub mod command;
#[cfg(feature = "config")]
pub mod config;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod discovery;
#[cfg(feature = "doctor")]
mod doctor;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod document;
mod error;
pub mod fetch;
#[cfg(any(feature = "cache", feature = "jwt"))]
mod flight;
mod host;
#[cfg(feature = "hyper")]
pub mod hyper;
#[cfg(feature = "introspection")]
pub mod introspection;
#[cfg(feature = "jwt")]
pub mod jwt;
#[cfg(feature = "mcp")]
pub mod mcp;
mod moment;
pub mod observe;
#[cfg(feature = "page")]
pub mod page;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod permit;
pub mod registry;
#[cfg(feature = "report")]
pub mod report;
mod request_url;
#[cfg(feature = "reqwest")]
pub mod reqwest;
pub mod resource;
#[cfg(feature = "revocation")]
pub mod revocation;
#[cfg(feature = "rmcp")]
pub mod rmcp;
pub mod scope;
#[cfg(any(feature = "mcp", feature = "store"))]
pub mod secret_keys;
pub mod setting;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod start;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(any(feature = "store", feature = "tower"))]
mod timer;
pub mod token;
#[cfg(feature = "tower")]
pub mod tower;
mod url_problem;

pub use authorize::{authorize, authorize_with};
pub use caller::{Caller, CallerSource};
pub use error::{AuthorizeError, InsufficientScope, InvalidRequest, InvalidToken};
pub use registry::{AnonymousLists, OperationKind, ProtectedOperation, Registry, RegistryProblem};
pub use resource::{Challenge, ProtectedResourceMetadata, ResourceServer, ScopesSupported};
pub use scope::{
    ArgumentProblem, ArgumentValue, Arguments, Catalog, Expression, FindScopeError, GrantedScopes,
    InvalidArgument, ParseScopeError, RequiredScope, Requirement, ScopeCatalog, ScopeDeclaration,
    ScopeName, ScopeSet,
};
/// Declares the scopes of a program as an enum.
///
/// ```
/// use scopes_core::ScopeCatalog;
///
/// #[derive(ScopeCatalog)]
/// pub enum Scope {
///     /// Read your journal entries.
///     #[scope("entries:read", baseline)]
///     EntriesRead,
///     /// Write journal entries.
///     #[scope("entries:write", implies(EntriesRead))]
///     EntriesWrite,
/// }
///
/// assert_eq!(Scope::EntriesWrite.as_str(), "entries:write");
/// assert_eq!(Scope::EntriesRead.description(), "Read your journal entries.");
/// assert!("entries:delete".parse::<Scope>().is_err());
/// ```
#[cfg(feature = "macros")]
pub use scopes_core_macros::ScopeCatalog;
/// Guards a function: it runs only for a caller who satisfies the requirement.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes, testing};
///
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     #[scope("entries:read")]
/// #     EntriesRead,
/// # }
/// #[requires_scopes(Scope::EntriesRead)]
/// fn count_entries() -> Result<u32, AuthorizeError> {
///     Ok(42)
/// }
///
/// let ada = testing::caller("ada", "entries:read")?;
/// assert_eq!(ada.enter(count_entries), Ok(42));
/// assert_eq!(count_entries(), Err(AuthorizeError::MissingToken));
/// # }
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[cfg(feature = "macros")]
pub use scopes_core_macros::requires_scopes;
/// Guards an rmcp server: every request runs as its caller, and only the operations that the caller may
/// invoke.
///
/// ```standalone_crate
/// use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
/// use scopes_core::{Registry, ScopeCatalog, requires_scopes, scoped_handler};
///
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     /// Read your journal entries.
/// #     #[scope("entries:read")]
/// #     EntriesRead,
/// # }
/// # #[derive(Clone)]
/// # struct Journal;
/// #[tool_router]
/// impl Journal {
///     /// Counts the entries.
///     #[requires_scopes("entries:read", catalog = Scope)]
///     #[tool]
///     async fn count_entries(&self) -> Result<String, ErrorData> {
///         Ok("42".to_owned())
///     }
/// }
///
/// #[scoped_handler(hide_unpermitted = true)]
/// #[tool_handler]
/// impl ServerHandler for Journal {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// scopes_core::rmcp::validate(Journal, &Registry::of_program()).await?;
/// # Ok(())
/// # }
/// ```
#[cfg(all(feature = "macros", feature = "rmcp"))]
pub use scopes_core_macros::scoped_handler;
#[cfg(any(feature = "mcp", feature = "store"))]
pub use secret_keys::SecretKeys;
pub use token::{Claims, PresentedToken, TokenVerifier, VerifiedToken};
