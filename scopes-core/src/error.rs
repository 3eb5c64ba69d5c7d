//! The refusals, and their only mapping to an HTTP status and an error code.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::scope::{
    Catalog, Expression, InvalidArgument, RequiredScope, Requirement, ScopeName, ScopeSet,
};
use crate::token::VerifiedToken;

/// Returned when a caller is refused.
///
/// `Display` prints the challenge's `error_description`. It is for the developer of a client and
/// contains nothing about the caller. A guarded function can return it as `String`, as
/// `Box<dyn Error>` and as every error type with `From<AuthorizeError>`.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use scopes_core::{AuthorizeError, Requirement, ScopeName, authorize, testing};
///
/// /// Writes one line for the log of a job.
/// fn explain(refusal: &AuthorizeError) -> String {
///     match refusal {
///         AuthorizeError::InsufficientScope(refusal) => format!("missing: {}", refusal.missing()),
///         other => other.to_string(),
///     }
/// }
///
/// let requirement = Requirement::one(ScopeName::from_static("photos:write"));
/// let ada = testing::caller("ada", "photos:read")?;
/// let refusal = authorize(&requirement, &ada).map_err(|refusal| explain(&refusal));
/// assert_eq!(refusal, Err("missing: photos:write".to_owned()));
/// assert_eq!(explain(&AuthorizeError::MissingToken), "An access token is required.");
/// # }
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// No credentials were presented, or the caller is unknown.
    MissingToken,
    /// The credentials are presented in a way that RFC 6750 section 2 does not define.
    InvalidRequest(InvalidRequest),
    /// The token is invalid.
    InvalidToken(InvalidToken),
    /// The token is valid and lacks scopes.
    InsufficientScope(Arc<InsufficientScope>),
    /// An argument of the call, on which the required scope depends, has no value that is allowed
    /// in a scope. No other token would help.
    InvalidArgument(InvalidArgument),
    /// The token cannot be verified now: the authorization server is unavailable.
    Unavailable {
        /// The time after which to try again.
        retry_after: Duration,
    },
}

/// Every guard and every gate moves a decision.
const _: () = assert!(size_of::<Result<(), AuthorizeError>>() <= 2 * size_of::<u64>());

/// A mistake in how credentials are presented.
///
/// ```
/// use scopes_core::{InvalidRequest, PresentedToken};
///
/// let token = PresentedToken::from_authorization(["Bearer a", "Bearer b"]);
/// assert_eq!(token, Err(InvalidRequest::SeveralCredentials.into()));
/// let token = PresentedToken::from_authorization(["Bearer a b"]);
/// assert_eq!(token, Err(InvalidRequest::MalformedCredentials.into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// More than one token, or one in more than one place (RFC 6750 section 2).
    SeveralCredentials,
    /// An `Authorization` header that does not follow RFC 9110 section 11.4.
    MalformedCredentials,
}

/// The reason for which a token is invalid, in as much detail as a client may know.
///
/// ```
/// use scopes_core::{AuthorizeError, InvalidToken};
///
/// /// Only an expired token is worth a refresh.
/// fn is_expired(refusal: &AuthorizeError) -> bool {
///     matches!(refusal, AuthorizeError::InvalidToken(InvalidToken::Expired))
/// }
///
/// assert!(is_expired(&InvalidToken::Expired.into()));
/// assert!(!is_expired(&InvalidToken::Rejected.into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidToken {
    /// The token has expired.
    Expired,
    /// Any other reason.
    Rejected,
}

/// The scopes that a token lacks, and those to request.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use scopes_core::{AuthorizeError, Requirement, ScopeName, authorize, testing};
///
/// let requirement = Requirement::all(["photos:read", "photos:write"].map(ScopeName::from_static));
/// let ada = testing::caller("ada", "photos:read")?;
/// let Err(AuthorizeError::InsufficientScope(refusal)) = authorize(&requirement, &ada) else {
///     return Err("the token lacks a scope".into());
/// };
/// assert_eq!(refusal.missing().to_string(), "photos:write");
/// assert_eq!(refusal.alternative().to_string(), "photos:read photos:write");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct InsufficientScope {
    required: Requirement,
    alternative: ScopeSet,
    /// `None` if it is the whole alternative, as in most cases.
    missing: Option<ScopeSet>,
    granted: Granted,
    /// The sentence for the challenge, the body and logs.
    sentence: Arc<str>,
}

impl AuthorizeError {
    /// Returns the HTTP status: 400, 401 or 403 (RFC 6750 section 3.1), or 503.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::InvalidRequest(_) | Self::InvalidArgument(_) => 400,
            Self::MissingToken | Self::InvalidToken(_) => 401,
            Self::InsufficientScope(_) => 403,
            Self::Unavailable { .. } => 503,
        }
    }

    /// Returns the error code of RFC 6750 section 3.1. `None` if the request has no credentials or invalid
    /// arguments, or if its token could not be verified.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::MissingToken | Self::InvalidArgument(_) | Self::Unavailable { .. } => None,
            Self::InvalidRequest(_) => Some("invalid_request"),
            Self::InvalidToken(_) => Some("invalid_token"),
            Self::InsufficientScope(_) => Some("insufficient_scope"),
        }
    }
}

