//! Advice for the authorization servers that are recognized by their tokens.

use super::raw_claims::RawClaims;
use super::rejection::Rejection;

/// An authorization server with known settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    Keycloak,
    Auth0,
    Okta,
    Entra,
    Cognito,
    Zitadel,
    Authentik,
    Hydra,
}

impl Provider {
    /// Recognizes the provider by the issuer and the claims, neither of which is verified.
    pub(crate) fn of(issuer: &str, claims: &RawClaims) -> Option<Self> {
        let host = issuer.split("://").nth(1).unwrap_or_default();
        let host = host.split(['/', ':']).next().unwrap_or_default();
        if host.ends_with(".auth0.com") {
            Some(Self::Auth0)
        } else if host.ends_with(".okta.com") || host.ends_with(".oktapreview.com") {
            Some(Self::Okta)
        } else if host == "login.microsoftonline.com" || host == "sts.windows.net" {
            Some(Self::Entra)
        } else if host.starts_with("cognito-idp.") && host.ends_with(".amazonaws.com") {
            Some(Self::Cognito)
        } else if host.ends_with(".zitadel.cloud") {
            Some(Self::Zitadel)
        } else if issuer.contains("/realms/") {
            Some(Self::Keycloak)
        } else if issuer.contains("/application/o/") {
            Some(Self::Authentik)
        } else if claims.get("ext").is_some() && claims.get("client_id").is_some() {
            Some(Self::Hydra)
        } else {
            None
        }
    }

    /// Returns the name of the provider and what to change there.
    pub(crate) fn advice(self, rejection: &Rejection) -> Option<(&'static str, &'static str)> {
        let advice = match rejection {
            Rejection::WrongAudience { .. } | Rejection::AudienceIsClient { .. } => {
                Some(self.audience())
            }
            Rejection::MissingClaim { claim } if claim == "aud" => Some(self.audience()),
            Rejection::NotAccessToken { .. } => self.kind(),
            Rejection::NoEvidence { .. }
            | Rejection::WrongType { .. }
            | Rejection::WrongValue { .. }
            | Rejection::MissingClaim { .. } => self.profile(),
            _ => None,
        };
        advice.map(|advice| (self.name(), advice))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Keycloak => "Keycloak",
            Self::Auth0 => "Auth0",
            Self::Okta => "Okta",
            Self::Entra => "Entra ID",
            Self::Cognito => "Cognito",
            Self::Zitadel => "Zitadel",
            Self::Authentik => "Authentik",
            Self::Hydra => "Hydra",
        }
    }

    const fn audience(self) -> &'static str {
        match self {
            Self::Keycloak => {
                "add a mapper of the type Audience, with the resource as Included Custom Audience, to \
                 every client scope of this resource: clients that register themselves do not get the \
                 default scopes of the realm."
            }
            Self::Auth0 => {
                "create an API whose identifier is the resource; clients request it with the parameter \
                 `audience`, or make it the Default Audience of the tenant."
            }
            Self::Okta => {
                "use a custom authorization server, and set its Audience to the resource; the org \
                 authorization server issues tokens for Okta's own APIs."
            }
            Self::Entra => {
                "the audience of v2.0 tokens is the client id of the API's registration: accept it with \
                 `Issuer::audience` and `Profile::entra()`."
            }
            Self::Cognito => {
                "a token has no `aud` unless the client requests a resource: set `Profile::cognito()` and \
                 accept the client ids with `Issuer::audience`."
            }
            Self::Zitadel => {
                "the audience of a token is the project of its client: accept the id of the project with \
                 `Issuer::audience` and `Profile::zitadel()`."
            }
            Self::Authentik => {
                "the audience of a token is its client, as in an ID token: verify tokens with \
                 `IntrospectionVerifier`, and accept the client id with `IntrospectionVerifierBuilder::audience`."
            }
            Self::Hydra => {
                "the consent app grants the resource with `grant_access_token_audience`, and the client's \
                 `audience` has to list it."
            }
        }
    }

    const fn kind(self) -> Option<&'static str> {
        match self {
            Self::Keycloak => Some(
                "the claim `typ` is `Bearer` in access tokens, `ID` in ID tokens and `Refresh` in refresh \
                 tokens: send the `access_token` of the answer.",
            ),
            Self::Cognito => {
                Some("`token_use` is `id` in ID tokens: send the `access_token` of the answer.")
            }
            _ => None,
        }
    }

    const fn profile(self) -> Option<&'static str> {
        match self {
            Self::Keycloak => Some("the profile is `Profile::keycloak()`."),
            Self::Auth0 => Some("the profile is `Profile::auth0()`."),
            Self::Okta => Some("the profile is `Profile::okta()`."),
            Self::Entra => Some(
                "the profile is `Profile::entra()` for v2.0 tokens and `Profile::entra_v1()` for v1.0 tokens; \
                 `requestedAccessTokenVersion` in the manifest of the API's registration decides between \
                 them.",
            ),
            Self::Cognito => Some("the profile is `Profile::cognito()`."),
            Self::Zitadel => Some("the profile is `Profile::zitadel()`."),
            Self::Authentik => Some(
                "no profile distinguishes its access tokens from its ID tokens: verify tokens with \
                 `IntrospectionVerifier`.",
            ),
            Self::Hydra => None,
        }
    }
}
