//! The reasons for which a key of a set is not used.

use std::fmt;

/// A key that is not used, as far as its members can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PassedOver {
    pub(crate) kid: Option<String>,
    pub(crate) kty: Option<String>,
    pub(crate) alg: Option<String>,
    pub(crate) problem: KeyProblem,
}

/// The reason. Texts in it are members of the key, cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyProblem {
    NoObject,
    NoText(&'static str),
    Missing(&'static str),
    NoBase64url(&'static str),
    UnknownType,
    UnknownCurve(String),
    Secret,
    Private,
    PrivateTwin,
    OtherUse(String),
    OtherOperations,
    OtherPurpose,
    OtherAlgorithm(&'static str),
    ModulusSize(usize),
    EvenModulus,
    Exponent,
    Length {
        member: &'static str,
        expected: usize,
        found: usize,
    },
    WeakPoint,
    OffCurve,
    TooMany(usize),
}

#[cfg(any(feature = "doctor", feature = "tracing"))]
impl KeyProblem {
    /// Returns whether the key is for another purpose than signatures, as the encryption keys that
    /// Keycloak publishes are.
    pub(crate) const fn is_for_another_purpose(&self) -> bool {
        matches!(
            self,
            Self::OtherUse(_) | Self::OtherOperations | Self::OtherPurpose
        )
    }

    /// Returns whether the issuer has published a private key, with which everyone can sign.
    pub(crate) const fn is_published_private_key(&self) -> bool {
        matches!(self, Self::Private | Self::PrivateTwin)
    }
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObject => formatter.write_str("the key is not a JSON object"),
            Self::NoText(member) => write!(formatter, "`{member}` has the wrong JSON type"),
            Self::Missing("n" | "x") => formatter.write_str(
                "the members of the public key are missing; certificates (`x5c`) are not read",
            ),
            Self::Missing(member) => write!(formatter, "`{member}` is missing"),
            Self::NoBase64url(member) => write!(formatter, "`{member}` is not base64url"),
            Self::UnknownType => {
                formatter.write_str("the key type (`kty`) is not supported; use RSA, EC or OKP")
            }
            Self::UnknownCurve(curve) => write!(
                formatter,
                "the curve {curve:?} is not supported; use P-256, P-384 or Ed25519"
            ),
            Self::Secret => formatter
                .write_str("the key is a secret (`kty` is `oct`); withdraw it, it is published"),
            Self::Private => formatter.write_str(
                "it is a private key, so everyone can sign with it; withdraw it and publish the \
                 public key of a new one",
            ),
            Self::PrivateTwin => formatter.write_str(
                "its private key is published in the same set, so everyone can sign with it; \
                 withdraw both and publish a new key",
            ),
            Self::OtherUse(named) => write!(formatter, "`use` is {named:?}, not `sig`"),
            Self::OtherOperations => formatter.write_str("`key_ops` does not contain `verify`"),
            Self::OtherPurpose => formatter.write_str("`alg` is an encryption algorithm"),
            Self::OtherAlgorithm(expected) => write!(
                formatter,
                "`alg` is not supported with this type of key; expected {expected}"
            ),
            Self::ModulusSize(bits) => {
                write!(
                    formatter,
                    "the modulus has {bits} bits; 2048 to 4096 are accepted"
                )
            }
            Self::EvenModulus => formatter.write_str("the modulus is even"),
            Self::Exponent => formatter
                .write_str("the exponent is not an odd number from 3 to 2^33 - 1; use 65537"),
            Self::Length {
                member,
                expected,
                found,
            } => write!(
                formatter,
                "`{member}` has {found} bytes; expected {expected}"
            ),
            Self::WeakPoint => {
                formatter.write_str("`x` is not a canonical point, or one of small order")
            }
            Self::OffCurve => formatter.write_str("the point is not on the curve (`crv`)"),
            Self::TooMany(most) => {
                write!(
                    formatter,
                    "the set has more than {most} keys; only the first are read"
                )
            }
        }
    }
}
