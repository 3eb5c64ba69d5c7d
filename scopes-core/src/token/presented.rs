//! The token that a client presents, and the request that presents it.

use std::fmt;

use super::presentation::TokenScheme;
use super::rejection::Rejection;
use crate::error::{AuthorizeError, InvalidRequest, InvalidToken};
use crate::observe;

/// A token that a client presents in an `Authorization` header (RFC 9110 section 11.6.2). `Debug`
/// shows neither the token nor a proof.
///
/// ```
/// use scopes_core::PresentedToken;
///
/// let token = PresentedToken::from_authorization(["Bearer mF_9.B5f-4.1JqM"])?;
/// assert_eq!(token.map(|token| token.as_str()), Some("mF_9.B5f-4.1JqM"));
/// assert!(PresentedToken::from_authorization(["Basic Zm9v"])?.is_none());
/// assert!(PresentedToken::from_authorization(["Bearer a", "Bearer b"]).is_err());
/// # Ok::<(), scopes_core::AuthorizeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresentedToken<'a> {
    token: &'a str,
    scheme: TokenScheme,
    request: Option<PresentingRequest<'a>>,
    confirmation: Option<Confirmation<'a>>,
}

impl<'a> PresentedToken<'a> {
    /// The maximum length of a token in bytes.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Reads a bearer token from the values of all `Authorization` headers of one request.
    ///
    /// A request without the header, or with another scheme, presents no token. The scheme is matched
    /// in any case, and any number of spaces may follow it (RFC 9110 section 11.1). Tokens are never
    /// read from the query or the body.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](AuthorizeError::InvalidRequest) if there is more than one header, or
    /// what follows the scheme is not one token; [`InvalidToken`](AuthorizeError::InvalidToken) if
    /// the token is longer than [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn from_authorization<V: AsRef<[u8]> + ?Sized + 'a>(
        values: impl IntoIterator<Item = &'a V>,
    ) -> Result<Option<Self>, AuthorizeError> {
        Self::from_authorization_with(&[TokenScheme::Bearer], values)
    }

    /// Reads a token of one of `schemes`, as [`from_authorization`](Self::from_authorization) does.
    ///
    /// # Errors
    ///
    /// As [`from_authorization`](Self::from_authorization).
    pub fn from_authorization_with<V: AsRef<[u8]> + ?Sized + 'a>(
        schemes: &[TokenScheme],
        values: impl IntoIterator<Item = &'a V>,
    ) -> Result<Option<Self>, AuthorizeError> {
        let mut values = values.into_iter().map(AsRef::as_ref);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(InvalidRequest::SeveralCredentials.into());
        }
        let scheme_end = value
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or(value.len());
        let (named, rest) = value.split_at(scheme_end);
        let is_named =
            |scheme: &&TokenScheme| named.eq_ignore_ascii_case(scheme.as_str().as_bytes());
        let Some(scheme) = schemes.iter().find(is_named) else {
            return Ok(None);
        };
        let token_start = rest
            .iter()
            .position(|byte| *byte != b' ')
            .unwrap_or(rest.len());
        match std::str::from_utf8(&rest[token_start..]) {
            Ok(token) if is_token68(token.as_bytes()) => {
                if token.len() > Self::MAX_BYTES {
                    let rejection = Rejection::TooLong {
                        actual: token.len(),
                        max: Self::MAX_BYTES,
                    };
                    observe::rejected(&rejection);
                    return Err(InvalidToken::from(&rejection).into());
                }
                Ok(Some(Self::bearer(token).under(*scheme)))
            }
            _ => Err(InvalidRequest::MalformedCredentials.into()),
        }
    }

    /// A bearer token that has been read before.
    pub(crate) const fn bearer(token: &'a str) -> Self {
        Self {
            token,
            scheme: TokenScheme::Bearer,
            request: None,
            confirmation: None,
        }
    }

    /// The same token under another scheme.
    pub(crate) const fn under(self, scheme: TokenScheme) -> Self {
        Self { scheme, ..self }
    }

    /// Returns the token.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.token
    }

    /// Returns the scheme under which it is presented.
    #[must_use]
    pub const fn scheme(self) -> TokenScheme {
        self.scheme
    }

    /// Returns the request that presents it. The layer passes it to verifiers that name
    /// [proof headers](super::Presentation::proof_header), and to no others.
    #[must_use]
    pub const fn request(&self) -> Option<&PresentingRequest<'a>> {
        self.request.as_ref()
    }

    /// Adds the request, for adapters that read the token themselves.
    #[must_use]
    pub const fn with_request(self, request: PresentingRequest<'a>) -> Self {
        Self {
            request: Some(request),
            ..self
        }
    }

    /// Declares that the client has proven possession of a key, whose confirmation is `value` of the
    /// method `method` (RFC 7800): `jkt` with a JWK thumbprint (RFC 9449 section 6.1), or `x5t#S256`
    /// with the thumbprint of a certificate (RFC 8705 section 3.1).
    ///
    /// For a verifier that checks the proof and asks another about the token by [`verify`](super::verify),
    /// which then accepts only tokens whose `cnf` has this one member with this value. Without a
    /// confirmation, the verifiers of this crate reject tokens with a `cnf`.
    ///
    /// ```
    /// use scopes_core::token::{PresentedToken, TokenVerifier, VerifiedToken, VerifyTokenError, verify};
    ///
    /// /// Asks `inner` about a token whose proof was made with the key of this thumbprint.
    /// async fn bound(
    ///     inner: &impl TokenVerifier,
    ///     token: PresentedToken<'_>,
    ///     thumbprint: &str,
    /// ) -> Result<VerifiedToken, VerifyTokenError> {
    ///     verify(inner, token.with_confirmation("jkt", thumbprint)).await
    /// }
    /// ```
    #[must_use]
    pub const fn with_confirmation(self, method: &'a str, value: &'a str) -> Self {
        Self {
            scheme: TokenScheme::Bearer,
            request: None,
            confirmation: Some(Confirmation { method, value }),
            ..self
        }
    }

    /// The confirmation of the key that the client has proven to possess.
    pub(crate) const fn confirmation(self) -> Option<Confirmation<'a>> {
        self.confirmation
    }
}

