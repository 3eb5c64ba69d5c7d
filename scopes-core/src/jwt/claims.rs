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
        if !self.profile.takes_own_client(typ) {
            self.check_own_client(&audience, claims)?;
        }
        Ok(audience)
    }

    /// Rejects a token each of whose accepted audiences may be its client, as that of an ID token is
    /// (OpenID Connect Core section 2). Of a token that names no client, everything but the resource may be.
    fn check_own_client(&self, audience: &[String], claims: &RawClaims) -> Result<(), Rejection> {
        let clients: Vec<_> = claims.clients().collect();
        let may_be_client = |name: &String| match clients[..] {
            [] => !self.audiences.is_resource(name),
            _ => clients.contains(&name.as_str()),
        };
        let mut accepted = audience.iter().filter(|name| self.audiences.contains(name));
        match accepted.next() {
            Some(first) if may_be_client(first) && accepted.all(may_be_client) => {
                Err(if clients.is_empty() {
                    Rejection::missing("client_id")
                } else {
                    let audience = first.to_owned();
                    Rejection::AudienceIsClient { audience }
                })
            }
            _ => Ok(()),
        }
    }
}
