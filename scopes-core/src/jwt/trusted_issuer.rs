//! An issuer whose tokens are accepted: its settings, its keys, and the reasons to reject a token.

use super::header::Unverified;
use super::jwks_cache::JwksCache;
use super::keys::Keys;
use super::profile::{Profile, TokenType};
use crate::token::{AcceptedAudiences, Rejection};

pub(super) struct TrustedIssuer<F> {
    pub(super) url: String,
    pub(super) audiences: AcceptedAudiences,
    pub(super) profile: Profile,
    pub(super) keys: KeyRing<F>,
}

pub(super) enum KeyRing<F> {
    Given(Keys),
    Fetched(Box<JwksCache<F>>),
}

impl<F> TrustedIssuer<F> {
    /// Returns the kind of the token by its header.
    pub(super) fn accepted_type(&self, token: &Unverified<'_>) -> Result<TokenType, Rejection> {
        let typ = self.profile.accepted_type(token.header.typ.as_deref());
        typ.ok_or_else(|| Rejection::WrongType {
            actual: token.header.typ.clone(),
            expected: self.profile.types(),
        })
    }

    pub(super) fn check_algorithm(&self, token: &Unverified<'_>) -> Result<(), Rejection> {
        let accepted = &self.profile.algorithms;
        let algorithm = token.header.algorithm;
        if algorithm.is_some_and(|algorithm| accepted.contains(&algorithm)) {
            return Ok(());
        }
        Err(Rejection::UnsupportedAlgorithm {
            actual: token.header.alg.clone(),
            expected: accepted.iter().map(|name| format!("{name:?}")).collect(),
        })
    }

    pub(super) fn unknown_key(&self, algorithm: String) -> Rejection {
        Rejection::UnknownKey {
            issuer: self.url.clone(),
            algorithm,
        }
    }

    pub(super) fn bad_signature(&self, algorithm: String) -> Rejection {
        Rejection::BadSignature {
            issuer: self.url.clone(),
            algorithm,
        }
    }
}
