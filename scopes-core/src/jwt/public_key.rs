//! One key of a JWK set, normalized so that all implementations of the cryptography read it alike.

use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde_json::{Map, Value};

use super::curve::{P256, P384, check_ed25519};
use super::key_problem::{KeyProblem, PassedOver};
use super::members::{bytes, is_missing, number, text};
use super::private_keys::{PrivateKeys, is_private};

/// A key that verifies signatures.
#[derive(Clone)]
pub(super) struct PublicKey {
    pub(super) identity: Identity,
    pub(super) decoding: DecodingKey,
    /// The length of a signature in bytes.
    pub(super) signature_length: usize,
}

/// The parts of a key that identify it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) kid: Option<String>,
    pub(super) algorithms: &'static [Algorithm],
    /// The numbers of the key, without leading zeros.
    numbers: Vec<Vec<u8>>,
}

/// The number of characters of a member that are kept for the operator.
const SHOWN: usize = 128;
/// The sizes of RSA keys that every implementation of the cryptography verifies with.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
const MAX_EXPONENT: u64 = (1 << 33) - 1;

impl PublicKey {
    /// Reads a JWK (RFC 7517 section 4). A member that is null, an empty string or an empty array
    /// counts as missing.
    ///
    /// The keys in `published` are private keys of the same set.
    pub(super) fn read(jwk: &Value, published: &PrivateKeys) -> Result<Self, PassedOver> {
        let shown = |member: &str| {
            let text = jwk.get(member)?.as_str()?;
            Some(text.chars().take(SHOWN).collect())
        };
        let read = jwk.as_object().ok_or(KeyProblem::NoObject);
        let read = read.and_then(|jwk| {
            let key = Self::of_object(jwk)?;
            if published.include(jwk) {
                return Err(KeyProblem::PrivateTwin);
            }
            Ok(key)
        });
        read.map_err(|problem| PassedOver {
            kid: shown("kid"),
            kty: shown("kty"),
            alg: shown("alg"),
            problem,
        })
    }

    fn of_object(jwk: &Map<String, Value>) -> Result<Self, KeyProblem> {
        let kid = text(jwk, "kid")?.map(str::to_owned);
        let kty = text(jwk, "kty")?.ok_or(KeyProblem::Missing("kty"))?;
        if kty == "oct" {
            return Err(KeyProblem::Secret);
        }
        if is_private(jwk) {
            return Err(KeyProblem::Private);
        }
        check_purpose(jwk)?;
        match kty {
            "RSA" => {
                let algorithms = algorithms(jwk, AlgorithmFamily::Rsa.algorithms())?;
                Self::rsa(kid, algorithms, number(jwk, "n")?, number(jwk, "e")?)
            }
            "EC" => {
                let crv = text(jwk, "crv")?.ok_or(KeyProblem::Missing("crv"))?;
                let (made_for, length): (&[Algorithm], _) = match crv {
                    "P-256" => (&[Algorithm::ES256], 32),
                    "P-384" => (&[Algorithm::ES384], 48),
                    other => return Err(unknown_curve(other)),
                };
                let algorithms = algorithms(jwk, made_for)?;
                let x = coordinate("x", number(jwk, "x")?, length)?;
                let y = coordinate("y", number(jwk, "y")?, length)?;
                match length {
                    32 => P256.check(&x, &y)?,
                    _ => P384.check(&x, &y)?,
                }
                // SEC 1 section 2.3.3: an uncompressed point.
                let point = [&[4], &*x, &*y].concat();
                Ok(Self {
                    decoding: DecodingKey::from_ec_der(&point),
                    signature_length: 2 * length,
                    identity: Identity {
                        kid,
                        algorithms,
                        numbers: vec![point],
                    },
                })
            }
            "OKP" => {
                match text(jwk, "crv")?.ok_or(KeyProblem::Missing("crv"))? {
                    "Ed25519" => {}
                    other => return Err(unknown_curve(other)),
                }
                let algorithms = algorithms(jwk, &[Algorithm::EdDSA])?;
                let point = bytes(jwk, "x")?;
                let encoded = point.as_slice().try_into();
                check_ed25519(encoded.map_err(|_| KeyProblem::Length {
                    member: "x",
                    expected: 32,
                    found: point.len(),
                })?)?;
                Ok(Self {
                    decoding: DecodingKey::from_ed_der(&point),
                    signature_length: 64,
                    identity: Identity {
                        kid,
                        algorithms,
                        numbers: vec![point],
                    },
                })
            }
            _ => Err(KeyProblem::UnknownType),
        }
    }

