//! Reading the `scope` text of a token into the granted set, against bits set by hand. How often that
//! allocates is for a test to say: counting takes time.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use std::collections::HashSet;
use std::hint::black_box;

use scopes_core::{GrantedScopes, RequiredScope, Requirement, ScopeCatalog, ScopeDeclaration};
use scopes_tests::measure::Comparison;

include!(concat!(env!("OUT_DIR"), "/catalogs.rs"));

const TARGET: f64 = 2.0;

fn main() {
    println!("scope list: ratios to declared names turned into bits by hand");
    compare::<Thousand>(8);
    compare::<Thousand>(64);
    compare::<Thousand>(1_000);
    compare::<SixtyFour>(8);
    compare::<SixtyFour>(64);
}

/// A token with `granted` scopes, all of them declared.
fn compare<C: ScopeCatalog + Copy + Into<RequiredScope>>(granted: usize) {
    let declarations = C::CATALOG.declarations();
    // Spread over the catalog, in an order that is not its own.
    let step = declarations.len() / granted;
    let mut names: Vec<_> = declarations
        .iter()
        .step_by(step)
        .take(granted)
        .map(ScopeDeclaration::name)
        .collect();
    names.reverse();
    let text = names.join(" ");
    let requirement = Requirement::one(C::ALL[0]);
    let table = PerfectHash::new(
        &declarations
            .iter()
            .map(ScopeDeclaration::name)
            .collect::<Vec<_>>(),
    );
    let read = || {
        // What `parse` does once for a token, and the first decision over its catalog.
        let scopes = GrantedScopes::parse(black_box(text.as_str())).expect("a list");
        assert!(requirement.is_satisfied_by(&scopes));
        scopes
    };
    assert_eq!(
        table
            .read(&text)
            .iter()
            .map(|word| word.count_ones())
            .sum::<u32>(),
        u32::try_from(granted).expect("few")
    );

    Comparison::new(format!(
        "{granted} scopes of {} declared, {} bytes",
        declarations.len(),
        text.len()
    ))
    .case(
        "perfect hash to bits, nothing kept, nothing checked",
        || table.read(black_box(&text)),
    )
    .within(TARGET, "parse and first decision", read)
    .case("HashSet<String>", || {
        black_box(&text)
            .split(' ')
            .map(str::to_owned)
            .collect::<HashSet<_>>()
    })
    .print();
}

/// Finds each of a fixed set of names with one comparison.
struct PerfectHash {
    multiplier: u64,
    slots: Vec<Option<(Box<[u8]>, u16)>>,
}

impl PerfectHash {
    /// Tries multipliers until no two names share a slot.
    fn new(names: &[&str]) -> Self {
        let size = (names.len() * names.len() / 4)
            .next_power_of_two()
            .clamp(64, 1 << 17);
        let mut multiplier = 0x9E37_79B9_7F4A_7C15_u64;
        'search: loop {
            multiplier = multiplier
                .wrapping_mul(0xD134_2543_DE82_EF95)
                .wrapping_add(2);
            let mut slots = vec![None; size];
            for (number, name) in names.iter().enumerate() {
                let slot = &mut slots[hash(name.as_bytes(), multiplier | 1) & (size - 1)];
                if slot.is_some() {
                    continue 'search;
                }
                *slot = Some((name.as_bytes().into(), u16::try_from(number).expect("few")));
            }
            return Self {
                multiplier: multiplier | 1,
                slots,
            };
        }
    }

    fn read(&self, text: &str) -> [u64; 16] {
        let mut bits = [0; 16];
        for name in text.as_bytes().split(|byte| *byte == b' ') {
            let slot = hash(name, self.multiplier) & (self.slots.len() - 1);
            if let Some((known, number)) = &self.slots[slot]
                && **known == *name
            {
                bits[usize::from(number / 64)] |= 1 << (number % 64);
            }
        }
        bits
    }
}

/// Mixes the length, the first and the last eight bytes, and what lies between.
fn hash(name: &[u8], multiplier: u64) -> usize {
    let word = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0_u64, |word, byte| (word << 8) | u64::from(*byte))
    };
    let mut state = name.len() as u64;
    if let (Some(first), Some(last)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        state ^= u64::from_le_bytes(*first).wrapping_mul(multiplier);
        state = (state ^ (state >> 31) ^ u64::from_le_bytes(*last)).wrapping_mul(multiplier);
        if let Some(middle) = name.get(8..name.len().saturating_sub(8))
            && !middle.is_empty()
        {
            state = (state ^ word(middle)).wrapping_mul(multiplier);
        }
    } else {
        state = (state ^ word(name)).wrapping_mul(multiplier);
    }
    usize::try_from(state >> 40).unwrap_or_default()
}
