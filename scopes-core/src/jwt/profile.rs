//! What an issuer's tokens look like.

use jsonwebtoken::Algorithm;

/// What an issuer's access tokens look like.
///
/// The default is RFC 9068, strictly. Every other profile says where its provider departs from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) requires_type: bool,
    pub(super) required_claims: Vec<String>,
    pub(super) required_values: Vec<(String, String)>,
    pub(super) audience_claim: String,
    pub(super) scope_claims: Vec<String>,
}

impl Profile {
    /// RFC 9068: `typ` is `at+jwt`; `iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti` are
    /// there; scopes stand in `scope`, or else in `scp`.
    #[must_use]
    pub fn rfc9068() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            algorithms: vec![
                Algorithm::RS256,
                Algorithm::RS384,
                Algorithm::RS512,
                Algorithm::PS256,
                Algorithm::PS384,
                Algorithm::PS512,
                Algorithm::ES256,
                Algorithm::ES384,
                Algorithm::EdDSA,
            ],
            requires_type: true,
            required_claims: owned(&["sub", "client_id", "iat", "jti"]),
            required_values: Vec::new(),
            audience_claim: "aud".to_owned(),
            scope_claims: owned(&["scope", "scp"]),
        }
    }

    /// JWT access tokens that follow no profile: `typ` may be `JWT` or missing, and of the claims
    /// only `iss`, `exp` and `aud` are required. ID tokens of the same issuer look alike, so the
    /// audience has to be one that no client has for its own.
    #[must_use]
    pub fn plain_jwt() -> Self {
        Self {
            requires_type: false,
            required_claims: Vec::new(),
            ..Self::rfc9068()
        }
    }

    /// Keycloak: `typ` is `JWT`, the client stands in `azp`. The resource has to be put into `aud`
    /// by an audience mapper.
    #[must_use]
    pub fn keycloak() -> Self {
        Self::plain_jwt()
    }

    /// Auth0: `typ` is `at+jwt` with the RFC 9068 token dialect and `JWT` with Auth0's own. With
    /// role-based access control, scopes may stand in `permissions`: see
    /// [`scope_claims`](Self::scope_claims).
    #[must_use]
    pub fn auth0() -> Self {
        Self::plain_jwt()
    }

    /// Okta, custom authorization servers: scopes are an array in `scp`, the client is in `cid`.
    #[must_use]
    pub fn okta() -> Self {
        Self::plain_jwt().scope_claims(["scp"])
    }

    /// Entra ID, v2.0 tokens: delegated scopes are a string in `scp`, without the prefix under
    /// which clients ask for them: see
    /// [`scope_prefix`](crate::resource::ResourceServerBuilder::scope_prefix).
    #[must_use]
    pub fn entra() -> Self {
        Self::plain_jwt()
            .scope_claims(["scp"])
            .required_value("ver", "2.0")
    }

    /// Cognito: access tokens have no `aud`; the client in `client_id` stands for it, so the
    /// accepted audiences are client ids. `token_use` must be `access`.
    #[must_use]
    pub fn cognito() -> Self {
        Self {
            audience_claim: "client_id".to_owned(),
            ..Self::plain_jwt().required_value("token_use", "access")
        }
    }

    /// Only these algorithms. HMAC is ignored: whoever can check such a signature can make it.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let hmac = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
        self.algorithms = algorithms
            .into_iter()
            .filter(|algorithm| !hmac.contains(algorithm))
            .collect();
        self
    }

    /// The claims that scopes stand in; the first that a token has counts.
    #[must_use]
    pub fn scope_claims<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.scope_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// A further claim that has to be this very string.
    #[must_use]
    pub fn required_value(mut self, claim: impl Into<String>, value: impl Into<String>) -> Self {
        self.required_values.push((claim.into(), value.into()));
        self
    }

    /// RFC 9068 section 4: `at+jwt`, or `application/at+jwt`, in any case.
    pub(super) fn accepts_type(&self, typ: Option<&str>) -> bool {
        let is = |wanted: &str| typ.is_some_and(|typ| typ.eq_ignore_ascii_case(wanted));
        let is_access_token = is("at+jwt") || is("application/at+jwt");
        is_access_token || (!self.requires_type && (typ.is_none() || is("JWT")))
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::rfc9068()
    }
}
