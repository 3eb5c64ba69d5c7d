//! The errors of the authorization server, its key and its tokens.

use std::fmt;
use std::path::PathBuf;

use scopes_core::{FindScopeError, ParseScopeError};

/// Returned when the server cannot start, its key cannot be used, or a token cannot be minted.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthorizationServerError {
    /// The issuer is not one that this server may have.
    Issuer {
        /// The issuer that was asked for.
        issuer: String,
        /// The problem with it.
        problem: &'static str,
    },
    /// The resource is nothing that tokens can be for (RFC 8707 section 2).
    Resource {
        /// The resource that was asked for.
        resource: String,
        /// The problem with it.
        problem: &'static str,
    },
    /// The file of the signing key cannot be read, written or trusted.
    SigningKey {
        /// Where the key is.
        path: PathBuf,
        /// The problem with it.
        problem: String,
    },
    /// The scopes of a token are not written as RFC 6749 section 3.3 has it.
    ParseScope(ParseScopeError),
    /// A scope of a token is in no catalog.
    UnknownScope(FindScopeError),
    /// The subject of a token is empty or too long.
    Subject,
    /// Cryptography or the network library failed to start.
    Start(&'static str),
}

impl fmt::Display for AuthorizationServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer { issuer, problem } => {
                write!(formatter, "the issuer {issuer:?} {problem}")
            }
            Self::Resource { resource, problem } => {
                write!(formatter, "the resource {resource:?} {problem}")
            }
            Self::SigningKey { path, problem } => {
                write!(formatter, "the signing key {} {problem}", path.display())
            }
            Self::ParseScope(error) => error.fmt(formatter),
            Self::UnknownScope(error) => error.fmt(formatter),
            Self::Subject => formatter
                .write_str("a subject has 1 to 64 characters, none of them a control character"),
            Self::Start(what) => write!(formatter, "{what} cannot be set up"),
        }
    }
}

impl std::error::Error for AuthorizationServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::ParseScope(error) => Some(error),
            Self::UnknownScope(error) => Some(error),
            _ => None,
        }
    }
}
