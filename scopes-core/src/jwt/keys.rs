//! Public keys, each with the algorithms that it is made for.

use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::Value;

use super::header::Unverified;

/// The keys of one issuer.
#[derive(Clone, Default)]
pub(super) struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    jwk: Jwk,
    algorithms: Vec<Algorithm>,
    decoding: DecodingKey,
}

/// What the keys say of a signature.
pub(super) enum Signature {
    Good,
    Bad,
    /// No key has this id and is made for the algorithm; the issuer may have a new one.
    UnknownKey,
}

impl Keys {
    /// How many keys of one issuer are kept.
    const MOST: usize = 100;
    /// How many keys are tried for a token that names none.
    const MOST_TRIED: usize = 16;

    /// The keys of a set that can verify signatures; the others are passed over.
    pub(super) fn of_set(set: &JwkSet) -> Self {
        Self(
            set.keys
                .iter()
                .filter_map(Key::new)
                .take(Self::MOST)
                .collect(),
        )
    }

    /// Reads a JWK set (RFC 7517 section 5). Keys that cannot be read are passed over.
    pub(super) fn parse(document: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let document: Document = serde_json::from_slice(document).ok()?;
        let keys = document
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok());
        Some(Self::of_set(&JwkSet {
            keys: keys.collect(),
        }))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `self` has a key that `newer` has not.
    pub(super) fn has_lost_any(&self, newer: &Self) -> bool {
        self.0
            .iter()
            .any(|key| !newer.0.iter().any(|other| other.jwk == key.jwk))
    }

    /// Tries the key that the token names, or every key that fits if it names none.
    pub(super) fn check(&self, token: &Unverified<'_>) -> Signature {
        let algorithm = token.header.alg;
        let named = |key: &&Key| match &token.header.kid {
            Some(kid) => key.jwk.common.key_id.as_ref() == Some(kid),
            None => true,
        };
        // A stranger's token without a key id does not cost a hundred verifications.
        let most = match &token.header.kid {
            Some(_) => usize::MAX,
            None => Self::MOST_TRIED,
        };
        let fitting = self
            .0
            .iter()
            .filter(named)
            .filter(|key| key.algorithms.contains(&algorithm));
        let mut fitting = fitting.take(most).peekable();
        if fitting.peek().is_none() {
            return Signature::UnknownKey;
        }
        let is_good = fitting.any(|key| {
            crypto::verify(
                token.signature,
                token.message.as_bytes(),
                &key.decoding,
                algorithm,
            )
            .unwrap_or(false)
        });
        if is_good {
            Signature::Good
        } else {
            Signature::Bad
        }
    }
}

impl Key {
    fn new(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let verifies = common
            .public_key_use
            .as_ref()
            .is_none_or(|usage| *usage == PublicKeyUse::Signature)
            && common
                .key_operations
                .as_ref()
                .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        let made_for: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa.algorithms(),
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                &[Algorithm::ES256]
            }
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => {
                &[Algorithm::ES384]
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                &[Algorithm::EdDSA]
            }
            // A secret is no public key, whoever publishes it.
            _ => return None,
        };
        let algorithms: Vec<_> = match common.key_algorithm {
            Some(said) => {
                let said = Algorithm::try_from(said).ok()?;
                made_for
                    .iter()
                    .copied()
                    .filter(|algorithm| *algorithm == said)
                    .collect()
            }
            None => made_for.to_vec(),
        };
        if !verifies || algorithms.is_empty() {
            return None;
        }
        let decoding = DecodingKey::from_jwk(jwk).ok()?;
        Some(Self {
            jwk: jwk.clone(),
            algorithms,
            decoding,
        })
    }
}
