//! The expression as the fewest tests on bits, for the decision of every call.
//!
//! Scopes of one group whose bits lie in one word are tested together. Each test either goes on to
//! the next one or skips some: short-circuit evaluation without a tree. The cost depends on the
//! expression alone, not on how many scopes are declared.

use super::required_scope::{Expression, RequiredScope};
use crate::scope::{Catalog, GrantedScopes};

pub(super) struct Program {
    catalog: &'static Catalog,
    tests: Box<[Test]>,
}

/// Looks at the bits of `mask` in one word.
struct Test {
    mask: u64,
    /// Combined by XOR with the masked bits: zero to find a bit that is set, or the mask to find one that is
    /// missing.
    flip: u64,
    word: u32,
    /// The number of following tests to skip; a skip beyond the last test denies.
    skip: u32,
    skips_if_found: bool,
}

/// A position in the program, as the number of tests before its end. The end allows the call.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place(u32);

const ALLOWED: Place = Place(0);
const DENIED: Place = Place(u32::MAX);

impl Program {
    /// Returns `None` unless all scopes are declared in one catalog, with exactly these names, and
    /// no group is empty.
    pub(super) fn new(expression: &Expression) -> Option<Self> {
        let (catalog, _) = expression.leaves().next()?.declared()?;
        let mut same = expression.leaves().map(RequiredScope::declared);
        let is_plain = |(other, position): (&Catalog, usize)| {
            other.is(catalog) && !other.declarations()[position].is_template()
        };
        if !same.all(|declared| declared.is_some_and(is_plain)) {
            return None;
        }
        let mut tests = Vec::new();
        write(expression, ALLOWED, DENIED, &mut tests)?;
        tests.reverse();
        Some(Self {
            catalog,
            tests: tests.into_boxed_slice(),
        })
    }

    #[inline]
    pub(super) fn accepts(&self, granted: &GrantedScopes) -> bool {
        let held = granted.held(self.catalog);
        let mut tests = &*self.tests;
        while let Some((test, rest)) = tests.split_first() {
            let found = (held.word(test.word as usize) & test.mask) ^ test.flip != 0;
            tests = rest;
            if found == test.skips_if_found {
                match rest.get(test.skip as usize..) {
                    Some(further) => tests = further,
                    None => return false,
                }
            }
        }
        true
    }
}

/// Adds the tests of `expression`, the last first, and returns the place of the one to begin with.
fn write(
    expression: &Expression,
    then: Place,
    otherwise: Place,
    tests: &mut Vec<Test>,
) -> Option<Place> {
    let alone = std::slice::from_ref(expression);
    let (members, every) = match expression {
        Expression::Leaf(_) => (alone, true),
        Expression::Any(members) => (&**members, false),
        Expression::All(members) => (&**members, true),
        Expression::Match(_) => return None,
    };
    if members.is_empty() {
        return None;
    }
    let mut words: Vec<(usize, u64)> = Vec::new();
    let mut groups = Vec::new();
    for member in members {
        let Expression::Leaf(scope) = member else {
            groups.push(member);
            continue;
        };
        let (_, position) = scope.declared()?;
        let bit = 1 << (position % 64);
        match words.iter_mut().find(|(word, _)| *word == position / 64) {
            Some((_, mask)) => *mask |= bit,
            None => words.push((position / 64, bit)),
        }
    }
    // Between two members of `any` a failure goes on, between two of `all` a success.
    let mut first = if every { then } else { otherwise };
    for group in groups.into_iter().rev() {
        let (then, otherwise) = if every {
            (first, otherwise)
        } else {
            (then, first)
        };
        first = write(group, then, otherwise, tests)?;
    }
    for (word, mask) in words.into_iter().rev() {
        let (then, otherwise) = if every {
            (first, otherwise)
        } else {
            (then, first)
        };
        first = add(tests, word, mask, every, then, otherwise)?;
    }
    Some(first)
}

fn add(
    tests: &mut Vec<Test>,
    word: usize,
    mask: u64,
    every: bool,
    then: Place,
    otherwise: Place,
) -> Option<Place> {
    let next = Place(u32::try_from(tests.len()).ok()?);
    // One of the two places comes right after this test; it skips to the other one.
    let skips_if_passed = then != next;
    let target = if skips_if_passed { then } else { otherwise };
    tests.push(Test {
        mask,
        flip: if every { mask } else { 0 },
        word: u32::try_from(word).ok()?,
        skip: next.0.checked_sub(target.0).unwrap_or(u32::MAX),
        // Every bit is there when no missing one is found.
        skips_if_found: skips_if_passed != every,
    });
    Some(Place(next.0 + 1))
}
