//! The metadata of the authorization server (RFC 8414).
//!
//! There is no OpenID Connect document: it would have to promise ID tokens, and the known clients
//! request this document first.

use serde_json::Value;

use super::{AuthorizationServerError, Protocol};

/// The document, with what the protocol could do and this server does not left out.
pub(super) fn document(protocol: &Protocol) -> Result<String, AuthorizationServerError> {
    let document = serde_json::to_value(protocol.metadata());
    let Ok(Value::Object(mut document)) = document else {
        return Err(AuthorizationServerError::Start("the metadata"));
    };
    document.remove("device_authorization_endpoint");
    document.insert(
        "grant_types_supported".to_owned(),
        ["authorization_code", "refresh_token"].as_slice().into(),
    );
    for endpoint in ["introspection", "revocation"] {
        document.insert(
            format!("{endpoint}_endpoint_auth_methods_supported"),
            match endpoint {
                "introspection" => ["client_secret_basic", "client_secret_post"]
                    .as_slice()
                    .into(),
                _ => ["client_secret_basic", "client_secret_post", "none"]
                    .as_slice()
                    .into(),
            },
        );
    }
    Ok(Value::Object(document).to_string())
}
