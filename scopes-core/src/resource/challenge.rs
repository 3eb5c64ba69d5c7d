//! The `WWW-Authenticate` header, in a form that every shipped client can read.

use std::fmt;
use std::sync::Arc;

use crate::scope::ScopeSet;
use crate::token::TokenScheme;

/// The value of a `WWW-Authenticate` header: one challenge of the verifier's first scheme, `Bearer`
/// (RFC 6750 section 3) or `DPoP` (RFC 9449 section 7.1), with the metadata of RFC 9728 section 5.1. `Display` writes it.
///
/// Parameters have a fixed order, the description last, and no value contains the name of a
/// parameter: some clients search the line for `error=` and `scope=` without parsing it.
///
/// Returned by [`ResourceServer::challenge`](super::ResourceServer::challenge).
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use scopes_core::{Requirement, ResourceServer, ScopeName, authorize, testing};
///
/// let server = ResourceServer::builder("https://mcp.example.com/mcp")
///     .authorization_server("https://auth.example.com")
///     .build()?;
/// let requirement = Requirement::one(ScopeName::from_static("photos:write"));
/// let refusal = authorize(&requirement, &testing::caller("ada", "photos:read")?);
/// let challenge = refusal.err().and_then(|refusal| server.challenge(&refusal));
/// let challenge = challenge.ok_or("the token lacks a scope")?;
/// assert_eq!(challenge.error(), Some("insufficient_scope"));
/// assert_eq!(challenge.scope().to_string(), "photos:write");
/// assert!(challenge.to_string().starts_with("Bearer error=\"insufficient_scope\", "));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub(super) scheme: TokenScheme,
    /// The algorithms of `DPoP` proofs, separated by spaces.
    pub(super) algs: Option<String>,
    pub(super) realm: Option<Arc<str>>,
    pub(super) error: Option<&'static str>,
    pub(super) scope: ScopeSet,
    pub(super) resource_metadata: Option<Arc<str>>,
    pub(super) error_description: Option<Arc<str>>,
}

impl Challenge {
    /// Returns the scheme under which tokens are presented.
    #[must_use]
    pub const fn scheme(&self) -> TokenScheme {
        self.scheme
    }

    /// Returns the error code; `None` if no credentials were presented.
    #[must_use]
    pub const fn error(&self) -> Option<&'static str> {
        self.error
    }

    /// Returns the scopes to request; empty if the header names none.
    #[must_use]
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// Returns the URL of the resource's metadata; `None` if no
    /// [`ResourceServer`](super::ResourceServer) made the challenge.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&str> {
        self.resource_metadata.as_deref()
    }

    /// Returns the description of the error, for the developer of the client.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.error_description.as_deref()
    }
}

impl Challenge {
    /// Returns the value of the header.
    fn header(&self) -> String {
        let scope = Some(&self.scope).filter(|scope| !scope.is_empty());
        let scope = scope.map(ScopeSet::joined);
        let parameters = [
            ("realm", self.realm.as_deref()),
            ("algs", self.algs.as_deref()),
            ("error", self.error),
            ("scope", scope.as_deref()),
            ("resource_metadata", self.resource_metadata.as_deref()),
            ("error_description", self.error_description.as_deref()),
        ];
        let mut header = String::with_capacity(256);
        header.push_str(self.scheme.as_str());
        let mut separator = " ";
        for (name, value) in parameters {
            if let Some(value) = value {
                for part in [separator, name, "=\"", value, "\""] {
                    header.push_str(part);
                }
                separator = ", ";
            }
        }
        header
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.header())
    }
}

/// Returns the reason why `value` cannot be the quoted value of a parameter, if there is one.
pub(crate) fn problem(value: &str) -> Option<String> {
    // RFC 6750 section 3: %x20-21 / %x23-5B / %x5D-7E, the same for every parameter.
    let foreign = |c: &char| !matches!(c, '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E');
    if let Some(character) = value.chars().find(foreign) {
        return Some(format!(
            "has {character:?}, which a challenge cannot contain"
        ));
    }
    // The C# SDK for MCP ignores quotes.
    if value.contains(',') {
        return Some(
            "has ',', and some clients split a challenge at every comma, even inside quotes"
                .to_owned(),
        );
    }
    if !value.contains('=') {
        return None;
    }
    let parameters = [
        "realm=",
        "error=",
        "error_description=",
        "error_uri=",
        "scope=",
        "resource_metadata=",
    ];
    let parameter = parameters
        .iter()
        .find(|parameter| contains_in_any_case(value, parameter))?;
    Some(format!(
        "contains `{parameter}`, which clients take for a parameter of the challenge"
    ))
}

fn contains_in_any_case(value: &str, part: &str) -> bool {
    let mut windows = value.as_bytes().windows(part.len());
    windows.any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
