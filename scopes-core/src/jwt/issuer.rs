//! One authorization server, and the tokens that are accepted from it.

use super::jwk_set::JwkSet;
use super::profile::Profile;

/// An authorization server whose tokens are accepted.
///
/// ```
/// use scopes_core::jwt::{Issuer, Profile};
///
/// let issuer = Issuer::new("https://auth.example.com/realms/main")
///     .profile(Profile::keycloak())
///     .jwks_url("https://auth.example.com/realms/main/protocol/openid-connect/certs");
/// # let _ = issuer;
/// ```
#[derive(Clone, Debug)]
pub struct Issuer {
    pub(super) url: String,
    pub(super) audiences: Vec<String>,
    pub(super) accepts_missing_audience: bool,
    pub(super) profile: Profile,
    pub(super) keys: KeySource,
}

/// The source of an issuer's keys.
#[derive(Clone, Debug)]
pub(super) enum KeySource {
    Discovered,
    Url(String),
    Given(JwkSet),
}

impl Issuer {
    /// Creates an issuer with this URL, which `iss` must equal character for character. Its keys are
    /// discovered; its tokens are [access tokens](Profile::access_token) for the verifier's resource.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            audiences: Vec::new(),
            accepts_missing_audience: false,
            profile: Profile::default(),
            keys: KeySource::Discovered,
        }
    }

    /// Sets the profile of its access tokens; [`Profile::access_token`] by default.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Accepts tokens for this audience instead of the resource; can be called several times. Requires
    /// [`Profile::at_jwt`] or the profile of a provider.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts tokens whose `aud` is missing, `null` or `[]`. An `aud` that is present is still
    /// checked.
    ///
    /// MCP requires that a token be issued for the resource. Without an audience, a token that a user
    /// gave to another service of the same issuer is accepted here. Only for issuers whose tokens are
    /// all for this resource.
    #[must_use]
    pub fn insecure_accept_missing_audience(mut self) -> Self {
        self.accepts_missing_audience = true;
        self
    }

    /// Fetches its keys from this URL, without discovery.
    #[must_use]
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.keys = KeySource::Url(url.into());
        self
    }

    /// Uses these keys, and fetches none.
    #[must_use]
    pub fn jwks(mut self, keys: JwkSet) -> Self {
        self.keys = KeySource::Given(keys);
        self
    }
}
