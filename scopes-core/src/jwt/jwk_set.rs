//! A published JWK set.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// A JWK set (RFC 7517 section 5), as its issuer publishes it.
///
/// Deserialized from JSON. It may have keys of every kind; a verifier uses those that can verify
/// signatures, and logs the reason for each of the others.
///
/// ```
/// use scopes_core::jwt::JwkSet;
///
/// let keys: JwkSet = serde_json::from_str(r#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
/// ]}"#)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Deserialize)]
pub struct JwkSet {
    pub(super) keys: Vec<Value>,
}

impl fmt::Debug for JwkSet {
    /// Prints no key: the set may contain private keys by mistake.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JwkSet({} keys)", self.keys.len())
    }
}
