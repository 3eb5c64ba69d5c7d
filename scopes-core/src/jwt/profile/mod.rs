//! The form of an issuer's access tokens.

mod providers;

use jsonwebtoken::Algorithm;
use serde_json::Value;

use crate::token::{RawClaims, Rejection, is_access_token_type};

/// Describes an issuer's access tokens. The default is [`access_token`](Self::access_token).
///
/// | profile | `typ` of the header | required claims, besides `iss`, `exp` and `aud` |
/// |---|---|---|
/// | [`at_jwt`](Self::at_jwt) | `at+jwt` | those of RFC 9068 |
/// | [`access_token`](Self::access_token) | `at+jwt` | those of RFC 9068 |
/// | | `JWT` or none | one that only access tokens have |
/// | a provider's | `at+jwt` | none |
/// | | `JWT` or none | one that access tokens of the provider have |
/// | [`insecure_any_jwt`](Self::insecure_any_jwt) | `at+jwt`, `JWT` or none | none |
///
/// All but the last reject tokens whose claims say that they are of another kind: a claim `typ` other
/// than `Bearer`, `token_use` other than `access`, `token_type` (or `tokenType`) of a refresh or ID token, `at_hash`,
/// `c_hash`, `s_hash`, `events`, `token_introspection`, and `nonce`, unless `typ` says that the token
/// is an access token.
///
/// ```
/// use scopes_core::jwt::{Issuer, Profile};
///
/// let keycloak = Issuer::new("https://auth.example.com/realms/main").profile(Profile::keycloak());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) required_values: Vec<(String, String)>,
    /// The claim that stands for an `aud` that is missing.
    pub(super) missing_audience: Option<&'static str>,
    pub(super) scope_claims: Vec<String>,
    /// `true` if audiences other than the resource may be configured.
    pub(super) takes_other_audiences: bool,
    untyped: Untyped,
    /// The claims that a token of the type `at+jwt` must have.
    typed_claims: &'static [&'static str],
    /// The claims that every other token must have.
    untyped_claims: &'static [&'static str],
    /// The claims that only access tokens have, one of which an untyped token must have.
    evidence: &'static [&'static str],
    /// `true` if no other token of the issuer can have a claim of `evidence`, whatever the issuer's
    /// settings are. Then nothing else is evidence, and the audience may be the token's own client.
    is_proof: bool,
}

/// The tokens that are accepted without the type `at+jwt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Untyped {
    None,
    WithEvidence,
    All,
}

/// The kind of a token by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenType {
    /// `at+jwt`.
    AccessToken,
    /// `JWT`, or none.
    Unspecified,
}

