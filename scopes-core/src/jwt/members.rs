//! Members of a JWK (RFC 7517 section 4).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::key_problem::KeyProblem;

/// Base64url. Padding, which RFC 7515 section 2 omits, is accepted.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Returns a member; `None` if it is missing or empty.
pub(super) fn text<'j>(
    jwk: &'j Map<String, Value>,
    member: &'static str,
) -> Result<Option<&'j str>, KeyProblem> {
    match jwk.get(member) {
        value if is_missing(value) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        _ => Err(KeyProblem::NoText(member)),
    }
}

pub(super) fn is_missing(value: Option<&Value>) -> bool {
    value.is_none_or(|value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    })
}

/// Returns the bytes of a member in base64url.
pub(super) fn bytes(jwk: &Map<String, Value>, member: &'static str) -> Result<Vec<u8>, KeyProblem> {
    let text = text(jwk, member)?.ok_or(KeyProblem::Missing(member))?;
    let bytes = BASE64URL.decode(text);
    bytes.map_err(|_| KeyProblem::NoBase64url(member))
}

/// Returns a number without the leading zeros that some libraries write.
pub(super) fn number(
    jwk: &Map<String, Value>,
    member: &'static str,
) -> Result<Vec<u8>, KeyProblem> {
    let bytes = bytes(jwk, member)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Ok(bytes[zeros..].to_vec())
}
