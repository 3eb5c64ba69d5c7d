//! The checks of a JWT's claims.

use std::time::Duration;

use super::profile::{Profile, TokenType};
use crate::error::InvalidToken;
use crate::token::{AcceptedAudiences, Claims, RawClaims};

/// The requirements of a JWT's claims.
pub(super) struct Policy<'a> {
    pub(super) audiences: &'a AcceptedAudiences,
    pub(super) profile: &'a Profile,
    pub(super) leeway: Duration,
}

impl Policy<'_> {
    /// Checks everything but the signature and the issuer.
    pub(super) fn check(&self, claims: RawClaims, typ: TokenType) -> Result<Claims, InvalidToken> {
        let profile = self.profile;
        if claims.get("exp").is_none() || !profile.accepts(&claims, typ) {
            return Err(InvalidToken::NotAccepted);
        }
        let audience_claim = match profile.missing_audience {
            Some(claim) if claims.get("aud").is_none() => claim,
            _ => "aud",
        };
        let audience = self.audiences.check(&claims, audience_claim)?;
        if !profile.takes_own_client(typ) && self.is_own_client(&audience, &claims) {
            return Err(InvalidToken::NotAccepted);
        }
        let mut claims = claims.read(&profile.scope_claims, self.leeway)?;
        if claims.audience.is_empty() {
            claims.audience = audience;
        }
        Ok(claims)
    }

    /// Returns whether every accepted audience is the client that the token was issued to, as an ID
    /// token's is (OpenID Connect Core section 2).
    fn is_own_client(&self, audience: &[String], claims: &RawClaims) -> bool {
        let is_client = |name: &String| {
            ["azp", "client_id", "cid"]
                .iter()
                .any(|claim| claims.text(claim) == Some(name))
        };
        let mut accepted = audience.iter().filter(|name| self.audiences.contains(name));
        !audience.is_empty() && accepted.all(is_client)
    }
}
