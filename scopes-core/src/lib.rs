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
#[cfg(all(feature = "macros", feature = "rmcp"))]
pub use scopes_core_macros::scoped_handler;
#[cfg(feature = "macros")]
pub use scopes_core_macros::{ScopeCatalog, requires_scopes};
#[cfg(any(feature = "mcp", feature = "store"))]
pub use secret_keys::SecretKeys;
pub use token::{Claims, PresentedToken, TokenVerifier, VerifiedToken};
