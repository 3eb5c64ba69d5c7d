//! Claims as they stand in a document, each in the one form that it may have.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserializer as _;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::claims::Claims;
use crate::error::InvalidToken;
use crate::scope::{GrantedScopes, ScopeToken};

const REFUSED: InvalidToken = InvalidToken::NotAccepted;

/// The claims of a JWT's payload or of an introspection answer. None stands there twice.
pub(crate) struct RawClaims(Map<String, Value>);

impl RawClaims {
    pub(crate) fn parse(document: &[u8]) -> Result<Self, InvalidToken> {
        let mut document = serde_json::Deserializer::from_slice(document);
        let claims = document
            .deserialize_map(UniqueMembers)
            .map_err(|_| REFUSED)?;
        document.end().map_err(|_| REFUSED)?;
        Ok(Self(claims))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    #[cfg(feature = "introspection")]
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// The audiences in `claim`, if one of them is among those that are accepted.
    pub(crate) fn audience(
        &self,
        claim: &str,
        accepted: &[String],
    ) -> Result<Vec<String>, InvalidToken> {
        let audience = texts(self.get(claim).ok_or(REFUSED)?)?;
        let is_ours = audience.iter().any(|audience| accepted.contains(audience));
        is_ours.then_some(audience).ok_or(REFUSED)
    }

    /// What is said, if the time for it has come and is not over. Scopes stand in the first of
    /// `scope_claims` that is there.
    pub(crate) fn read(
        mut self,
        scope_claims: &[String],
        leeway: Duration,
    ) -> Result<Claims, InvalidToken> {
        if self.get("jti").is_some_and(|id| !id.is_string()) {
            return Err(REFUSED);
        }
        // A token that is bound to a key is worth nothing without the proof (RFC 7800, RFC 9449).
        if self.0.contains_key("cnf") {
            return Err(REFUSED);
        }
        let expires_at = self.check_times(leeway)?;
        let audience = self.0.remove("aud");
        Ok(Claims {
            scopes: self.take_scopes(scope_claims)?,
            subject: self.take_text("sub")?,
            client_id: self.take_client()?,
            issuer: self.take_text("iss")?,
            audience: audience.as_ref().map_or(Ok(Vec::new()), texts)?,
            expires_at,
            further: self.0,
        })
    }

    /// Checks `exp`, `nbf` and `iat`, and returns the first.
    fn check_times(&mut self, leeway: Duration) -> Result<Option<SystemTime>, InvalidToken> {
        let now = SystemTime::now();
        let expires_at = self.take_time("exp")?;
        let not_before = self.take_time("nbf")?;
        self.take_time("iat")?;
        if let Some(end) = expires_at
            && end.checked_add(leeway).ok_or(REFUSED)? <= now
        {
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
fn texts(value: &Value) -> Result<Vec<String>, InvalidToken> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(values) => {
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
