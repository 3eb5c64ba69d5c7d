//! What a token says.

use std::fmt;
use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::scope::GrantedScopes;

/// What a token says, in the claims of RFC 9068 section 2.2 and RFC 7662 section 2.2.
///
/// `Debug` prints the scopes and which further claims there are, and nothing that tells who the
/// caller is.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Claims {
    /// `sub`: who the token is about, as its issuer names them.
    pub subject: Option<String>,
    /// `client_id`: the client that the token was issued to.
    pub client_id: Option<String>,
    /// `iss`: who issued the token.
    pub issuer: Option<String>,
    /// `aud`: which resources the token is for.
    pub audience: Vec<String>,
    /// `scope`: what the token grants.
    pub scopes: GrantedScopes,
    /// `exp`: when the token ends.
    pub expires_at: Option<SystemTime>,
    /// Every other claim, by its name.
    pub further: Map<String, Value>,
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
