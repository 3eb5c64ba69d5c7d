//! Claims as parsed from a document, each in its only valid form.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::{Map, Value};

use super::claims::Claims;
use super::presented::Confirmation;
use super::rejection::Rejection;
use crate::moment::Moment;
use crate::scope::{GrantedScopes, ScopeName};

/// Claims whose presence matters, whatever their value: an unreadable binding to a key is still a
/// binding (RFC 7800 section 3.1), and `active` must not be dropped from an answer.
const DECIDE_BY_PRESENCE: [&str; 2] = ["cnf", "active"];

/// The claims that name the client: that of RFC 9068, and those of providers.
const CLIENT_CLAIMS: [&str; 4] = ["client_id", "azp", "cid", "appid"];

/// The claims of a JWT's payload or of an introspection answer. A claim whose value is `null` or
/// `[]` counts as absent: some servers write these for absent claims.
pub(crate) struct RawClaims(Map<String, Value>);

/// The times of a token that is valid now.
pub(crate) struct Times {
    pub(crate) expires_at: Option<SystemTime>,
    pub(crate) issued_at: Option<SystemTime>,
}

/// Returned when a document holds no claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadClaimsError {
    /// The document is not a JSON object.
    NotAnObject,
    /// A member occurs twice, which two parsers may read differently.
    DuplicateMember,
}

impl ReadClaimsError {
    /// Returns the rejection of a token whose `part` this is.
    pub(crate) const fn of(self, part: &'static str) -> Rejection {
        let problem = match self {
            Self::NotAnObject => "is not a JSON object",
            Self::DuplicateMember => "has a member twice",
        };
        Rejection::Malformed { part, problem }
    }
}

impl RawClaims {
    pub(crate) fn parse(document: &[u8]) -> Result<Self, ReadClaimsError> {
        let mut document = serde_json::Deserializer::from_slice(document);
        let claims = document.deserialize_map(UniqueMembers);
        let claims = claims.map_err(|_| ReadClaimsError::NotAnObject)?;
        document.end().map_err(|_| ReadClaimsError::NotAnObject)?;
        let mut claims = claims.ok_or(ReadClaimsError::DuplicateMember)?;
        claims.retain(|name, value| !is_empty(value) || DECIDE_BY_PRESENCE.contains(&&**name));
        Ok(Self(claims))
    }

    /// Returns claims that [`members`](Self::members) has returned.
    #[cfg(all(feature = "introspection", feature = "store"))]
    pub(crate) const fn of(members: Map<String, Value>) -> Self {
        Self(members)
    }