impl AuthorizeError {
    /// Returns the sentence that `Display` prints.
    fn sentence(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::MissingToken => "An access token is required.",
            Self::InvalidRequest(InvalidRequest::SeveralCredentials) => {
                "The request carries more than one access token."
            }
            Self::InvalidRequest(InvalidRequest::MalformedCredentials) => {
                "The Authorization header is malformed."
            }
            Self::InvalidToken(InvalidToken::Expired) => "The access token has expired.",
            Self::InvalidToken(InvalidToken::Rejected) => "The access token is not valid.",
            Self::Unavailable { .. } => "The access token cannot be verified now.",
            Self::InvalidArgument(argument) => return argument.to_string().into(),
            Self::InsufficientScope(refusal) => &refusal.sentence,
        })
    }

    /// Returns the [`sentence`](Self::sentence), to be kept.
    pub(crate) fn shared_sentence(&self) -> Arc<str> {
        match self {
            Self::InsufficientScope(refusal) => Arc::clone(&refusal.sentence),
            _ => self.sentence().into(),
        }
    }
}

#[cfg(feature = "tower")]
impl AuthorizeError {
    /// The code in the body of an answer. A request without credentials has none in the challenge,
    /// but some clients take a body without a code for a successful answer.
    pub(crate) const fn body_code(&self) -> &'static str {
        match (self.code(), self) {
            (Some(code), _) => code,
            (None, Self::Unavailable { .. }) => "temporarily_unavailable",
            (None, Self::InvalidArgument(_)) => "invalid_request",
            (None, _) => "missing_token",
        }
    }

    /// Returns the number of copies of this refusal that are left; `None` for a refusal without detail, whose
    /// copies are not counted.
    pub(crate) fn copies(&self) -> Option<usize> {
        match self {
            Self::InsufficientScope(refusal) => Some(Arc::strong_count(refusal)),
            Self::InvalidArgument(argument) => Some(argument.copies()),
            _ => None,
        }
    }
}

impl InsufficientScope {
    pub(crate) fn new(required: &Requirement, token: &VerifiedToken) -> Self {
        let cheapest = required.cheapest(token.scopes());
        let is_missing = |scope: &&RequiredScope| !scope.is_satisfied_by(token.scopes());
        let missing = cheapest.iter().filter(is_missing);
        let missing = (missing.clone().count() < cheapest.len())
            .then(|| missing.map(RequiredScope::name).collect());
        Self {
            required: required.clone(),
            alternative: cheapest.iter().map(RequiredScope::name).collect(),
            missing,
            granted: Granted {
                token: token.clone(),
                listed: OnceLock::new(),
            },
            sentence: required.shared_sentence(),
        }
    }

    /// Returns the requirement of the operation.
    #[must_use]
    pub fn required(&self) -> &Requirement {
        &self.required
    }

    /// Returns the complete set of scopes to request; see [`Requirement::alternative`].
    #[must_use]
    pub fn alternative(&self) -> &ScopeSet {
        &self.alternative
    }

    /// Returns the scopes of the [`alternative`](Self::alternative) that the token does not grant.
    #[must_use]
    pub fn missing(&self) -> &ScopeSet {
        self.missing.as_ref().unwrap_or(&self.alternative)
    }

    /// The scopes of [`missing`](Self::missing) as the catalog declares them, with placeholders:
    /// logs contain no values.
    #[cfg(feature = "tracing")]
    pub(crate) fn missing_as_declared(&self) -> ScopeSet {
        let declared = |name: &ScopeName| {
            let mut leaves = self.required.access().leaves();
            let (catalog, position) = leaves.find(|leaf| leaf.name() == name)?.instance_of()?;
            Some(ScopeName::from_static(
                catalog.declarations()[position].name(),
            ))
        };
        let missing = self.missing().iter();
        let missing = missing.map(|name| declared(name).unwrap_or_else(|| name.clone()));
        missing.collect()
    }

    /// Returns the scopes in the token that the requirement's catalog declares, in catalog order,
    /// followed by those that match the requirement's templates.
    #[must_use]
    pub fn granted(&self) -> &ScopeSet {
        let listed = &self.granted.listed;
        listed.get_or_init(|| self.granted_names().collect())
    }

    /// The scopes of [`granted`](Self::granted), without the set.
    pub(crate) fn granted_names(&self) -> impl Iterator<Item = ScopeName> + use<> {
        let expression = self.required.expression();
        let catalogs: Vec<&'static Catalog> =
            expression.map(Expression::catalogs).unwrap_or_default();
        let leaves = self.required.access().leaves();
        let templates: Vec<_> = leaves.filter_map(RequiredScope::instance_of).collect();
        self.granted.token.scopes().declared(catalogs, &templates)
    }
}

/// The scopes of the token that the requirement's catalogs declare, listed when they are read.
#[derive(Clone)]
struct Granted {
    token: VerifiedToken,
    listed: OnceLock<ScopeSet>,
}

impl PartialEq for Granted {
    fn eq(&self, other: &Self) -> bool {
        self.token.scopes().as_str() == other.token.scopes().as_str()
    }
}

impl Eq for Granted {}

impl fmt::Debug for Granted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.token.scopes().as_str())
    }
}

impl From<InvalidRequest> for AuthorizeError {
    fn from(problem: InvalidRequest) -> Self {
        Self::InvalidRequest(problem)
    }
}

impl From<InvalidArgument> for AuthorizeError {
    fn from(argument: InvalidArgument) -> Self {
        Self::InvalidArgument(argument)
    }
}

impl From<InvalidToken> for AuthorizeError {
    fn from(problem: InvalidToken) -> Self {
        Self::InvalidToken(problem)
    }
}

impl From<InsufficientScope> for AuthorizeError {
    fn from(refusal: InsufficientScope) -> Self {
        Self::InsufficientScope(Arc::new(refusal))
    }
}

impl From<AuthorizeError> for String {
    fn from(refusal: AuthorizeError) -> Self {
        refusal.to_string()
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for AuthorizeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for AuthorizeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence())
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for InsufficientScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for InsufficientScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

impl std::error::Error for AuthorizeError {}
impl std::error::Error for InsufficientScope {}
