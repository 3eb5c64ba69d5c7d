//! The settings of the protected resource, for errors.

use crate::setting::{CheckSettingsError, Setting};

/// Returned when the settings of a [`ResourceServer`](super::ResourceServer) are invalid.
///
/// ```
/// use scopes_core::ResourceServer;
/// use scopes_core::resource::BuildResourceServerError;
///
/// fn server(issuer: &str) -> Result<ResourceServer, BuildResourceServerError> {
///     ResourceServer::builder("https://mcp.example.com").authorization_server(issuer).build()
/// }
///
/// assert!(server("https://auth.example.com").is_ok());
/// assert!(server("auth.example.com").is_err_and(|error| error.problems().len() == 1));
/// ```
pub type BuildResourceServerError = CheckSettingsError<ResourceServerSetting>;

/// The settings of a [`ResourceServerBuilder`](super::ResourceServerBuilder) that are checked.
///
/// ```
/// use scopes_core::ResourceServer;
/// use scopes_core::resource::ResourceServerSetting;
///
/// let built = ResourceServer::builder("mcp.example.com")
///     .authorization_server("https://auth.example.com")
///     .build();
/// let invalid = built.map_err(|error| error.problems()[0].setting());
/// assert_eq!(invalid.err(), Some(ResourceServerSetting::Resource));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourceServerSetting {
    /// `ResourceServer::builder`: the URL of the resource.
    Resource,
    /// `authorization_server`.
    AuthorizationServer,
    /// `insecure_allow_http`.
    InsecureAllowHttp,
    /// `realm`.
    Realm,
    /// `scope_prefix`.
    ScopePrefix,
    /// `scopes_supported`.
    ScopesSupported,
    /// `metadata_url`.
    MetadataUrl,
    /// `describe`: a field of the metadata.
    Describe,
}

impl Setting for ResourceServerSetting {
    const BUILT: &'static str = "resource server";

    fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "ResourceServer::builder",
            Self::AuthorizationServer => "authorization_server",
            Self::InsecureAllowHttp => "insecure_allow_http",
            Self::Realm => "realm",
            Self::ScopePrefix => "scope_prefix",
            Self::ScopesSupported => "scopes_supported",
            Self::MetadataUrl => "metadata_url",
            Self::Describe => "describe",
        }
    }
}
