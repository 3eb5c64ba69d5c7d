//! Private keys that an issuer has published by mistake.

use serde_json::{Map, Value};

use super::curve::ed25519_y;
use super::members::{bytes, is_missing, number, text};

/// The private keys of a set. Everyone who has read the set can sign with them, so the public keys
/// that belong to them are not used either.
#[derive(Default)]
pub(super) struct PrivateKeys {
    kids: Vec<String>,
    numbers: Vec<Vec<u8>>,
}

impl PrivateKeys {
    pub(super) fn of_set(keys: &[Value]) -> Self {
        let mut published = Self::default();
        let objects = keys.iter().filter_map(Value::as_object);
        for jwk in objects.filter(|jwk| is_private(jwk)) {
            published.kids.extend(kid(jwk).map(str::to_owned));
            published.numbers.extend(public_number(jwk));
        }
        published
    }

    /// Returns whether this public key belongs to a private key of the set: by its numbers, or by its
    /// id where the private key is spelled without them.
    pub(super) fn include(&self, jwk: &Map<String, Value>) -> bool {
        let has_kid = kid(jwk).is_some_and(|kid| self.kids.iter().any(|other| other == kid));
        has_kid || public_number(jwk).is_some_and(|number| self.numbers.contains(&number))
    }
}

/// Returns whether the key has a member that only private keys have. The factors of an RSA modulus
/// (RFC 7518 section 6.3.2) give the private key away without `d`.
pub(super) fn is_private(jwk: &Map<String, Value>) -> bool {
    let members: &[&str] = match jwk.get("kty").and_then(Value::as_str) {
        Some("RSA") => &["d", "p", "q", "dp", "dq", "qi", "oth"],
        _ => &["d"],
    };
    members.iter().any(|member| !is_missing(jwk.get(*member)))
}

fn kid(jwk: &Map<String, Value>) -> Option<&str> {
    text(jwk, "kid").ok().flatten()
}

/// Returns the number that identifies the private key of a public key: the modulus, whatever the
/// exponent, or one coordinate, whatever the sign of the other.
fn public_number(jwk: &Map<String, Value>) -> Option<Vec<u8>> {
    let number = match jwk.get("kty")?.as_str()? {
        "RSA" => number(jwk, "n"),
        "EC" => number(jwk, "x"),
        "OKP" => bytes(jwk, "x").map(|point| match point.as_slice().try_into() {
            Ok(point) => ed25519_y(point).to_vec(),
            Err(_) => point,
        }),
        _ => return None,
    };
    number.ok()
}