impl Profile {
    /// RFC 9068: `typ` is `at+jwt`; the claims `iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and
    /// `jti` are required; scopes are in `scope`, or else in `scp`.
    ///
    /// Recommended if the authorization server can issue such tokens to every client.
    #[must_use]
    pub fn at_jwt() -> Self {
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
            required_values: Vec::new(),
            missing_audience: None,
            scope_claims: ["scope", "scp"].map(str::to_owned).into(),
            takes_other_audiences: true,
            untyped: Untyped::None,
            typed_claims: &["sub", "client_id", "iat", "jti"],
            untyped_claims: &[],
            evidence: &["scope", "scp", "client_id", "cid"],
            is_proof: false,
        }
    }

    /// Access tokens of stock authorization servers: those of [RFC 9068](Self::at_jwt), and tokens
    /// whose `typ` is `JWT` or missing if their claims are those of an access token for this resource.
    ///
    /// Such a token must have one of `scope`, `scp`, `client_id`, `cid`, a configured
    /// [scope claim](Self::scope_claims), a claim `typ` that is `Bearer`, or a claim `token_use` that is
    /// `access`. Its audience must be the resource; one that
    /// equals the token's own `azp`, `client_id` or `cid` does not count, as an ID token's audience is
    /// its client. For another [audience](crate::jwt::Issuer::audience), take `at_jwt` or the profile of
    /// the provider.
    ///
    /// Known limit: an ID token that has a scope claim, lists the resource as an audience beside its
    /// client, and has none of the claims that mark it as an ID token is accepted.
    #[must_use]
    pub fn access_token() -> Self {
        Self {
            takes_other_audiences: false,
            untyped: Untyped::WithEvidence,
            ..Self::at_jwt()
        }
    }

    /// Any JWT of the issuer whose `iss`, `exp` and `aud` are valid, and whose `typ` is `at+jwt`,
    /// `JWT` or missing. ID tokens, refresh tokens and logout tokens that are JWTs are accepted.
    ///
    /// Only for issuers that sign nothing but access tokens, or for an audience that no other token
    /// has.
    #[must_use]
    pub fn insecure_any_jwt() -> Self {
        Self {
            untyped: Untyped::All,
            ..Self::provider()
        }
    }

    /// Returns the profile that providers have in common: tokens of the type `at+jwt` that lack claims
    /// of RFC 9068, and audiences that are not the resource.
    fn provider() -> Self {
        Self {
            typed_claims: &[],
            takes_other_audiences: true,
            ..Self::access_token()
        }
    }

    /// Accepts only these algorithms. HMAC is ignored: a party that can verify such a signature can
    /// create one.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let hmac = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
        self.algorithms = algorithms
            .into_iter()
            .filter(|algorithm| !hmac.contains(algorithm))
            .collect();
        self
    }

    /// Reads scopes from the first of these claims that a token has.
    ///
    /// A token that has one of them counts as an access token, except with [`at_jwt`](Self::at_jwt) and the
    /// profiles of Entra ID: name no claim that ID tokens for the same audience have.
    #[must_use]
    pub fn scope_claims<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.scope_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// Requires this claim to be this string.
    #[must_use]
    pub fn required_value(mut self, claim: impl Into<String>, value: impl Into<String>) -> Self {
        self.required_values.push((claim.into(), value.into()));
        self
    }

    /// Returns the kind of a token with this `typ` in its header, if it is accepted.
    pub(super) fn accepted_type(&self, typ: Option<&str>) -> Option<TokenType> {
        match typ {
            Some(typ) if is_access_token_type(typ) => Some(TokenType::AccessToken),
            Some(typ) if !typ.eq_ignore_ascii_case("JWT") => None,
            _ => (self.untyped != Untyped::None).then_some(TokenType::Unspecified),
        }
    }

    /// Returns the types that [`accepted_type`](Self::accepted_type) accepts, for an error.
    pub(super) fn types(&self) -> &'static str {
        match self.untyped {
            Untyped::None => "`at+jwt`",
            Untyped::WithEvidence | Untyped::All => "`at+jwt`, `JWT` or none",
        }
    }

    /// Returns what [`check`](Self::check) requires, for an explanation.
    pub(super) fn kind(&self, typ: TokenType) -> String {
        let quoted = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        let mut kind = match (self.untyped, typ) {
            (Untyped::All, _) => "any JWT".to_owned(),
            (_, TokenType::AccessToken) if self.typed_claims.is_empty() => {
                "an access token".to_owned()
            }
            (_, TokenType::AccessToken) => {
                format!("an access token with {}", quoted(self.typed_claims))
            }
            (_, TokenType::Unspecified) => {
                let evidence: Vec<_> = self.evidence().collect();
                let evidence = quoted(&evidence);
                match self.untyped_claims {
                    [] => format!("an access token with one of {evidence}"),
                    required => {
                        let required = quoted(required);
                        format!("an access token with {required} and one of {evidence}")
                    }
                }
            }
        };
        for (claim, value) in &self.required_values {
            kind = format!("{kind}, whose `{claim}` is `{value}`");
        }
        kind
    }

    /// Checks that these are the claims of an access token of this profile.
    pub(super) fn check(&self, claims: &RawClaims, typ: TokenType) -> Result<(), Rejection> {
        let is = |(name, value): &&(String, String)| claims.text(name) == Some(value);
        if let Some((claim, expected)) = self.required_values.iter().find(|required| !is(required))
        {
            return Err(Rejection::WrongValue {
                claim: claim.clone(),
                expected: expected.clone(),
            });
        }
        if self.untyped == Untyped::All {
            return Ok(());
        }
        claims.check_kind(typ == TokenType::AccessToken)?;
        let required = match typ {
            TokenType::AccessToken => self.typed_claims,
            TokenType::Unspecified => self.untyped_claims,
        };
        let mut required = required.iter();
        if let Some(missing) = required.find(|name| claims.get(name).is_none()) {
            return Err(Rejection::missing(*missing));
        }
        match typ {
            TokenType::Unspecified if !self.has_evidence(claims) => Err(Rejection::NoEvidence {
                expected: self.evidence().map(str::to_owned).collect(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns whether one of the claims is a sign of an access token.
    fn has_evidence(&self, claims: &RawClaims) -> bool {
        let is_evident = |name: &str| {
            let value = claims.get(name);
            matches!(value, Some(Value::String(_) | Value::Array(_)))
        };
        self.evidence().any(is_evident) || (!self.is_proof && claims.say_access_token())
    }

    /// Returns the claims that are signs of an access token.
    fn evidence(&self) -> impl Iterator<Item = &str> {
        let further = self
            .scope_claims
            .iter()
            .filter(|name| !self.is_proof && !self.evidence.contains(&name.as_str()));
        let further = further.map(String::as_str);
        self.evidence.iter().copied().chain(further)
    }

    /// Returns whether an audience that is the token's own client counts.
    pub(super) fn takes_own_client(&self, typ: TokenType) -> bool {
        typ == TokenType::AccessToken
            || self.untyped == Untyped::All
            || self.is_proof
            || self.missing_audience.is_some()
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::access_token()
    }
}
