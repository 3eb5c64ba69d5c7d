//! Client authentication at the authorization server.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::fetch::{FetchError, FetchRequest};

/// The client with which this resource authenticates at the authorization server. `Debug` prints no
/// secret.
///
/// ```
/// use scopes_core::introspection::ClientAuthentication;
///
/// let client = ClientAuthentication::secret_basic("journal", "a secret");
/// assert!(!format!("{client:?}").contains("a secret"));
/// ```
#[derive(Clone)]
pub struct ClientAuthentication(Method);

#[derive(Clone)]
enum Method {
    None,
    Bearer {
        token: String,
    },
    SecretBasic {
        client_id: String,
        secret: String,
    },
    SecretPost {
        client_id: String,
        secret: String,
    },
    #[cfg(feature = "jwt")]
    PrivateKeyJwt(Box<super::assertion::Signer>),
}

impl ClientAuthentication {
    /// Sends no credentials: for a server that authenticates no clients, such as the admin port of Hydra on a
    /// private network (RFC 7662 section 2.1 requires other servers to authenticate the client).
    #[must_use]
    pub const fn none() -> Self {
        Self(Method::None)
    }

    /// A bearer token (RFC 7662 section 2.1): an access token of this resource server that does not expire,
    /// as some servers issue them for introspection.
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        Self(Method::Bearer {
            token: token.into(),
        })
    }

    /// `client_secret_basic` (RFC 6749 section 2.3.1): id and secret in the `Authorization` header.
    #[must_use]
    pub fn secret_basic(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self(Method::SecretBasic {
            client_id: client_id.into(),
            secret: secret.into(),
        })
    }

    /// `client_secret_post` (RFC 6749 section 2.3.1): id and secret in the form, for servers that
    /// support nothing else.
    #[must_use]
    pub fn secret_post(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self(Method::SecretPost {
            client_id: client_id.into(),
            secret: secret.into(),
        })
    }

    /// `private_key_jwt` (RFC 7523 section 2.2): an assertion for each request, signed with `key`
    /// and valid for a minute. Its audience is the issuer or, if none is set, the endpoint.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn private_key_jwt(
        client_id: impl Into<String>,
        key: crate::jwt::EncodingKey,
        algorithm: crate::jwt::Algorithm,
    ) -> Self {
        let signer = super::assertion::Signer::new(client_id.into(), key, algorithm);
        Self(Method::PrivateKeyJwt(Box::new(signer)))
    }

    /// Sets the `kid` of the key of [`private_key_jwt`](Self::private_key_jwt), for a server that
    /// has several keys of the client.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn key_id(mut self, key_id: impl Into<String>) -> Self {
        if let Method::PrivateKeyJwt(signer) = &mut self.0 {
            signer.set_key_id(key_id.into());
        }
        self
    }

    /// Puts the credentials into `request`, which goes to `audience`.
    #[cfg_attr(
        not(feature = "jwt"),
        expect(
            clippy::unnecessary_wraps,
            unused_variables,
            reason = "secrets are sent as they are"
        )
    )]
    pub(super) fn sign(
        &self,
        request: &mut FetchRequest,
        audience: &str,
    ) -> Result<(), FetchError> {
        let form = request.form.get_or_insert_default();
        match &self.0 {
            Method::None => {}
            Method::Bearer { token } => request.authorization = Some(format!("Bearer {token}")),
            Method::SecretBasic { client_id, secret } => {
                let credentials = format!("{}:{}", form_encoded(client_id), form_encoded(secret));
                request.authorization = Some(format!("Basic {}", STANDARD.encode(credentials)));
            }
            Method::SecretPost { client_id, secret } => {
                form.push(("client_id".to_owned(), client_id.clone()));
                form.push(("client_secret".to_owned(), secret.clone()));
            }
            #[cfg(feature = "jwt")]
            Method::PrivateKeyJwt(signer) => {
                let assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                form.push((
                    "client_assertion_type".to_owned(),
                    assertion_type.to_owned(),
                ));
                form.push(("client_assertion".to_owned(), signer.assertion(audience)?));
            }
        }
        Ok(())
    }

    pub(super) fn problem(&self) -> Option<String> {
        match &self.0 {
            Method::None => None,
            Method::Bearer { token } => {
                let is_token =
                    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
                (!is_token).then(|| "the bearer token is empty, or not one word".to_owned())
            }
            Method::SecretBasic { client_id, secret }
            | Method::SecretPost { client_id, secret } => {
                let is_empty = client_id.is_empty() || secret.is_empty();
                is_empty.then(|| "the client has an empty id or secret".to_owned())
            }
            #[cfg(feature = "jwt")]
            Method::PrivateKeyJwt(signer) => signer.problem(),
        }
    }

    /// Returns the id of the client; empty if it has none.
    #[cfg(feature = "store")]
    pub(super) fn id(&self) -> &str {
        match &self.0 {
            Method::None | Method::Bearer { .. } => "",
            Method::SecretBasic { client_id, .. } | Method::SecretPost { client_id, .. } => {
                client_id
            }
            #[cfg(feature = "jwt")]
            Method::PrivateKeyJwt(signer) => signer.client_id(),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.0 {
            Method::None => "none",
            Method::Bearer { .. } => "bearer",
            Method::SecretBasic { .. } => "client_secret_basic",
            Method::SecretPost { .. } => "client_secret_post",
            #[cfg(feature = "jwt")]
            Method::PrivateKeyJwt(_) => "private_key_jwt",
        }
    }
}

/// RFC 6749 appendix B.
fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ClientAuthentication({})", self.name())
    }
}
