//! The protected resource metadata document.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::scope::{ScopeName, ScopeSet};

/// The metadata of a protected resource, field for field as in RFC 9728 section 2.
///
/// In JSON, a field that is not set, or empty, is absent (section 3.2), and fields have the order
/// of the RFC.
///
/// ```
/// use scopes_core::ProtectedResourceMetadata;
///
/// let document = r#"{
///     "resource": "https://mcp.example.com/mcp",
///     "authorization_servers": ["https://auth.example.com"],
///     "scopes_supported": ["photos:read"]
/// }"#;
/// let metadata: ProtectedResourceMetadata = serde_json::from_str(document)?;
/// assert!(metadata.scopes_supported.contains("photos:read"));
/// assert!(!serde_json::to_string(&metadata)?.contains("resource_name"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ProtectedResourceMetadata {
    /// The resource identifier: the URL that clients use.
    pub resource: String,
    /// The issuers of the authorization servers.
    pub authorization_servers: Vec<String>,
    /// The URL of the resource's own keys.
    pub jwks_uri: Option<String>,
    /// The scopes that clients may request. If empty, the field is absent.
    pub scopes_supported: ScopeSet,
    /// The ways to present a token: `header`, `body`, `query`.
    pub bearer_methods_supported: Vec<String>,
    /// The JWS algorithms with which the resource signs its responses.
    pub resource_signing_alg_values_supported: Vec<String>,
    /// A name for end users.
    pub resource_name: Option<String>,
    /// Documentation for developers.
    pub resource_documentation: Option<String>,
    /// The resource's policy on the use of its data.
    pub resource_policy_uri: Option<String>,
    /// The resource's terms of service.
    pub resource_tos_uri: Option<String>,
    /// `true` if tokens can be bound to client certificates (RFC 8705). Set by the verifier.
    pub tls_client_certificate_bound_access_tokens: Option<bool>,
    /// The authorization details types (RFC 9396).
    pub authorization_details_types_supported: Vec<String>,
    /// The JWS algorithms of `DPoP` proofs (RFC 9449). Set by the verifier.
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// `true` if every token must be bound by `DPoP`. Set by the verifier.
    pub dpop_bound_access_tokens_required: Option<bool>,
    /// The same metadata as a signed JWT (section 2.2).
    pub signed_metadata: Option<String>,
    /// Any further field, by its name; also the human-readable ones in a language, such as
    /// `resource_name#fr` (section 2.1). A name that has a field above is ignored.
    pub further: Map<String, Value>,
}

impl ProtectedResourceMetadata {
    /// Returns the fields that are set and not enforced, each with the correct setting. Only a
    /// verifier determines the presentation of tokens, and the layer reads them from the header
    /// alone.
    pub(super) fn unenforced(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        const BY_VERIFIER: &str =
            "is set by the verifier (`TokenVerifier::presentation`); remove it here";
        let methods = &self.bearer_methods_supported;
        let fields = [
            (
                "tls_client_certificate_bound_access_tokens",
                self.tls_client_certificate_bound_access_tokens.is_some(),
                BY_VERIFIER,
            ),
            (
                "dpop_signing_alg_values_supported",
                !self.dpop_signing_alg_values_supported.is_empty(),
                BY_VERIFIER,
            ),
            (
                "dpop_bound_access_tokens_required",
                self.dpop_bound_access_tokens_required.is_some(),
                BY_VERIFIER,
            ),
            (
                "bearer_methods_supported",
                methods.iter().any(|method| method != "header"),
                "has another method than `header`, the only one that tokens are read from; remove it",
            ),
        ];
        let set = fields.into_iter().filter(|(_, is_set, _)| *is_set);
        set.map(|(field, _, problem)| (field, problem))
    }
}

/// Passes every field of RFC 9728 to `$each`, in the order of section 2.
macro_rules! for_each_field {
    ($each:ident) => {
        $each! {
            resource, authorization_servers, jwks_uri, scopes_supported, bearer_methods_supported,
            resource_signing_alg_values_supported, resource_name, resource_documentation,
            resource_policy_uri, resource_tos_uri, tls_client_certificate_bound_access_tokens,
            authorization_details_types_supported, dpop_signing_alg_values_supported,
            dpop_bound_access_tokens_required, signed_metadata,
        }
    };
}

/// A field's form in JSON.
trait Field: Sized {
    fn to_json(&self) -> Value;
    fn from_json(value: Value) -> serde_json::Result<Self>;
}

impl Field for String {
    fn to_json(&self) -> Value {
        Value::from(self.as_str())
    }

    fn from_json(value: Value) -> serde_json::Result<Self> {
        Self::deserialize(value)
    }
}

impl Field for Vec<String> {
    fn to_json(&self) -> Value {
        Value::from(self.as_slice())
    }

    fn from_json(value: Value) -> serde_json::Result<Self> {
        Self::deserialize(value)
    }
}

impl Field for bool {
    fn to_json(&self) -> Value {
        Value::from(*self)
    }

    fn from_json(value: Value) -> serde_json::Result<Self> {
        Self::deserialize(value)
    }
}

impl Field for ScopeSet {
    fn to_json(&self) -> Value {
        self.iter().map(ScopeName::as_str).collect()
    }

    fn from_json(value: Value) -> serde_json::Result<Self> {
        match value {
            Value::Array(_) => Self::deserialize(value),
            _ => Err(serde_json::Error::custom("expected an array of scopes")),
        }
    }
}

impl<F: Field> Field for Option<F> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, F::to_json)
    }

    fn from_json(value: Value) -> serde_json::Result<Self> {
        F::from_json(value).map(Some)
    }
}

/// RFC 9728 section 3.2: parameters with zero values are left out.
pub(crate) fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

impl Serialize for ProtectedResourceMetadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut further = self.further.clone();
        let mut document = serializer.serialize_map(None)?;
        macro_rules! write_fields {
            ($($field:ident,)*) => {$(
                further.remove(stringify!($field));
                let value = self.$field.to_json();
                if !is_absent(&value) {
                    document.serialize_entry(stringify!($field), &value)?;
                }
            )*};
        }
        for_each_field!(write_fields);
        for (name, value) in further.iter().filter(|(_, value)| !is_absent(value)) {
            document.serialize_entry(name, value)?;
        }
        document.end()
    }
}

impl<'de> Deserialize<'de> for ProtectedResourceMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut document = Map::deserialize(deserializer)?;
        let mut metadata = Self::default();
        macro_rules! read_fields {
            ($($field:ident,)*) => {$(
                if let Some(value) = document.remove(stringify!($field)) {
                    metadata.$field = Field::from_json(value)
                        .map_err(|error| D::Error::custom(format!("{}: {error}", stringify!($field))))?;
                }
            )*};
        }
        for_each_field!(read_fields);
        if metadata.resource.is_empty() {
            return Err(D::Error::missing_field("resource"));
        }
        metadata.further = document;
        Ok(metadata)
    }
}
