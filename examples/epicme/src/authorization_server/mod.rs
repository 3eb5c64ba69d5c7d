//! An authorization server for development: it runs on this machine only.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

/// What signs tokens.
#[derive(Clone)]
pub struct SigningKey(Arc<EcdsaKeyPair>);

/// The server.
#[derive(Clone, Debug)]
pub struct AuthorizationServer {
    issuer: String,
    resource: String,
    key: SigningKey,
}

/// Why there is no authorization server, or no token.
#[derive(Debug)]
pub struct AuthorizationServerError(String);

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// If there is no randomness.
    pub fn generate() -> Result<Self, AuthorizationServerError> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        key.map(|key| Self(Arc::new(key))).map_err(failed)
    }

    /// The key in the file, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// If the file can be neither read nor made.
    pub fn load_or_create(path: &Path) -> Result<Self, AuthorizationServerError> {
        let wrong = |error: &dyn fmt::Display| {
            AuthorizationServerError(format!("the key {}: {error}", path.display()))
        };
        if let Ok(der) = std::fs::read(path) {
            let key = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der);
            return key
                .map(|key| Self(Arc::new(key)))
                .map_err(|error| wrong(&error));
        }
        let key = Self::generate()?;
        let der = key.0.private_key().as_der().map_err(failed)?;
        std::fs::write(path, der.as_ref()).map_err(|error| wrong(&error))?;
        Ok(key)
    }
}

impl AuthorizationServer {
    /// Issues tokens for `resource`.
    ///
    /// # Errors
    ///
    /// If the issuer is not on this machine.
    pub fn new(
        issuer: &str,
        resource: &str,
        key: SigningKey,
    ) -> Result<Self, AuthorizationServerError> {
        Ok(Self {
            issuer: issuer.to_owned(),
            resource: resource.to_owned(),
            key,
        })
    }

    /// Its endpoints.
    pub fn router(&self) -> Router {
        let issuer = &self.issuer;
        let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks"),
            "introspection_endpoint": format!("{issuer}/introspect") });
        let point = &self.key.0.public_key().as_ref()[1..];
        let (x, y) = (BASE64.encode(&point[..32]), BASE64.encode(&point[32..]));
        let key = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "x": x, "y": y });
        let keys = json!({ "keys": [key] });
        let document = |document: Value| get(move || async move { Json(document) });
        Router::new()
            .route(
                "/.well-known/oauth-authorization-server",
                document(metadata),
            )
            .route("/jwks", document(keys))
            .route("/introspect", post(introspect))
    }

    /// The client as which the resource server asks about tokens.
    #[must_use]
    pub fn introspection_client(&self) -> (&str, &str) {
        ("epicme", "epicme")
    }

    /// An access token.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn mint(&self, subject: &str, scopes: &str) -> Result<String, AuthorizationServerError> {
        let now = SystemTime::UNIX_EPOCH.elapsed().map_err(failed)?.as_secs();
        let claims = json!({
            "iss": self.issuer, "aud": self.resource, "sub": subject, "scope": scopes,
            "client_id": "epicme-token", "iat": now, "exp": now + 3600, "jti": now.to_string(),
        });
        let header = json!({ "typ": "at+jwt", "alg": "ES256" });
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.0.sign(&SystemRandom::new(), message.as_bytes());
        let signature = BASE64.encode(signature.map_err(failed)?);
        Ok(format!("{message}.{signature}"))
    }
}

async fn introspect(Form(form): Form<BTreeMap<String, String>>) -> Json<Value> {
    let token = form.get("token").map(String::as_str).unwrap_or_default();
    let claims = token.split('.').nth(1).unwrap_or_default();
    let claims = BASE64.decode(claims).unwrap_or_default();
    let mut claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    claims["active"] = true.into();
    Json(claims)
}

fn failed(error: impl fmt::Display) -> AuthorizationServerError {
    AuthorizationServerError(error.to_string())
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey")
    }
}

impl fmt::Display for AuthorizationServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for AuthorizationServerError {}