    #[cfg(all(feature = "introspection", feature = "store"))]
    pub(crate) const fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Returns the text of a claim that the settings name.
    #[cfg(feature = "introspection")]
    pub(crate) fn configured_text(&self, name: &str) -> Result<Option<String>, Rejection> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let text = value.as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| Rejection::InvalidClaim {
            claim: name.to_owned().into(),
            expected: TEXT,
        })?;
        Ok(Some(text.to_owned()))
    }

    /// Returns one text or an array of texts (RFC 7519 section 4.1.3).
    pub(crate) fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, Rejection> {
        self.get(name).map(|value| texts(name, value)).transpose()
    }

    /// Returns whether the token is bound to a key (RFC 7800, RFC 9449).
    #[cfg(feature = "introspection")]
    pub(crate) fn is_bound(&self) -> bool {
        self.0.contains_key("cnf")
    }

    /// Checks that the token is bound to the key whose possession the client has proven, or to none.
    /// A bound token without the proof is rejected.
    pub(crate) fn check_binding(
        &self,
        confirmation: Option<Confirmation<'_>>,
    ) -> Result<(), Rejection> {
        match (self.get("cnf"), confirmation) {
            (None, None) => Ok(()),
            (Some(_), None) => Err(Rejection::BoundToKey),
            (Some(Value::Object(members)), Some(Confirmation { method, value }))
                if members.len() == 1
                    && members.get(method).and_then(Value::as_str) == Some(value) =>
            {
                Ok(())
            }
            (_, Some(_)) => Err(Rejection::WrongKey),
        }
    }

    #[cfg(feature = "introspection")]
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Returns the claims of a token that is valid now and bound to no key but that of `confirmation`.
    /// The scopes are those of the first of `scope_claims` that is present.
    pub(crate) fn read(
        mut self,
        scope_claims: &[String],
        leeway: Duration,
        confirmation: Option<Confirmation<'_>>,
    ) -> Result<Claims, Rejection> {
        if self.get("jti").is_some_and(|id| !id.is_string()) {
            return Err(invalid("jti", "a string"));
        }
        self.check_binding(confirmation)?;
        let Times {
            expires_at,
            issued_at,
        } = self.check_times(leeway)?;
        let audience = self.0.remove("aud");
        Ok(Claims {
            scopes: self.take_scopes(scope_claims)?,
            subject: self.take_text("sub")?,
            client_id: self.take_client()?,
            issuer: self.take_text("iss")?,
            audience: audience
                .as_ref()
                .map_or(Ok(Vec::new()), |value| texts("aud", value))?,
            expires_at,
            issued_at,
            further: self.0,
        })
    }

    /// Checks `exp`, `nbf` and `iat`.
    pub(crate) fn check_times(&mut self, leeway: Duration) -> Result<Times, Rejection> {
        let now = Moment::now().wall();
        let expires_at = self.take_time("exp")?;
        let not_before = self.take_time("nbf")?;
        let issued_at = self.take_time("iat")?;
        if let Some(end) = expires_at
            && end
                .checked_add(leeway)
                .ok_or_else(|| invalid("exp", TIME))?
                <= now
        {
            return Err(Rejection::Expired);
        }
        match not_before {
            Some(start) if now.checked_add(leeway).is_none_or(|now| now < start) => {
                Err(Rejection::NotYetValid)
            }
            _ => Ok(Times {
                expires_at,
                issued_at,
            }),
        }
    }

    /// A `NumericDate` (RFC 7519 section 2): seconds since 1970, with or without a fraction.
    fn take_time(&mut self, name: &'static str) -> Result<Option<SystemTime>, Rejection> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        let since = match (value.as_u64(), value.as_f64()) {
            (Some(seconds), _) => Some(Duration::from_secs(seconds)),
            (None, Some(seconds)) => Duration::try_from_secs_f64(seconds).ok(),
            (None, None) => None,
        };
        let time = since.and_then(|since| UNIX_EPOCH.checked_add(since));
        time.ok_or_else(|| invalid(name, TIME)).map(Some)
    }

    fn take_text(&mut self, name: &'static str) -> Result<Option<String>, Rejection> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(invalid(name, TEXT)),
        }
    }

    /// Returns the clients that the token names; none if it names none.
    #[cfg(feature = "jwt")]
    pub(crate) fn clients(&self) -> impl Iterator<Item = &str> {
        CLIENT_CLAIMS.iter().filter_map(|name| self.text(name))
    }

    fn take_client(&mut self) -> Result<Option<String>, Rejection> {
        for name in CLIENT_CLAIMS {
            if self.0.contains_key(name) {
                return self.take_text(name);
            }
        }
        Ok(None)
    }

    /// The scopes of the first claim that is present: a space-separated string or an array of
    /// names.
    pub(crate) fn take_scopes(&mut self, names: &[String]) -> Result<GrantedScopes, Rejection> {
        let Some(name) = names.iter().find(|name| self.0.contains_key(*name)) else {
            return Ok(GrantedScopes::default());
        };
        let refused = || Rejection::InvalidClaim {
            claim: name.clone().into(),
            expected: "scopes, separated by spaces or in an array",
        };
        let text = match self.0.remove(name) {
            Some(Value::String(text)) => text,
            Some(Value::Array(scopes)) => {
                let scopes: Option<Vec<_>> = scopes.iter().map(name_in_array).collect();
                scopes.ok_or_else(refused)?.join(" ")
            }
            _ => return Err(refused()),
        };
        GrantedScopes::parse(text).map_err(|_| refused())
    }
}

/// Returns one name of an array of scopes, empty if there are only spaces; `None` if it is not a
/// name. Spaces within it would make two names of it.
fn name_in_array(value: &Value) -> Option<&str> {
    let name = value.as_str()?.trim_matches(' ');
    (name.is_empty() || name.parse::<ScopeName>().is_ok()).then_some(name)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

fn texts(name: &'static str, value: &Value) -> Result<Vec<String>, Rejection> {
    let texts = match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(values) => {
            let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
            texts.collect()
        }
        _ => None,
    };
    texts.ok_or_else(|| invalid(name, "a string or an array of strings"))
}

/// The form of a text.
const TEXT: &str = "a string that is not empty";

/// The form of a time.
const TIME: &str = "a number of seconds since 1970";

fn invalid(claim: &'static str, expected: &'static str) -> Rejection {
    Rejection::InvalidClaim {
        claim: claim.into(),
        expected,
    }
}

/// Reads an object; `None` if a member occurs twice.
struct UniqueMembers;

impl<'de> Visitor<'de> for UniqueMembers {
    type Value = Option<Map<String, Value>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut read = Map::new();
        let mut is_unique = true;
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            is_unique &= read.insert(name, value).is_none();
        }
        Ok(is_unique.then_some(read))
    }
}
