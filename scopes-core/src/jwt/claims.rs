//! What has to be true of the claims of a JWT.

use std::time::Duration;

use super::profile::Profile;
use crate::error::InvalidToken;
use crate::token::{Claims, RawClaims};

/// What has to be true of the claims.
pub(super) struct Policy<'a> {
    pub(super) audiences: &'a [String],
    pub(super) profile: &'a Profile,
    pub(super) leeway: Duration,
}

impl Policy<'_> {
    /// Checks everything but the signature and the issuer.
    pub(super) fn check(&self, claims: RawClaims) -> Result<Claims, InvalidToken> {
        let profile = self.profile;
        let mut required = profile.required_claims.iter().map(String::as_str);
        let is_there = |name: &str| claims.get(name).is_some();
        let is = |(name, value): &(String, String)| claims.text(name) == Some(value);
        if !is_there("exp") || !required.all(is_there) || !profile.required_values.iter().all(is) {
            return Err(InvalidToken::NotAccepted);
        }
        let audience = claims.audience(&profile.audience_claim, self.audiences)?;
        let mut claims = claims.read(&profile.scope_claims, self.leeway)?;
        if claims.audience.is_empty() {
            claims.audience = audience;
        }
        Ok(claims)
    }
}
