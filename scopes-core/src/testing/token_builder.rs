//! Tokens with any content, valid by default.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::issuer::Issuer;
use super::signing_key::SigningAlgorithm;
use crate::token::Moment;

/// Builds a token: by default an access token of RFC 9068 for `ada` that is valid for ten minutes and
/// grants no scope.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use scopes_core::testing::Issuer;
///
/// let issuer = Issuer::start().await?;
/// let token = issuer.token("https://mcp.example.com/mcp").subject("bob").scope("entries:read").sign()?;
/// assert_eq!(token.split('.').count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a token is made by `sign` or `opaque`"]
pub struct TokenBuilder<'a> {
    issuer: &'a Issuer,
    algorithm: SigningAlgorithm,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl<'a> TokenBuilder<'a> {
    pub(super) fn new(issuer: &'a Issuer, resource: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let now = Moment::now()
            .wall()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let claims = json!({
            "iss": issuer.url(),
            "sub": "ada",
            "aud": resource,
            "client_id": "client",
            "iat": now,
            "exp": now + 600,
            "jti": number.to_string(),
        });
        let Value::Object(claims) = claims else {
            unreachable!("an object is written above")
        };
        Self {
            issuer,
            algorithm: SigningAlgorithm::Es256,
            header: Map::new(),
            claims,
        }
    }

    /// Sets the scopes that it grants, as a space-separated list.
    pub fn scope(self, scope: &str) -> Self {
        self.claim("scope", scope)
    }

    /// Sets the subject.
    pub fn subject(self, subject: &str) -> Self {
        self.claim("sub", subject)
    }

    /// Sets the client that it is issued to.
    pub fn client_id(self, client: &str) -> Self {
        self.claim("client_id", client)
    }

    /// Makes it expire `ago` before now.
    pub fn expired(mut self, ago: Duration) -> Self {
        let now = self.claims.get("iat").and_then(Value::as_u64);
        let exp = now.unwrap_or_default().saturating_sub(ago.as_secs());
        self.claims.insert("exp".to_owned(), exp.into());
        self
    }

    /// Sets a claim to any value, also an invalid one.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets a header parameter to any value, also an invalid one.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Signs with the issuer's key for this algorithm; by default ES256.
    pub const fn algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Signs the token as a JWT, which is active for introspection too.
    ///
    /// # Errors
    ///
    /// If the issuer has no key for the algorithm.
    pub fn sign(self) -> io::Result<String> {
        let claims = Value::from(self.claims);
        let token = self.issuer.sign(self.algorithm, self.header, &claims)?;
        self.issuer.remember(&token, claims);
        Ok(token)
    }

    /// Makes an opaque token, which only introspection can verify.
    pub fn opaque(self) -> String {
        let number = self.claims.get("jti").and_then(Value::as_str);
        let token = format!("opaque-{}", number.unwrap_or_default());
        self.issuer.remember(&token, self.claims.into());
        token
    }
}
