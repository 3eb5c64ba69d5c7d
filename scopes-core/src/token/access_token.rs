//! The string that a client presents, and the header that it stands in.

use std::fmt;

use crate::error::{AuthorizeError, InvalidRequest, InvalidToken};

/// The string that a client presents (RFC 6750 section 2.1). `Debug` does not show it.
///
/// ```
/// use scopes_core::AccessToken;
///
/// let token = AccessToken::from_authorization(["Bearer mF_9.B5f-4.1JqM"])?;
/// assert_eq!(token.map(|token| token.as_str()), Some("mF_9.B5f-4.1JqM"));
/// assert!(AccessToken::from_authorization(["Basic Zm9v"])?.is_none());
/// assert!(AccessToken::from_authorization(["Bearer a", "Bearer b"]).is_err());
/// # Ok::<(), scopes_core::AuthorizeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessToken<'a>(&'a str);

impl<'a> AccessToken<'a> {
    /// How many bytes a token may have: more than any authorization server issues, and little
    /// enough to be looked at whole.
    pub const LONGEST: usize = 16 * 1024;

    /// Reads the values of all `Authorization` headers of one request.
    ///
    /// A request without the header, or with another scheme than `Bearer`, presents no token. The
    /// scheme is matched whatever its case, and any number of spaces may follow it (RFC 9110
    /// section 11.1). Tokens are never looked for in the query or the body.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](AuthorizeError::InvalidRequest) if there is more than one header, or
    /// what follows the scheme is not one token; [`InvalidToken`](AuthorizeError::InvalidToken) if
    /// the token is longer than [`LONGEST`](Self::LONGEST).
    pub fn from_authorization<V: AsRef<[u8]> + ?Sized + 'a>(
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
        let (scheme, rest) = value.split_at(scheme_end);
        if !scheme.eq_ignore_ascii_case(b"Bearer") {
            return Ok(None);
        }
        let token_start = rest
            .iter()
            .position(|byte| *byte != b' ')
            .unwrap_or(rest.len());
        match std::str::from_utf8(&rest[token_start..]) {
            Ok(token) if is_token68(token.as_bytes()) => {
                if token.len() > Self::LONGEST {
                    return Err(InvalidToken::NotAccepted.into());
                }
                Ok(Some(Self(token)))
            }
            _ => Err(InvalidRequest::MalformedCredentials.into()),
        }
    }

    /// A token that was taken out of a header before.
    #[cfg(any(feature = "cache", feature = "testing", test))]
    pub(crate) const fn read_before(token: &'a str) -> Self {
        Self(token)
    }

    /// The token.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// RFC 9110 section 11.2: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_token68(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let characters = &token[..token.len() - padding];
    // Without a branch, many bytes are looked at in one step: this is all of a token's cost.
    let all_allowed = characters
        .iter()
        .fold(true, |so_far, byte| so_far & is_allowed(*byte));
    all_allowed && !characters.is_empty()
}

const fn is_allowed(byte: u8) -> bool {
    // From `-` to `9` stand `-`, `.`, `/` and the digits.
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'-'..=b'9' | b'_' | b'~' | b'+')
}

impl fmt::Debug for AccessToken<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessToken(..)")
    }
}
