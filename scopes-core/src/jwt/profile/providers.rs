//! The access tokens of providers.

use super::Profile;

impl Profile {
    /// Keycloak: `typ` is `JWT`, or `at+jwt` by a setting of the client; the client is in `azp`. An
    /// audience mapper has to add the resource to `aud`.
    ///
    /// Tokens of the type `at+jwt` may lack claims of RFC 9068, as lightweight ones do: the claim `typ`
    /// names the kind of every token.
    #[must_use]
    pub fn keycloak() -> Self {
        Self::provider()
    }

    /// Auth0: `typ` is `at+jwt` with the RFC 9068 token dialect and `JWT` with Auth0's own. The
    /// audience is the identifier of the API.
    ///
    /// With role-based access control, `permissions` has all that the user is permitted, and `scope` what
    /// the client asked for of it. Read scopes from `permissions` only if every client may do all of that.
    ///
    /// `permissions` and `gty` mark a token as an access token, without a scope as well: no custom claim
    /// can have these names.
    #[must_use]
    pub fn auth0() -> Self {
        Self {
            evidence: &["scope", "scp", "client_id", "cid", "permissions", "gty"],
            ..Self::provider()
        }
    }

    /// Okta, custom authorization servers: scopes are an array in `scp`, the client is in `cid`.
    ///
    /// The audience may be that of the authorization server, set by
    /// [`Issuer::audience`](crate::jwt::Issuer::audience): an access token names its client, which is not this
    /// audience, and an ID token is for its client.
    #[must_use]
    pub fn okta() -> Self {
        Self::provider().scope_claims(["scp"])
    }

    /// Entra ID, v2.0 tokens: delegated scopes are a string in `scp`, without the prefix under
    /// which clients ask for them: see
    /// [`scope_prefix`](crate::resource::ResourceServerBuilder::scope_prefix). Tokens of applications
    /// have no `scp`; app roles are in `roles`. The audience is the client id of the API's registration.
    ///
    /// A token must have `scp` or `azpacr`. No ID token has them, and no claims policy can add them, so
    /// one registration may be client and API at once. `roles` is in ID tokens as well and marks no
    /// access token, even if [`scope_claims`](Self::scope_claims) names it.
    #[must_use]
    pub fn entra() -> Self {
        Self::entra_version("2.0", &["scp", "azpacr"])
    }

    /// Entra ID, v1.0 tokens, which a registration gets whose `requestedAccessTokenVersion` is not set:
    /// as [`entra`](Self::entra), with `appid` and `appidacr` instead of `azp` and `azpacr`. The issuer is
    /// `https://sts.windows.net/` with the tenant and a slash; the audience is the Application ID URI or
    /// the client id of the API's registration.
    #[must_use]
    pub fn entra_v1() -> Self {
        Self::entra_version("1.0", &["scp", "appidacr"])
    }

    fn entra_version(version: &str, evidence: &'static [&'static str]) -> Self {
        Self {
            evidence,
            is_proof: true,
            ..Self::provider()
                .scope_claims(["scp"])
                .required_value("ver", version)
        }
    }

    /// Cognito: `token_use` must be `access`, which it is in no other token. A token has an `aud` only if the client asked for a
    /// resource (RFC 8707); then it must contain the resource or an accepted
    /// [audience](crate::jwt::Issuer::audience), from whichever client. Without `aud`, `client_id` must be an
    /// accepted audience: configure the client ids, which are accepted beside the resource.
    #[must_use]
    pub fn cognito() -> Self {
        Self {
            missing_audience: Some("client_id"),
            ..Self::provider().required_value("token_use", "access")
        }
    }

    /// Zitadel, applications whose access tokens are JWTs: as [`access_token`](Self::access_token), and a
    /// token must have `jti`. ID tokens have `client_id` as well, and for the same audience, but no `jti`.
    /// The audience is the id of the project. Tokens have no `scope`: have an action add a claim with the
    /// names, and set it with [`scope_claims`](Self::scope_claims).
    #[must_use]
    pub fn zitadel() -> Self {
        Self {
            untyped_claims: &["jti"],
            ..Self::provider()
        }
    }
}
