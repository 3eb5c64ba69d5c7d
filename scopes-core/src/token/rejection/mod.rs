//! The reason why a token is rejected, for operators.

mod wording;

use std::borrow::Cow;

use super::presentation::TokenScheme;
use crate::error::InvalidToken;

/// The reason why a verifier rejects a token, for the operator of the server.
///
/// [`label`](Self::label) is logged as `auth.reason` and counted. `Display` describes the problem
/// and the setting of the authorization server or of this server that solves it. Neither contains a
/// value of the token, except its issuer, audiences, algorithm and types. Clients receive
/// [`InvalidToken`] only.
///
/// ```
/// use scopes_core::token::Rejection;
/// use scopes_core::InvalidToken;
///
/// let rejection = Rejection::MissingClaim { claim: "exp".into() };
/// assert_eq!(rejection.label(), "missing_claim");
/// assert!(rejection.to_string().starts_with("The token has no `exp`."));
/// assert_eq!(InvalidToken::from(&rejection), InvalidToken::Rejected);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The token is longer than [`MAX_BYTES`](super::PresentedToken::MAX_BYTES).
    TooLong {
        /// Its length in bytes.
        actual: usize,
        /// The maximum length in bytes.
        max: usize,
    },
    /// The token is presented under a scheme that the verifier does not take.
    UnsupportedScheme {
        /// The scheme.
        actual: TokenScheme,
    },
    /// The token is not a JWT: it does not consist of three parts.
    NotJwt,
    /// A part of the token cannot be read.
    Malformed {
        /// The part, such as `header`.
        part: &'static str,
        /// The problem, to be put behind the part.
        problem: &'static str,
    },
    /// The header has a parameter that is not supported: `crit`, `b64`, `enc` or `zip`.
    UnsupportedParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// The `alg` of the header is not one of the accepted algorithms.
    UnsupportedAlgorithm {
        /// The `alg` of the token.
        actual: String,
        /// The accepted algorithms.
        expected: Vec<String>,
    },
    /// The `typ` of the header is not that of an access token.
    WrongType {
        /// The `typ` of the token; `None` if it is missing.
        actual: Option<String>,
        /// The accepted types.
        expected: &'static str,
    },
    /// A required claim is missing.
    MissingClaim {
        /// The claim.
        claim: Cow<'static, str>,
    },
    /// A claim has an invalid form.
    InvalidClaim {
        /// The claim.
        claim: Cow<'static, str>,
        /// The valid form, such as `a string`.
        expected: &'static str,
    },
    /// A claim has another value than the profile requires.
    WrongValue {
        /// The claim.
        claim: String,
        /// The required value.
        expected: String,
    },
    /// `iss` is not an accepted issuer.
    WrongIssuer {
        /// The `iss` of the token.
        actual: String,
        /// The accepted issuers.
        expected: Vec<String>,
        /// The setting that accepts another issuer.
        setting: &'static str,
    },
    /// No audience is an accepted one.
    WrongAudience {
        /// The claim that names the audiences.
        claim: Cow<'static, str>,
        /// The audiences of the token.
        actual: Vec<String>,
        /// The accepted audiences.
        expected: Vec<String>,
        /// The setting that accepts another audience.
        setting: &'static str,
    },
    /// The audience is the client that the token was issued to, as that of an ID token.
    AudienceIsClient {
        /// The audience.
        audience: String,
    },
    /// The token has expired.
    Expired,
    /// The token is not valid yet.
    NotYetValid,
    /// A claim says that the token is not an access token.
    NotAccessToken {
        /// The claim.
        claim: &'static str,
        /// Its value, if it names a type.
        actual: Option<String>,
    },
    /// No claim shows that the token is an access token.
    NoEvidence {
        /// The claims of which one is required.
        expected: Vec<String>,
    },
    /// The token is bound to a key by `cnf`, and the client has not proven possession of it.
    BoundToKey,
    /// The token is not bound to the key whose possession the client has proven.
    WrongKey,
    /// The authorization server has published no key with the `kid` of the header, or none for its
    /// `alg`.
    UnknownKey {
        /// The issuer.
        issuer: String,
        /// The `alg` of the token.
        algorithm: String,
    },
    /// The signature was not made with a key of the issuer.
    BadSignature {
        /// The issuer.
        issuer: String,
        /// The `alg` of the token.
        algorithm: String,
    },
    /// The authorization server says that the token is not active (RFC 7662 section 2.2).
    Inactive,
    /// The authorization server fails for this token, and answers for others.
    ServerFailure,
    /// The verifier does not know the token.
    Unknown,
    /// The token was revoked at this server.
    Revoked,
    /// The token was issued in the future, so that a revocation would not concern it.
    IssuedInFuture {
        /// The time by which the clock of the issuer may be ahead, in seconds.
        max_seconds: u64,
    },
    /// A revocation of the token would not last for as long as the token.
    OutlivesRevocations {
        /// The time for which a revocation lasts, in seconds.
        max_seconds: u64,
    },
    /// A later answer about the token of an open response stream names another caller or lacks a scope.
    Changed,
    /// A reason of another verifier.
    Other {
        /// A stable name in `snake_case`, for logs and counters.
        label: &'static str,
        /// The problem and its remedy, without a secret value.
        problem: Cow<'static, str>,
    },
}

