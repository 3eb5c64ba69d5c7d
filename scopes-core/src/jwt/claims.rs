//! The checks of a JWT's claims.

use std::time::Duration;

use super::profile::{Profile, TokenType};
use crate::token::{AcceptedAudiences, Claims, Confirmation, RawClaims, Rejection};

/// The requirements of a JWT's claims.
pub(super) struct Policy<'a> {
    pub(super) audiences: &'a AcceptedAudiences,
    pub(super) profile: &'a Profile,
    pub(super) leeway: Duration,
    /// The key that the client has proven to possess.
    pub(super) confirmation: Option<Confirmation<'a>>,
}

impl Policy<'_> {
    /// Checks everything but the signature and the issuer.
    pub(super) fn check(&self, claims: RawClaims, typ: TokenType) -> Result<Claims, Rejection> {
        let profile = self.profile;
        Self::check_expires(&claims)?;
        profile.check(&claims, typ)?;
        let audience = self.check_audience(&claims, typ)?;
        let mut claims = claims.read(&profile.scope_claims, self.leeway, self.confirmation)?;
        if claims.audience.is_empty() {
            claims.audience = audience;
        }
        Ok(claims)
    }

    fn check_expires(claims: &RawClaims) -> Result<(), Rejection> {
        match claims.get("exp") {
            Some(_) => Ok(()),
            None => Err(Rejection::missing("exp")),
        }
    }

    /// Checks `exp`, which is required, `nbf` and `iat`.
    pub(super) fn check_times(&self, claims: &mut RawClaims) -> Result<(), Rejection> {
        Self::check_expires(claims)?;
        claims.check_times(self.leeway).map(drop)
    }

    /// Returns the claim that has to name the audience.
    pub(super) fn audience_claim(&self, claims: &RawClaims) -> &'static str {
        match self.profile.missing_audience {
            Some(claim) if claims.get("aud").is_none() => claim,
            _ => "aud",
        }
    }

    /// Returns the audiences of the token, of which one is accepted.
    pub(super) fn check_audience(
        &self,
        claims: &RawClaims,
        typ: TokenType,
    ) -> Result<Vec<String>, Rejection> {
        let audience = self.audiences.check(claims, self.audience_claim(claims))?;
        if !self.profile.takes_own_client(typ)
            && let Some(audience) = self.own_client(&audience, claims)
        {
            let audience = audience.to_owned();
            return Err(Rejection::AudienceIsClient { audience });
        }
        Ok(audience)
    }

    /// Returns the client that the token was issued to, if it is every accepted audience, as that of
    /// an ID token is (OpenID Connect Core section 2).
    fn own_client<'t>(&self, audience: &'t [String], claims: &RawClaims) -> Option<&'t str> {
        let is_client = |name: &&String| {
            ["azp", "client_id", "cid"]
                .iter()
                .any(|claim| claims.text(claim) == Some(name))
        };
        let mut accepted = audience.iter().filter(|name| self.audiences.contains(name));
        let first = accepted.next().filter(is_client)?;
        accepted.all(|name| is_client(&name)).then_some(first)
    }
}
