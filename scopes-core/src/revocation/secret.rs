//! The credential of the endpoint.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A bearer secret of [`RevocationEndpoint`](crate::tower::RevocationEndpoint), kept as its SHA-256 digest.
///
/// Make one with `openssl rand -hex 32`. `Debug` does not show it.
///
/// ```
/// use scopes_core::revocation::RevocationSecret;
///
/// let secret = RevocationSecret::from_text("9ac7e4d2a0b8f1635c70dd1be24f98a3")?;
/// assert!(RevocationSecret::from_text("letmein").is_err());
/// # drop(secret);
/// # Ok::<(), scopes_core::revocation::RevocationSecretError>(())
/// ```
#[derive(Clone, Copy)]
pub struct RevocationSecret([u8; 32]);

impl RevocationSecret {
    /// Takes the secret itself, of at least 128 random bits: 32 hexadecimal digits, or 22 characters of
    /// base64url.
    ///
    /// # Errors
    ///
    /// If it is shorter, or has characters that a bearer token cannot have.
    pub fn from_text(secret: &str) -> Result<Self, RevocationSecretError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if !secret.bytes().all(is_allowed) {
            return Err(RevocationSecretError::Characters);
        }
        let least = if secret.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            32
        } else {
            22
        };
        if secret.len() < least {
            return Err(RevocationSecretError::TooShort);
        }
        Ok(Self::digest(secret))
    }

    /// Takes the SHA-256 digest of the secret in hexadecimal, with or without `sha256:` before it, such as
    /// from a file of settings. `printf %s "$SECRET" | sha256sum` prints it. The secret must have 128 random
    /// bits: a shorter one can be found from its digest.
    ///
    /// # Errors
    ///
    /// If it is not 64 hexadecimal digits.
    pub fn from_sha256(digest: &str) -> Result<Self, RevocationSecretError> {
        let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
        let digits = digits.as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(RevocationSecretError::NotDigest);
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
            let (Some(high), Some(low)) = (high, low) else {
                return Err(RevocationSecretError::NotDigest);
            };
            *byte = u8::try_from(high << 4 | low).unwrap_or_default();
        }
        Ok(Self(bytes))
    }

    /// Returns whether `presented` is the secret. Takes the same time whichever byte differs.
    #[must_use]
    pub fn is(&self, presented: &str) -> bool {
        self.0.ct_eq(&Self::digest(presented).0).into()
    }

    fn digest(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

impl fmt::Debug for RevocationSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RevocationSecret(..)")
    }
}

/// Returned when a text cannot be a [`RevocationSecret`].
///
/// ```
/// use scopes_core::revocation::RevocationSecret;
///
/// assert!(RevocationSecret::from_text("short").is_err());
/// assert!(RevocationSecret::from_text("4e2fd9a0b1c8877612cd0e53aa9f06b7").is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationSecretError {
    /// It is shorter than 128 bits.
    TooShort,
    /// It has a character that a bearer token cannot have.
    Characters,
    /// It is not a SHA-256 digest in hexadecimal.
    NotDigest,
}

impl fmt::Display for RevocationSecretError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooShort => {
                "the secret has less than 128 bits; make one with `openssl rand -hex 32`"
            }
            Self::Characters => {
                "the secret has a character other than letters, digits and `-._~+/=`; make one with \
                 `openssl rand -hex 32`"
            }
            Self::NotDigest => {
                "the digest is not 64 hexadecimal digits; `printf %s \"$SECRET\" | sha256sum` prints it"
            }
        })
    }
}

impl std::error::Error for RevocationSecretError {}
