//! The id of a request, kept for a response that the server does not write.

use serde::Serialize;
use serde::ser::{Error as _, Serializer};
use serde_json::value::RawValue;

/// The id of a JSON-RPC request, as it is written. Ids of usual length are not allocated, since every
/// call keeps its id.
#[derive(Clone, Debug)]
pub(super) enum RequestId {
    Short {
        bytes: [u8; Self::SHORT],
        length: u8,
    },
    Long(Box<str>),
}

impl RequestId {
    /// Enough for every 64-bit number.
    const SHORT: usize = 22;

    pub(super) fn of(id: &RawValue) -> Self {
        let id = id.get();
        let mut bytes = [0; Self::SHORT];
        match (bytes.get_mut(..id.len()), u8::try_from(id.len())) {
            (Some(written), Ok(length)) => {
                written.copy_from_slice(id.as_bytes());
                Self::Short { bytes, length }
            }
            _ => Self::Long(id.into()),
        }
    }

    fn as_json(&self) -> &[u8] {
        match self {
            Self::Short { bytes, length } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(id) => id.as_bytes(),
        }
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id: &RawValue = serde_json::from_slice(self.as_json()).map_err(S::Error::custom)?;
        id.serialize(serializer)
    }
}
