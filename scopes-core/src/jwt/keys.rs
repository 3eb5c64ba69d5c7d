//! The public keys of an issuer, and the check of a signature with them.

use std::fmt::Write as _;

use jsonwebtoken::crypto;

use super::header::Unverified;
use super::jwk_set::JwkSet;
use super::key_problem::{KeyProblem, PassedOver};
use super::private_keys::PrivateKeys;
use super::public_key::PublicKey;
use crate::observe;

/// The keys of one issuer: those that verify signatures, and the others with the reason.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    usable: Vec<PublicKey>,
    passed_over: Vec<PassedOver>,
}

/// The result of a signature check.
pub(super) enum Signature {
    Good,
    Bad,
    /// No key has this id and is made for the algorithm; the issuer may have a new one.
    UnknownKey,
}

impl Keys {
    /// The number of keys of one set that are read.
    const MOST: usize = 100;
    /// The number of keys that are tried for a token that names none.
    const MOST_TRIED: usize = 16;
    /// The number of keys that an error names.
    const MOST_NAMED: usize = 5;

    pub(crate) fn of_set(set: &JwkSet) -> Self {
        let mut keys = Self::default();
        let published = PrivateKeys::of_set(&set.keys);
        for jwk in set.keys.iter().take(Self::MOST) {
            match PublicKey::read(jwk, &published) {
                Ok(key) => keys.usable.push(key),
                Err(passed_over) => keys.passed_over.push(passed_over),
            }
        }
        if set.keys.len() > Self::MOST {
            keys.passed_over.push(PassedOver {
                kid: None,
                kty: None,
                alg: None,
                problem: KeyProblem::TooMany(Self::MOST),
            });
        }
        keys
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.usable.is_empty()
    }

    /// Returns the reason why no key verifies signatures, for the end of a sentence.
    pub(crate) fn why_empty(&self) -> String {
        let mut reason = "no key that can verify a signature".to_owned();
        for (place, key) in self.passed_over.iter().take(Self::MOST_NAMED).enumerate() {
            let kid = key.kid.as_deref().unwrap_or_default();
            reason.push_str(if place == 0 { ": " } else { "; " });
            // Writing to a string does not fail.
            let _ = write!(reason, "key {kid:?}: {}", key.problem);
        }
        reason
    }

    /// Returns the number of keys that verify signatures.
    #[cfg(feature = "doctor")]
    pub(crate) const fn len(&self) -> usize {
        self.usable.len()
    }

    /// Returns the keys that do not verify signatures, each with the reason.
    #[cfg(feature = "doctor")]
    pub(crate) fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// Logs the keys that are not used, except those that were not used in `before`.
    pub(super) fn report(&self, issuer: &str, before: Option<&Self>) {
        let known = before.map_or(&[][..], |before| &before.passed_over);
        let new = self.passed_over.iter().filter(|key| !known.contains(key));
        new.for_each(|key| observe::key_passed_over(issuer, key));
    }

    /// Returns whether `self` has a key that `other` lacks.
    pub(super) fn has_any_not_in(&self, other: &Self) -> bool {
        let is_in = |key: &PublicKey| {
            let mut others = other.usable.iter();
            others.any(|other| other.identity == key.identity)
        };
        !self.usable.iter().all(is_in)
    }

    /// Tries the key that the token names, or every key that fits if it names none.
    pub(super) fn check(&self, token: &Unverified<'_>) -> Signature {
        let Some(algorithm) = token.header.algorithm else {
            return Signature::UnknownKey;
        };
        let named = |key: &&PublicKey| match &token.header.kid {
            Some(kid) => key.identity.kid.as_ref() == Some(kid),
            None => true,
        };
        // A token without a key id must not cost a hundred verifications.
        let most = match &token.header.kid {
            Some(_) => usize::MAX,
            None => Self::MOST_TRIED,
        };
        let fitting = self
            .usable
            .iter()
            .filter(named)
            .filter(|key| key.identity.algorithms.contains(&algorithm));
        let mut fitting = fitting.take(most).peekable();
        if fitting.peek().is_none() {
            return Signature::UnknownKey;
        }
        let is_good = fitting.any(|key| {
            // Base64 without padding. No implementation receives a signature of another length.
            token.signature.len() == (key.signature_length * 4).div_ceil(3)
                && crypto::verify(
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
