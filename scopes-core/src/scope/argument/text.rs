//! The text of one scalar, and a serializer that writes it.

use std::fmt;

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::problem::ArgumentProblem;

/// The longest text that is kept, in bytes; no value of a placeholder and no arm of a `match` is
/// longer.
const MAX_TEXT: usize = 128;

/// A short text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Text {
    bytes: [u8; MAX_TEXT],
    length: u8,
}

impl Text {
    /// Returns `None` if `text` is too long.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; MAX_TEXT];
        let length = u8::try_from(text.len()).ok()?;
        bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        Some(Self { bytes, length })
    }

    pub(super) fn as_str(&self) -> &str {
        let bytes = &self.bytes[..usize::from(self.length)];
        // It was copied from a text; nothing is lost.
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// Serializes strings, integers, booleans and variants without fields; everything else is an error.
pub(super) struct TextSerializer;

#[derive(Debug)]
pub(super) struct SerializeTextError(ArgumentProblem);

impl SerializeTextError {
    pub(super) const fn problem(&self) -> ArgumentProblem {
        self.0
    }
}

type Scalar = Result<Text, SerializeTextError>;
type Never = Impossible<Text, SerializeTextError>;

const NOT_SCALAR: SerializeTextError = SerializeTextError(ArgumentProblem::NotScalar);
const NOT_INTEGER: SerializeTextError = SerializeTextError(ArgumentProblem::NotInteger);

/// An integer in decimal digits.
fn integer(value: impl TryInto<i128>) -> Scalar {
    // Large enough for a 64-bit integer, signed or not.
    let mut digits = [0; 20];
    let value: i128 = value.try_into().map_err(|_| NOT_INTEGER)?;
    if value < i128::from(i64::MIN) || value > i128::from(u64::MAX) {
        return Err(NOT_INTEGER);
    }
    let mut rest = value.unsigned_abs();
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        start -= 1;
        digits[start] = b'-';
    }
    text(std::str::from_utf8(&digits[start..]).unwrap_or_default())
}

fn text(text: &str) -> Scalar {
    Text::new(text).ok_or(SerializeTextError(ArgumentProblem::TooLong))
}

macro_rules! integers {
    ($($method:ident: $type:ty,)*) => {
        $(
            fn $method(self, value: $type) -> Scalar {
                integer(value)
            }
        )*
    };
}

impl Serializer for TextSerializer {
    type Ok = Text;
    type Error = SerializeTextError;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    integers! {
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
    }

    fn serialize_bool(self, value: bool) -> Scalar {
        text(if value { "true" } else { "false" })
    }

    fn serialize_f32(self, _: f32) -> Scalar {
        Err(NOT_INTEGER)
    }

    fn serialize_f64(self, _: f64) -> Scalar {
        Err(NOT_INTEGER)
    }

    fn serialize_char(self, value: char) -> Scalar {
        text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Scalar {
        text(value)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Scalar {
        text(&value.to_string())
    }

    fn serialize_bytes(self, _: &[u8]) -> Scalar {
        Err(NOT_SCALAR)
    }

    fn serialize_none(self) -> Scalar {
        Err(NOT_SCALAR)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Scalar {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Scalar {
        Err(NOT_SCALAR)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Scalar {
        Err(NOT_SCALAR)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Scalar {
        text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Scalar {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Scalar {
        Err(NOT_SCALAR)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Never, SerializeTextError> {
        Err(NOT_SCALAR)
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, SerializeTextError> {
        Err(NOT_SCALAR)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Never, SerializeTextError> {
        Err(NOT_SCALAR)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, SerializeTextError> {
        Err(NOT_SCALAR)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, SerializeTextError> {
        Err(NOT_SCALAR)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, SerializeTextError> {
        Err(NOT_SCALAR)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, SerializeTextError> {
        Err(NOT_SCALAR)
    }
}

impl ser::Error for SerializeTextError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        NOT_SCALAR
    }
}

impl fmt::Display for SerializeTextError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for SerializeTextError {}
