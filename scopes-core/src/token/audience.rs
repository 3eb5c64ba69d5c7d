//! The audiences of accepted tokens.

use std::borrow::Cow;

use super::raw_claims::RawClaims;
use super::rejection::Rejection;

/// The audiences of accepted tokens.
#[derive(Clone, Debug)]
pub(crate) struct AcceptedAudiences {
    names: Vec<String>,
    #[cfg(feature = "jwt")]
    resource: String,
    accepts_missing: bool,
    /// The setting that accepts another audience.
    setting: &'static str,
}

impl AcceptedAudiences {
    /// Accepts `configured`, or `resource` if it is empty.
    pub(crate) fn new(
        resource: &str,
        configured: Vec<String>,
        accepts_missing: bool,
        setting: &'static str,
    ) -> Self {
        let names = if configured.is_empty() {
            vec![resource.to_owned()]
        } else {
            configured
        };
        Self {
            names,
            #[cfg(feature = "jwt")]
            resource: resource.to_owned(),
            accepts_missing,
            setting,
        }
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns whether the audience is the resource itself.
    #[cfg(feature = "jwt")]
    pub(crate) fn is_resource(&self, audience: &str) -> bool {
        self.resource == audience
    }

    pub(crate) fn contains(&self, audience: &str) -> bool {
        self.names.iter().any(|name| name == audience)
    }

    /// Returns the audiences in `claim`, of which one is accepted; none if the claim is missing and
    /// that is accepted.
    pub(crate) fn check(
        &self,
        claims: &RawClaims,
        claim: &'static str,
    ) -> Result<Vec<String>, Rejection> {
        match self.fits(claims, claim)? {
            Some(audience) => Ok(audience),
            None if self.accepts_missing => Ok(Vec::new()),
            None => Err(Rejection::missing(claim)),
        }
    }

    /// Returns the audiences in `claim`, of which one is accepted; `None` if the claim is missing.
    pub(crate) fn fits(
        &self,
        claims: &RawClaims,
        claim: &'static str,
    ) -> Result<Option<Vec<String>>, Rejection> {
        match claims.texts(claim)? {
            Some(actual) if !actual.iter().any(|name| self.contains(name)) => {
                Err(Rejection::WrongAudience {
                    claim: Cow::Borrowed(claim),
                    actual: shortened(actual),
                    expected: self.names.clone(),
                    setting: self.setting,
                })
            }
            audience => Ok(audience),
        }
    }
}

/// Keeps as much of the audiences as an operator is shown: caches remember rejections.
fn shortened(mut names: Vec<String>) -> Vec<String> {
    names.truncate(9);
    for name in &mut names {
        if let Some((end, _)) = name.char_indices().nth(201) {
            name.truncate(end);
        }
        name.shrink_to_fit();
    }
    names
}
