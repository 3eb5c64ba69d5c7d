//! The settings of an introspection verifier, for errors.

use crate::setting::{CheckSettingsError, Setting};

/// Returned when the settings of an [`IntrospectionVerifier`](super::IntrospectionVerifier) are invalid,
/// or its endpoint cannot be discovered.
///
/// ```
/// # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # #[derive(Debug)]
/// # struct Offline;
/// # impl Fetch for Offline {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
/// #     async fn sleep(&self, _: std::time::Duration) {}
/// # }
/// use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
///
/// let client = ClientAuthentication::secret_basic("journal", "a secret");
/// let builder = IntrospectionVerifier::builder("https://mcp.example.com/mcp", client);
/// let error = builder.issuer("http://auth.example.com").discover_lazily(Offline).unwrap_err();
/// assert_eq!(error.problems().len(), 1);
/// ```
pub type BuildIntrospectionVerifierError = CheckSettingsError<IntrospectionVerifierSetting>;

/// The settings of an [`IntrospectionVerifierBuilder`](super::IntrospectionVerifierBuilder) that are
/// checked.
///
/// ```
/// # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
/// # #[derive(Debug)]
/// # struct Offline;
/// # impl Fetch for Offline {
/// #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
/// #     async fn sleep(&self, _: std::time::Duration) {}
/// # }
/// use scopes_core::introspection::IntrospectionVerifierSetting;
/// use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
///
/// let client = ClientAuthentication::secret_basic("journal", "a secret");
/// let builder = IntrospectionVerifier::builder("https://mcp.example.com/mcp", client).issuer("http://auth.example.com");
/// let error = builder.discover_lazily(Offline).unwrap_err();
/// assert_eq!(error.problems()[0].setting(), IntrospectionVerifierSetting::Issuer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IntrospectionVerifierSetting {
    /// `IntrospectionVerifier::builder`: the resource.
    Resource,
    /// `IntrospectionVerifier::builder`: the client.
    Client,
    /// `issuer`.
    Issuer,
    /// `endpoint`.
    Endpoint,
    /// `audience`.
    Audience,
    /// `subject_claim`.
    SubjectClaim,
    /// `timeout`.
    Timeout,
    /// `max_questions`.
    MaxQuestions,
    /// `insecure_allow_http`.
    InsecureAllowHttp,
}

impl Setting for IntrospectionVerifierSetting {
    const BUILT: &'static str = "introspection verifier";

    fn as_str(self) -> &'static str {
        match self {
            Self::Resource | Self::Client => "IntrospectionVerifier::builder",
            Self::Issuer => "issuer",
            Self::Endpoint => "endpoint",
            Self::Audience => "audience",
            Self::SubjectClaim => "subject_claim",
            Self::Timeout => "timeout",
            Self::MaxQuestions => "max_questions",
            Self::InsecureAllowHttp => "insecure_allow_http",
        }
    }
}
