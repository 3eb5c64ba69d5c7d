//! One authorization server, and what is accepted from it.

use super::jwk_set::JwkSet;
use super::profile::Profile;

/// An authorization server whose tokens are accepted.
#[derive(Clone, Debug)]
pub struct Issuer {
    pub(super) url: String,
    pub(super) audiences: Vec<String>,
    pub(super) profile: Profile,
    pub(super) keys: KeySource,
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug)]
pub(super) enum KeySource {
    Discovered,
    Url(String),
    Given(JwkSet),
}

impl Issuer {
    /// The issuer of this URL, which has to stand in `iss` character for character. Its keys are
    /// discovered; its tokens follow RFC 9068 and are meant for the verifier's resource.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            audiences: Vec::new(),
            profile: Profile::default(),
            keys: KeySource::Discovered,
        }
    }

    /// Its tokens look like this.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Accepts tokens for this audience instead of the resource; may be said several times.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Its keys are found at this URL.
    #[must_use]
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.keys = KeySource::Url(url.into());
        self
    }

    /// Its keys are these, and no others.
    #[must_use]
    pub fn jwks(mut self, keys: JwkSet) -> Self {
        self.keys = KeySource::Given(keys);
        self
    }
}