impl Rejection {
    /// Returns the name of the reason in logs and counters. It is stable, and in `snake_case`.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::UnsupportedScheme { .. } => "unsupported_scheme",
            Self::NotJwt => "not_jwt",
            Self::Malformed { .. } => "malformed",
            Self::UnsupportedParameter { .. } => "unsupported_parameter",
            Self::UnsupportedAlgorithm { .. } => "unsupported_algorithm",
            Self::WrongType { .. } => "wrong_type",
            Self::MissingClaim { .. } => "missing_claim",
            Self::InvalidClaim { .. } => "invalid_claim",
            Self::WrongValue { .. } => "wrong_value",
            Self::WrongIssuer { .. } => "wrong_issuer",
            Self::WrongAudience { .. } => "wrong_audience",
            Self::AudienceIsClient { .. } => "audience_is_client",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::NotAccessToken { .. } => "not_access_token",
            Self::NoEvidence { .. } => "no_evidence",
            Self::BoundToKey => "bound_to_key",
            Self::WrongKey => "wrong_key",
            Self::UnknownKey { .. } => "unknown_key",
            Self::BadSignature { .. } => "bad_signature",
            Self::Inactive => "inactive",
            Self::ServerFailure => "server_failure",
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
            Self::IssuedInFuture { .. } => "issued_in_future",
            Self::OutlivesRevocations { .. } => "outlives_revocations",
            Self::Changed => "changed",
            Self::Other { label, .. } => label,
        }
    }

    /// About how many bytes the texts of the reason take.
    #[cfg(feature = "cache")]
    pub(crate) fn size(&self) -> usize {
        /// The size of a text in a list that has room for more.
        const PLACE: usize = 64;
        let all = |texts: &[String]| -> usize { texts.iter().map(|text| PLACE + text.len()).sum() };
        match self {
            Self::MissingClaim { claim } | Self::InvalidClaim { claim, .. } => claim.len(),
            Self::WrongValue { claim, expected } => claim.len() + expected.len(),
            Self::UnsupportedAlgorithm { actual, expected }
            | Self::WrongIssuer {
                actual, expected, ..
            } => actual.len() + all(expected),
            Self::WrongAudience {
                claim,
                actual,
                expected,
                ..
            } => claim.len() + all(actual) + all(expected),
            Self::AudienceIsClient { audience } => audience.len(),
            Self::WrongType { actual, .. } | Self::NotAccessToken { actual, .. } => {
                actual.as_ref().map_or(0, String::len)
            }
            Self::NoEvidence { expected } => all(expected),
            Self::UnknownKey { issuer, algorithm } | Self::BadSignature { issuer, algorithm } => {
                issuer.len() + algorithm.len()
            }
            Self::Other { problem, .. } => problem.len(),
            Self::TooLong { .. }
            | Self::UnsupportedScheme { .. }
            | Self::NotJwt
            | Self::Malformed { .. }
            | Self::UnsupportedParameter { .. }
            | Self::Expired
            | Self::NotYetValid
            | Self::BoundToKey
            | Self::WrongKey
            | Self::Inactive
            | Self::ServerFailure
            | Self::Unknown
            | Self::Revoked
            | Self::IssuedInFuture { .. }
            | Self::OutlivesRevocations { .. }
            | Self::Changed => 0,
        }
    }

    /// A claim that is missing.
    #[cfg(any(feature = "introspection", feature = "jwt"))]
    pub(crate) fn missing(claim: impl Into<Cow<'static, str>>) -> Self {
        Self::MissingClaim {
            claim: claim.into(),
        }
    }
}

impl From<&Rejection> for InvalidToken {
    fn from(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::Expired => Self::Expired,
            _ => Self::Rejected,
        }
    }
}

impl std::error::Error for Rejection {}
