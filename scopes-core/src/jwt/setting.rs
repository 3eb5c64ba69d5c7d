//! The settings of a JWT verifier, for errors.

use crate::setting::{CheckSettingsError, Setting};

/// Returned when the settings of a [`JwtVerifier`](super::JwtVerifier) are invalid, or keys cannot be
/// fetched.
///
/// ```
/// # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # #[derive(Debug)]
/// # struct Offline;
/// # impl Fetch for Offline {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
/// #     async fn sleep(&self, _: std::time::Duration) {}
/// # }
/// use scopes_core::jwt::{Issuer, JwtVerifier};
///
/// let builder = JwtVerifier::builder("https://mcp.example.com/mcp");
/// let error = builder.issuer(Issuer::new("http://auth.example.com")).discover_lazily(Offline).unwrap_err();
/// assert_eq!(error.problems().len(), 1);
/// ```
pub type BuildJwtVerifierError = CheckSettingsError<JwtVerifierSetting>;

/// The settings of a [`JwtVerifierBuilder`](super::JwtVerifierBuilder) and of its
/// [`Issuer`](super::Issuer)s that are checked.
///
/// ```
/// # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # #[derive(Debug)]
/// # struct Offline;
/// # impl Fetch for Offline {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
/// #     async fn sleep(&self, _: std::time::Duration) {}
/// # }
/// use scopes_core::jwt::{Issuer, JwtVerifier, JwtVerifierSetting};
///
/// let issuer = Issuer::new("http://auth.example.com");
/// let builder = JwtVerifier::builder("https://mcp.example.com/mcp").issuer(issuer);
/// let error = builder.discover_lazily(Offline).unwrap_err();
/// assert_eq!(error.problems()[0].setting(), JwtVerifierSetting::Issuer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwtVerifierSetting {
    /// `JwtVerifier::builder`: the resource.
    Resource,
    /// `issuer`: its URL, or the keys that are found there.
    Issuer,
    /// `Issuer::audience`.
    Audience,
    /// `Issuer::profile`.
    Profile,
    /// `Issuer::jwks`.
    Jwks,
    /// `Issuer::jwks_url`.
    JwksUrl,
    /// `leeway`.
    Leeway,
    /// `timeout`.
    Timeout,
    /// `keys_max_age`.
    KeysMaxAge,
    /// `unknown_key_interval`.
    UnknownKeyInterval,
    /// `insecure_allow_http`.
    InsecureAllowHttp,
}

impl Setting for JwtVerifierSetting {
    const BUILT: &'static str = "JWT verifier";

    fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "JwtVerifier::builder",
            Self::Issuer => "issuer",
            Self::Audience => "Issuer::audience",
            Self::Profile => "Issuer::profile",
            Self::Jwks => "Issuer::jwks",
            Self::JwksUrl => "Issuer::jwks_url",
            Self::Leeway => "leeway",
            Self::Timeout => "timeout",
            Self::KeysMaxAge => "keys_max_age",
            Self::UnknownKeyInterval => "unknown_key_interval",
            Self::InsecureAllowHttp => "insecure_allow_http",
        }
    }
}
