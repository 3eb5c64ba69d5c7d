//! The settings of an introspection verifier, for errors.

use crate::setting::{CheckSettingsError, Setting};

/// Returned when the settings of an [`IntrospectionVerifier`](super::IntrospectionVerifier) are invalid,
/// or its endpoint cannot be discovered.
pub type BuildIntrospectionVerifierError = CheckSettingsError<IntrospectionVerifierSetting>;

/// The settings of an [`IntrospectionVerifierBuilder`](super::IntrospectionVerifierBuilder) that are
/// checked.
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
