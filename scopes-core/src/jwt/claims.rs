//! What a token says, each claim in the one form that it may have.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserializer as _;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::profile::Profile;
use crate::error::InvalidToken;
use crate::scope::{GrantedScopes, ScopeToken};
use crate::token::Claims;

const REFUSED: InvalidToken = InvalidToken::NotAccepted;

/// The claims as they stand in the payload. None stands there twice.
pub(super) struct RawClaims(Map<String, Value>);

/// What has to be true of the claims.
pub(super) struct Policy<'a> {
    pub(super) audiences: &'a [String],
    pub(super) profile: &'a Profile,
    pub(super) leeway: Duration,
}

impl RawClaims {
    pub(super) fn parse(payload: &[u8]) -> Result<Self, InvalidToken> {
        let mut document = serde_json::Deserializer::from_slice(payload);
        let claims = document
            .deserialize_map(UniqueMembers)
            .map_err(|_| REFUSED)?;
        document.end().map_err(|_| REFUSED)?;
        Ok(Self(claims))
    }

    pub(super) fn issuer(&self) -> Option<&str> {
        self.0.get("iss")?.as_str()
    }

    /// Checks everything but the signature and the issuer.
    pub(super) fn check(mut self, policy: &Policy<'_>) -> Result<Claims, InvalidToken> {
        let profile = policy.profile;
        if profile
            .required_claims
            .iter()
            .any(|name| !self.0.contains_key(name))
        {
            return Err(REFUSED);
        }
        let has = |(name, value): &(String, String)| {
            self.0.get(name).and_then(Value::as_str) == Some(value)
        };
        if !profile.required_values.iter().all(has) {
            return Err(REFUSED);
        }
        if self.0.get("jti").is_some_and(|id| !id.is_string()) {
            return Err(REFUSED);
        }
        // A token that is bound to a key is worth nothing without the proof (RFC 7800, RFC 9449).
        if self.0.contains_key("cnf") {
            return Err(REFUSED);
        }
        let audience = texts(self.0.get(&profile.audience_claim))?;
        if !audience
            .iter()
            .any(|audience| policy.audiences.contains(audience))
        {
            return Err(REFUSED);
        }
        let expires_at = self.check_times(policy.leeway)?;
        let scopes = self.take_scopes(&profile.scope_claims)?;
        let audience = self
            .0
            .remove("aud")
            .map_or(Ok(audience), |aud| texts(Some(&aud)))?;
        Ok(Claims {
            subject: self.take_text("sub")?,
            client_id: self.take_client()?,
            issuer: self.take_text("iss")?,
            audience,
            scopes,
            expires_at: Some(expires_at),
            further: self.0,
        })
    }

    /// Checks `exp`, `nbf` and `iat`, and returns the first.
    fn check_times(&mut self, leeway: Duration) -> Result<SystemTime, InvalidToken> {
        let now = SystemTime::now();
        let expires_at = self.take_time("exp")?.ok_or(REFUSED)?;
        let not_before = self.take_time("nbf")?;
        self.take_time("iat")?;
        if expires_at.checked_add(leeway).ok_or(REFUSED)? <= now {
            return Err(InvalidToken::Expired);
        }
        match not_before {
            Some(start) if now.checked_add(leeway).is_none_or(|now| now < start) => Err(REFUSED),
            _ => Ok(expires_at),
        }
    }

    /// A `NumericDate` (RFC 7519 section 2): seconds since 1970, with or without a fraction.
    fn take_time(&mut self, name: &str) -> Result<Option<SystemTime>, InvalidToken> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        let since = match (value.as_u64(), value.as_f64()) {
            (Some(seconds), _) => Duration::from_secs(seconds),
            (None, Some(seconds)) => Duration::try_from_secs_f64(seconds).map_err(|_| REFUSED)?,
            (None, None) => return Err(REFUSED),
        };
        UNIX_EPOCH.checked_add(since).ok_or(REFUSED).map(Some)
    }

    fn take_text(&mut self, name: &str) -> Result<Option<String>, InvalidToken> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(REFUSED),
        }
    }

    /// The client under the name of RFC 9068, or under those that providers use.
    fn take_client(&mut self) -> Result<Option<String>, InvalidToken> {
        for name in ["client_id", "azp", "cid"] {
            if self.0.contains_key(name) {
                return self.take_text(name);
            }
        }
        Ok(None)
    }

    /// The scopes of the first claim that is there: a space-separated string or an array of names.
    fn take_scopes(&mut self, names: &[String]) -> Result<GrantedScopes, InvalidToken> {
        let Some(name) = names.iter().find(|name| self.0.contains_key(*name)) else {
            return Ok(GrantedScopes::default());
        };
        let text = match self.0.remove(name) {
            Some(Value::String(text)) => text,
            Some(Value::Array(scopes)) => {
                let scope = |scope: &Value| scope.as_str()?.parse::<ScopeToken>().ok();
                let scopes: Option<Vec<_>> = scopes.iter().map(scope).collect();
                let scopes = scopes.ok_or(REFUSED)?;
                scopes
                    .iter()
                    .map(ScopeToken::as_str)
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            _ => return Err(REFUSED),
        };
        GrantedScopes::parse(text).map_err(|_| REFUSED)
    }
}

/// One text or an array of texts (RFC 7519 section 4.1.3).
fn texts(value: Option<&Value>) -> Result<Vec<String>, InvalidToken> {
    match value {
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(values)) => {
            let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or(REFUSED)
        }
        _ => Err(REFUSED),
    }
}

/// Reads an object and refuses a member that stands twice: two readers may not take it alike.
struct UniqueMembers;

impl<'de> Visitor<'de> for UniqueMembers {
    type Value = Map<String, Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut read = Map::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if read.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(read)
    }
}
