//! The audiences of accepted tokens.

use super::raw_claims::RawClaims;
use crate::error::InvalidToken;

/// The audiences of accepted tokens.
#[derive(Clone, Debug)]
pub(crate) struct AcceptedAudiences {
    names: Vec<String>,
    accepts_missing: bool,
}

impl AcceptedAudiences {
    /// Accepts `configured`, or `resource` if it is empty.
    pub(crate) fn new(resource: String, configured: Vec<String>, accepts_missing: bool) -> Self {
        let names = if configured.is_empty() {
            vec![resource]
        } else {
            configured
        };
        Self {
            names,
            accepts_missing,
        }
    }

    pub(crate) fn contains(&self, audience: &str) -> bool {
        self.names.iter().any(|name| name == audience)
    }

    /// Returns the audiences in `claim`, of which one is accepted; none if the claim is missing and
    /// that is accepted.
    pub(crate) fn check(
        &self,
        claims: &RawClaims,
        claim: &str,
    ) -> Result<Vec<String>, InvalidToken> {
        match self.fits(claims, claim)? {
            Some(audience) => Ok(audience),
            None if self.accepts_missing => Ok(Vec::new()),
            None => Err(InvalidToken::NotAccepted),
        }
    }

    /// Returns the audiences in `claim`, of which one is accepted; `None` if the claim is missing.
    pub(crate) fn fits(
        &self,
        claims: &RawClaims,
        claim: &str,
    ) -> Result<Option<Vec<String>>, InvalidToken> {
        let audience = claims.texts(claim)?;
        let is_ours = |audience: &Vec<String>| audience.iter().any(|name| self.contains(name));
        if audience.as_ref().is_some_and(|audience| !is_ours(audience)) {
            return Err(InvalidToken::NotAccepted);
        }
        Ok(audience)
    }
}
