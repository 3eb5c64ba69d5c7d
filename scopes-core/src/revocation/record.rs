//! A revocation with its times, as every instance keeps it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::kind::RevocationKind;
use super::name::Name;

/// Milliseconds since 1970.
pub(super) type Millis = u64;

/// A revocation of the tokens that were issued before a time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) kind: RevocationKind,
    pub(super) name: Name,
    /// `None`: those of every issuer.
    pub(super) issuer: Option<Name>,
    pub(super) issued_before: Millis,
    /// The revocation has no effect from then on.
    pub(super) until: Millis,
}

#[cfg(feature = "store")]
impl Record {
    /// The length of a record in the store.
    const LENGTH: usize = 1 + 32 + 1 + 32 + 8 + 8;

    /// Writes the record for the store.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::LENGTH);
        bytes.push(self.kind.place());
        bytes.extend(self.name.0);
        bytes.push(u8::from(self.issuer.is_some()));
        bytes.extend(self.issuer.map_or([0; 32], |issuer| issuer.0));
        bytes.extend(self.issued_before.to_be_bytes());
        bytes.extend(self.until.to_be_bytes());
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[place], rest) = bytes.split_first_chunk()?;
        let (name, rest) = rest.split_first_chunk()?;
        let (&[has_issuer], rest) = rest.split_first_chunk()?;
        let (issuer, rest) = rest.split_first_chunk()?;
        let (issued_before, rest) = rest.split_first_chunk()?;
        let until = rest.try_into().ok()?;
        Some(Self {
            kind: *RevocationKind::ALL.get(usize::from(place))?,
            name: Name(*name),
            issuer: (has_issuer == 1).then_some(Name(*issuer)),
            issued_before: Millis::from_be_bytes(*issued_before),
            until: Millis::from_be_bytes(until),
        })
    }
}

/// Returns the milliseconds since 1970; 0 before.
pub(super) fn millis(time: SystemTime) -> Millis {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// Returns the time, which is far in the future if the clock has none.
pub(super) fn time(millis: Millis) -> SystemTime {
    const FAR: Duration = Duration::from_secs(200 * 365 * 24 * 60 * 60);
    let since = Duration::from_millis(millis).min(FAR);
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}