    fn rsa(
        kid: Option<String>,
        algorithms: &'static [Algorithm],
        n: Vec<u8>,
        e: Vec<u8>,
    ) -> Result<Self, KeyProblem> {
        let leading = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        let bits = n.len() * 8 - leading;
        if !MODULUS_BITS.contains(&bits) {
            return Err(KeyProblem::ModulusSize(bits));
        }
        if n.last().is_some_and(|byte| byte % 2 == 0) {
            return Err(KeyProblem::EvenModulus);
        }
        let exponent = match e.len() {
            0..=8 => e
                .iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte)),
            _ => u64::MAX,
        };
        if !(3..=MAX_EXPONENT).contains(&exponent) || exponent % 2 == 0 {
            return Err(KeyProblem::Exponent);
        }
        Ok(Self {
            decoding: DecodingKey::from_rsa_raw_components(&n, &e),
            signature_length: n.len(),
            identity: Identity {
                kid,
                algorithms,
                numbers: vec![n, e],
            },
        })
    }
}

/// Checks `use`, `key_ops` and `alg` for keys that are not for signatures.
fn check_purpose(jwk: &Map<String, Value>) -> Result<(), KeyProblem> {
    match text(jwk, "use")? {
        None | Some("sig") => {}
        Some(other) => return Err(KeyProblem::OtherUse(other.chars().take(SHOWN).collect())),
    }
    match jwk.get("key_ops") {
        value if is_missing(value) => {}
        Some(Value::Array(operations)) => {
            if !operations.contains(&Value::from("verify")) {
                return Err(KeyProblem::OtherOperations);
            }
        }
        _ => return Err(KeyProblem::NoText("key_ops")),
    }
    let is_for_encryption = |alg: &str| alg.starts_with("RSA-OAEP") || alg.starts_with("ECDH-ES");
    match text(jwk, "alg")? {
        Some(alg) if alg == "RSA1_5" || is_for_encryption(alg) => Err(KeyProblem::OtherPurpose),
        _ => Ok(()),
    }
}

/// Returns those of the algorithms of a key type that its `alg` allows.
fn algorithms(
    jwk: &Map<String, Value>,
    made_for: &'static [Algorithm],
) -> Result<&'static [Algorithm], KeyProblem> {
    let Some(alg) = text(jwk, "alg")? else {
        return Ok(made_for);
    };
    let place = algorithm(alg).and_then(|alg| made_for.iter().position(|made| *made == alg));
    let place = place.ok_or(KeyProblem::OtherAlgorithm(match made_for {
        [Algorithm::ES256] => "ES256",
        [Algorithm::ES384] => "ES384",
        [Algorithm::EdDSA] => "Ed25519 or EdDSA",
        _ => "RS256, RS384, RS512, PS256, PS384 or PS512",
    }))?;
    Ok(&made_for[place..=place])
}

/// Returns the algorithm of this name. RFC 9864 gives `EdDSA` with Ed25519 a name of its own.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "Ed25519" => Some(Algorithm::EdDSA),
        name => name.parse().ok(),
    }
}

fn unknown_curve(name: &str) -> KeyProblem {
    KeyProblem::UnknownCurve(name.chars().take(SHOWN).collect())
}

/// Returns a coordinate in its full length, which RFC 7518 section 6.2.1.2 demands and some
/// libraries cut.
fn coordinate(
    member: &'static str,
    mut number: Vec<u8>,
    length: usize,
) -> Result<Vec<u8>, KeyProblem> {
    let Some(missing) = length.checked_sub(number.len()) else {
        return Err(KeyProblem::Length {
            member,
            expected: length,
            found: number.len(),
        });
    };
    number.splice(..0, std::iter::repeat_n(0, missing));
    Ok(number)
}
