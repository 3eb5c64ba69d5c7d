//! Distinguishes access tokens from other tokens of the same issuer.

use super::raw_claims::RawClaims;
use super::rejection::Rejection;

/// Claims that name the kind of a token, and the values of access tokens. Hydra writes
/// `access_token` where Cognito writes `access`.
const KIND_CLAIMS: [(&str, &[&str]); 2] = [
    ("typ", &["Bearer"]),
    ("token_use", &["access", "access_token"]),
];

/// The `token_type` of an access token in RFC 7662 section 2.2, and other values that servers use.
/// It does not prove that a token is an access token: Hydra's refresh tokens have the type
/// `Bearer`.
const TOKEN_TYPES: [&str; 4] = ["Bearer", "access_token", "access", "access-token"];

/// Claims that have one of [`TOKEN_TYPES`], each by itself: Casdoor writes the second or the third, and
/// the last one can stand beside a `tokenType` that says the opposite.
const TYPE_CLAIMS: [&str; 3] = ["token_type", "tokenType", "TokenType"];

/// Claims of other kinds alone: ID tokens (OpenID Connect Core section 3.3.2.11), logout tokens and
/// security events (RFC 8417 section 2.2), signed introspection answers (RFC 9701 section 5).
const FOREIGN_CLAIMS: [&str; 5] = [
    "at_hash",
    "c_hash",
    "s_hash",
    "events",
    "token_introspection",
];

/// Returns whether `typ` in a header says that a JWT is an access token (RFC 9068 section 4). Media
/// types are compared in any case.
pub(crate) fn is_access_token_type(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
}

impl RawClaims {
    /// Returns whether a claim says that this is an access token.
    pub(crate) fn say_access_token(&self) -> bool {
        KIND_CLAIMS
            .iter()
            .any(|(claim, words)| self.is_one_of(claim, words) == Some(true))
    }

    /// Rejects a token with a claim of another kind; `is_typed` if the header says that this is an
    /// access token. One that is bound to a key may be of the type `DPoP` (RFC 9449 section 6.2). ID tokens have a `nonce`, and access tokens of older Keycloak versions repeat it.
    pub(crate) fn check_kind(&self, is_typed: bool) -> Result<(), Rejection> {
        let mut kinds = KIND_CLAIMS
            .iter()
            .copied()
            .chain(TYPE_CLAIMS.map(|claim| (claim, &TOKEN_TYPES[..])));
        let is_dpop = |claim: &str| {
            self.get("cnf").is_some() && self.is_one_of(claim, &["DPoP"]) == Some(true)
        };
        if let Some((claim, _)) = kinds
            .find(|(claim, words)| self.is_one_of(claim, words) == Some(false) && !is_dpop(claim))
        {
            // The claims of an unsigned token can have any value: only one that looks like a type
            // is kept.
            let is_word = |text: &&str| {
                text.len() <= 32
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/.:".contains(&byte))
            };
            let actual = self.text(claim).filter(is_word).map(str::to_owned);
            return Err(Rejection::NotAccessToken { claim, actual });
        }
        let foreign = FOREIGN_CLAIMS
            .iter()
            .find(|claim| self.get(claim).is_some());
        let has_nonce = || self.get("nonce").is_some() && !is_typed && !self.say_access_token();
        let marked = foreign.copied().or_else(|| has_nonce().then_some("nonce"));
        marked.map_or(Ok(()), |claim| {
            Err(Rejection::NotAccessToken {
                claim,
                actual: None,
            })
        })
    }

    /// Returns whether a claim is one of these words, in any case; `None` without the claim.
    fn is_one_of(&self, claim: &str, words: &[&str]) -> Option<bool> {
        let is = |said: &str| words.iter().any(|word| said.eq_ignore_ascii_case(word));
        Some(self.get(claim)?.as_str().is_some_and(is))
    }
}
