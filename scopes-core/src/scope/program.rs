//! The expression as the fewest tests on bits, for the decision of every call.
//!
//! Scopes of one group whose bits lie in one word are tested together, and every test says where
//! to go on: so the cost depends on the expression alone, not on how many scopes are declared.

use super::catalog::Catalog;
use super::expression::{Expression, RequiredScope};
use super::granted::GrantedScopes;

pub(super) struct Program {
    catalog: &'static Catalog,
    tests: Box<[Test]>,
    start: u32,
}

/// Looks at the bits of `mask` in one word.
struct Test {
    mask: u64,
    word: u32,
    /// Whether every bit must be set; otherwise one is enough.
    every: bool,
    then: u32,
    otherwise: u32,
}

/// Where a program ends; no test has these numbers.
const ALLOWED: u32 = u32::MAX;
const DENIED: u32 = u32::MAX - 1;

impl Program {
    /// `None` where the scopes are not all of one catalog.
    pub(super) fn new(expression: &Expression) -> Option<Self> {
        let (catalog, _) = expression.leaves().next()?.declared()?;
        let mut same = expression.leaves().map(RequiredScope::declared);
        if !same.all(|declared| declared.is_some_and(|(other, _)| other.is(catalog))) {
            return None;
        }
        let mut tests = Vec::new();
        let start = write(expression, ALLOWED, DENIED, &mut tests)?;
        Some(Self {
            catalog,
            tests: tests.into_boxed_slice(),
            start,
        })
    }

    #[inline]
    pub(super) fn accepts(&self, granted: &GrantedScopes) -> bool {
        let words = granted.held(self.catalog);
        let mut next = self.start;
        while let Some(test) = self.tests.get(next as usize) {
            let held = words.get(test.word as usize).copied().unwrap_or_default() & test.mask;
            let passed = if test.every {
                held == test.mask
            } else {
                held != 0
            };
            next = if passed { test.then } else { test.otherwise };
        }
        next == ALLOWED
    }
}

/// Adds the tests of `expression`, the last first, and returns the number of the one to begin with.
fn write(expression: &Expression, then: u32, otherwise: u32, tests: &mut Vec<Test>) -> Option<u32> {
    let (members, every) = match expression {
        Expression::Scope(scope) => {
            let (_, position) = scope.declared()?;
            return add(
                tests,
                position / 64,
                1 << (position % 64),
                true,
                then,
                otherwise,
            );
        }
        Expression::Any(members) => (members, false),
        Expression::All(members) => (members, true),
    };
    if members.is_empty() {
        return Some(otherwise);
    }
    let mut words: Vec<(usize, u64)> = Vec::new();
    let mut groups = Vec::new();
    for member in members.iter() {
        let Expression::Scope(scope) = member else {
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
    then: u32,
    otherwise: u32,
) -> Option<u32> {
    let number = u32::try_from(tests.len())
        .ok()
        .filter(|number| *number < DENIED)?;
    tests.push(Test {
        mask,
        word: u32::try_from(word).ok()?,
        every,
        then,
        otherwise,
    });
    Some(number)
}
