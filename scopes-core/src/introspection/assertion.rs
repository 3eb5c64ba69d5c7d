//! Assertions of `private_key_jwt` (RFC 7523).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey, Header, encode};
use serde_json::json;

use crate::fetch::FetchError;
use crate::jwt::install_cryptography;

/// Signs assertions.
#[derive(Clone)]
pub(super) struct Signer {
    client_id: String,
    key: EncodingKey,
    header: Header,
}

/// The lifetime of an assertion in seconds: enough for one request and two clocks that differ.
const LIFETIME: u64 = 60;

impl Signer {
    #[cfg(feature = "store")]
    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(super) fn new(client_id: String, key: EncodingKey, algorithm: Algorithm) -> Self {
        Self {
            client_id,
            key,
            header: Header::new(algorithm),
        }
    }

    pub(super) fn set_key_id(&mut self, key_id: String) {
        self.header.kid = Some(key_id);
    }

    /// Returns a new assertion of the client for `audience` alone (RFC 7523 section 3).
    pub(super) fn assertion(&self, audience: &str) -> Result<String, FetchError> {
        install_cryptography();
        let failed = || FetchError::new("the client assertion cannot be signed");
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| failed())?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| failed())?
            .as_secs();
        let claims = json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "jti": URL_SAFE_NO_PAD.encode(id),
            "iat": now,
            "exp": now + LIFETIME,
        });
        encode(&self.header, &claims, &self.key).map_err(|_| failed())
    }

    pub(super) fn problem(&self) -> Option<String> {
        if self.client_id.is_empty() {
            return Some("the client has an empty id".to_owned());
        }
        if self.key.family() == AlgorithmFamily::Hmac {
            return Some("the client's key is a secret; take a key pair".to_owned());
        }
        let signed = self.assertion("");
        let problem = "the client's key cannot sign with its algorithm";
        signed.is_err().then(|| problem.to_owned())
    }
}
