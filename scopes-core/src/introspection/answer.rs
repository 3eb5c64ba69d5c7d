//! What the authorization server says about a token, and what has to be true of it.

use std::time::Duration;

use serde_json::Value;

use crate::error::InvalidToken;
use crate::fetch::{FetchError, FetchResponse};
use crate::token::{Claims, RawClaims};

/// An answer that says yes or no.
pub(super) enum Answer {
    Active(RawClaims),
    Inactive,
}

/// What has to be true of an active token.
pub(super) struct Policy {
    pub(super) issuer: Option<String>,
    pub(super) audiences: Vec<String>,
    pub(super) accepts_missing_audience: bool,
}

impl Answer {
    /// Reads the answer (RFC 7662 section 2.2).
    ///
    /// # Errors
    ///
    /// If it says neither yes nor no.
    pub(super) fn read(response: &FetchResponse) -> Result<Self, FetchError> {
        let wrong = |what: &str| Err(FetchError::new(format!("the answer {what}")));
        match response.status {
            200 => {}
            400 if !names_the_client(&response.body) => return Ok(Self::Inactive),
            400 | 401 | 403 => return wrong("refuses our client credentials"),
            status => return wrong(&format!("has the status {status}")),
        }
        let Ok(mut claims) = RawClaims::parse(&response.body) else {
            return wrong("is not a JSON object");
        };
        match claims.take("active") {
            Some(Value::Bool(true)) => Ok(Self::Active(claims)),
            Some(Value::Bool(false)) => Ok(Self::Inactive),
            _ => wrong("does not say whether the token is active"),
        }
    }
}

/// Whether an error is about us and not about the token (RFC 6749 section 5.2).
fn names_the_client(body: &[u8]) -> bool {
    let error = RawClaims::parse(body).ok();
    let code = error.as_ref().and_then(|error| error.text("error"));
    matches!(code, Some("invalid_client" | "unauthorized_client"))
}

impl Policy {
    /// How far the server's clock may be from ours.
    const LEEWAY: Duration = Duration::from_secs(30);

    /// What the token says, if it is good here.
    pub(super) fn check(&self, claims: RawClaims) -> Result<Claims, InvalidToken> {
        if !is_bearer_access_token(&claims) {
            return Err(InvalidToken::NotAccepted);
        }
        if let (Some(issuer), Some(said)) = (&self.issuer, claims.get("iss"))
            && said.as_str() != Some(issuer)
        {
            return Err(InvalidToken::NotAccepted);
        }
        if !self.accepts_missing_audience || claims.get("aud").is_some() {
            claims.audience("aud", &self.audiences)?;
        }
        let mut claims = claims.read(&["scope".to_owned(), "scp".to_owned()], Self::LEEWAY)?;
        if claims.issuer.is_none() {
            claims.issuer.clone_from(&self.issuer);
        }
        Ok(claims)
    }
}

/// Whether nothing says that this is another kind of token: one that is bound to a key, or a
/// refresh or ID token, which servers answer for too. `token_type` is of RFC 7662; the others are
/// what providers say beside it.
fn is_bearer_access_token(claims: &RawClaims) -> bool {
    let is_one_of = |claim: &str, accepted: &[&str]| match claims.get(claim) {
        None => true,
        Some(Value::String(said)) => accepted.iter().any(|name| said.eq_ignore_ascii_case(name)),
        Some(_) => false,
    };
    is_one_of("token_type", &["Bearer", "access_token"])
        && is_one_of("typ", &["Bearer", "at+jwt", "application/at+jwt", "JWT"])
        && is_one_of("token_use", &["access", "access_token"])
}
