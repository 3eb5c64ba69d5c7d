//! From a name to its place in the catalog: a hash table that is built at compile time.
//!
//! The names are fixed when the program is built, so an attacker cannot choose colliding ones. A
//! lookup that finds nothing ends at the first free slot.

use super::declaration::ScopeDeclaration;

const FREE: u16 = u16::MAX;

/// Slots with places, at most half of them taken.
#[derive(Clone, Copy)]
pub(crate) struct NameIndex(&'static [u16]);

/// Returns the number of slots for this number of declarations.
pub(crate) const fn len(declarations: usize) -> usize {
    (declarations * 2).next_power_of_two()
}

/// Puts every declaration into its slot, or into the next free one.
pub(crate) const fn build<const LEN: usize>(declarations: &[ScopeDeclaration]) -> [u16; LEN] {
    let mut slots = [FREE; LEN];
    let mut place = 0;
    while place < declarations.len() {
        let mut slot = hash(declarations[place].name.as_bytes()) & (LEN - 1);
        while slots[slot] != FREE {
            slot = (slot + 1) & (LEN - 1);
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the derive refuses more than 65535"
        )]
        let value = place as u16;
        slots[slot] = value;
        place += 1;
    }
    slots
}

impl NameIndex {
    pub(crate) const fn new(slots: &'static [u16]) -> Self {
        assert!(
            slots.len().is_power_of_two(),
            "the slots are counted by `len`"
        );
        Self(slots)
    }

    /// The place of `name`, compared byte for byte.
    #[inline]
    pub(crate) fn find(self, declarations: &[ScopeDeclaration], name: &[u8]) -> Option<usize> {
        let mask = self.0.len() - 1;
        let mut slot = hash(name) & mask;
        loop {
            let place = usize::from(self.0[slot]);
            // A free slot holds a place behind the last declaration.
            let declaration = declarations.get(place)?;
            if declaration.name.as_bytes() == name {
                return Some(place);
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// Up to seven bytes as a number.
const fn word_of(mut bytes: &[u8]) -> u64 {
    let mut word = 0;
    while let Some((byte, behind)) = bytes.split_first() {
        word = (word << 8) | *byte as u64;
        bytes = behind;
    }
    word
}

/// Mixes the length and every byte, eight at a time.
#[inline]
const fn hash(name: &[u8]) -> usize {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = name.len() as u64;
    let mut rest = name;
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        state = (state ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER);
        state ^= state >> 29;
        rest = behind;
    }
    // Reading the last eight bytes again is faster than reading the rest byte by byte.
    let last = match name.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => word_of(rest),
    };
    state = (state ^ last).wrapping_mul(MULTIPLIER);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only the low bits choose the slot"
    )]
    let mixed = (state ^ (state >> 32)) as usize;
    mixed
}
