//! The claims of a token.

use std::fmt;
use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::scope::GrantedScopes;

/// The claims of a token, as in RFC 9068 section 2.2 and RFC 7662 section 2.2.
///
/// `Debug` prints the scopes and the names of further claims, and nothing that identifies the
/// caller.
///
/// ```
/// use scopes_core::GrantedScopes;
/// use scopes_core::token::Claims;
///
/// let mut claims = Claims::default();
/// claims.subject = Some("ada".to_owned());
/// claims.scopes = GrantedScopes::parse("photos:read")?;
/// claims.further.insert("tenant".to_owned(), "acme".into());
/// assert_eq!(format!("{claims:?}"), r#"Claims { scopes: "photos:read", further: ["tenant"], .. }"#);
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Claims {
    /// `sub`: the subject of the token, as its issuer names it.
    pub subject: Option<String>,
    /// `client_id`: the client that the token was issued to.
    pub client_id: Option<String>,
    /// `iss`: the issuer of the token.
    pub issuer: Option<String>,
    /// `aud`: the resources that the token is for.
    pub audience: Vec<String>,
    /// `scope`: the scopes that the token grants.
    pub scopes: GrantedScopes,
    /// `exp`: the time at which the token expires.
    pub expires_at: Option<SystemTime>,
    /// `iat`: the time at which the token was issued.
    pub issued_at: Option<SystemTime>,
    /// Every other claim, by its name.
    pub further: Map<String, Value>,
}

#[cfg(feature = "cache")]
impl Claims {
    /// Returns about how many bytes they take in memory; for typical tokens, no fewer than they
    /// really take.
    pub(crate) fn size(&self) -> usize {
        let texts = [&self.subject, &self.client_id, &self.issuer];
        let texts = texts.into_iter().flatten().map(String::len).sum::<usize>();
        let audience = self.audience.iter();
        let audience = audience.map(|text| text.len() + PLACE).sum::<usize>();
        texts + audience + self.scopes.as_str().len() + size_of_members(&self.further)
    }
}

/// The size of a value in a list that has room for more.
#[cfg(feature = "cache")]
const PLACE: usize = 64;
/// The size of a node of a map, and the number of its members when it was split.
#[cfg(feature = "cache")]
const NODE: (usize, usize) = (640, 6);

#[cfg(feature = "cache")]
fn size_of_members(members: &Map<String, Value>) -> usize {
    let nodes = members.len().div_ceil(NODE.1) * NODE.0;
    let each = |(name, value): (&String, &Value)| name.len() + size_of(value);
    nodes + members.iter().map(each).sum::<usize>()
}

#[cfg(feature = "cache")]
fn size_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(|value| PLACE + size_of(value)).sum(),
        Value::Object(members) => size_of_members(members),
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let further: Vec<_> = self.further.keys().collect();
        formatter
            .debug_struct("Claims")
            .field("scopes", &self.scopes.as_str())
            .field("further", &further)
            .finish_non_exhaustive()
    }
}