/// The confirmation of a key (RFC 7800).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Confirmation<'a> {
    pub(crate) method: &'a str,
    pub(crate) value: &'a str,
}

/// The request that presents a token, as far as a proof of possession refers to it.
///
/// ```
/// use scopes_core::PresentedToken;
/// use scopes_core::token::PresentingRequest;
///
/// let headers = [("dpop", b"eyJ0eXAi".as_slice())];
/// let request = PresentingRequest::new("POST", "https://mcp.example.com/mcp", &headers);
/// let token = PresentedToken::from_authorization(["Bearer reader"])?;
/// let token = token.map(|token| token.with_request(request)).ok_or("there is a token")?;
/// // The verifier of the token finds the proof, which has to be the only one.
/// let proofs = token.request().map(|request| request.header("DPoP").count());
/// assert_eq!(proofs, Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresentingRequest<'a> {
    method: &'a str,
    url: &'a str,
    headers: &'a [(&'a str, &'a [u8])],
    is_repeated: bool,
}

impl<'a> PresentingRequest<'a> {
    /// Creates a request from its method, the URL that external clients use, and the proof headers, each
    /// with its name in lower case. The URL comes from the configuration, never from `Host`.
    #[must_use]
    pub const fn new(method: &'a str, url: &'a str, headers: &'a [(&'a str, &'a [u8])]) -> Self {
        Self {
            method,
            url,
            headers,
            is_repeated: false,
        }
    }

    /// Returns the same request, whose token is [verified once more](Self::is_repeated). Only for adapters that
    /// had the request verified before.
    #[must_use]
    pub const fn repeated(self) -> Self {
        Self {
            is_repeated: true,
            ..self
        }
    }

    /// Returns the method, such as `POST`.
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// Returns the URL as external clients use it: the origin of the resource and the path of the request,
    /// without query and fragment.
    #[must_use]
    pub const fn url(&self) -> &'a str {
        self.url
    }

    /// Returns the values of a proof header. A proof that has to be the only one is checked by its number.
    pub fn header(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = self.headers.iter();
        let named = named.filter(move |(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| *value)
    }

    /// Returns whether this request was verified before: the token of its open response stream is
    /// verified again. The proof is that of the opening request, so its age and its single use are
    /// not checked again.
    #[must_use]
    pub const fn is_repeated(&self) -> bool {
        self.is_repeated
    }
}

/// RFC 9110 section 11.2: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_token68(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let characters = &token[..token.len() - padding];
    // Without a branch, the loop is vectorized. It is most of the cost of reading a token.
    let all_allowed = characters
        .iter()
        .fold(true, |so_far, byte| so_far & is_allowed(*byte));
    all_allowed && !characters.is_empty()
}

const fn is_allowed(byte: u8) -> bool {
    // The range from `-` to `9` is `-`, `.`, `/` and the digits.
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'-'..=b'9' | b'_' | b'~' | b'+')
}

impl fmt::Debug for PresentedToken<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PresentedToken")
            .field("scheme", &self.scheme)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PresentingRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PresentingRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
