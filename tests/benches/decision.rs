//! One decision, against the same logic on one `u64`.
//!
//! A requirement and a token know nothing of the registered operations: `authorize` reads both and
//! nothing else, so how many operations there are cannot matter.

use std::collections::HashSet;
use std::hint::black_box;

use scopes_core::{
    AuthorizeError, Caller, Expression, RequiredScope, Requirement, ScopeCatalog, authorize,
    requires_scopes, testing,
};
use scopes_tests::measure::Comparison;

include!(concat!(env!("OUT_DIR"), "/catalogs.rs"));

const TARGET: f64 = 4.0;

/// What a token grants: a bit for each scope, all in the first word or each in one of its own.
struct Held([u64; 4]);

fn main() {
    println!("decision: ratios to u64 masks, one for each word that the scopes' bits are in");
    for granted in [8, 64] {
        compare::<Eight, false>("8 declared", granted, [0, 2, 4, 6]);
        compare::<SixtyFour, false>("64 declared", granted, [3, 20, 41, 63]);
        compare::<Thousand, false>("1,000 declared", granted, [131, 148, 169, 191]);
        compare::<Thousand, true>("1,000 declared, in four words", granted, [3, 320, 641, 999]);
    }
    guard();
}

/// The three requirements over the scopes at `places`, for a token with `granted` scopes. Apart are
/// scopes whose bits are in four words.
fn compare<C: ScopeCatalog + Copy + Into<RequiredScope>, const APART: bool>(
    catalog: &str,
    granted: usize,
    places: [usize; 4],
) {
    let [a, b, c, d] = places.map(|place| C::ALL[place]);
    let [name_a, name_b, name_c, name_d] =
        places.map(|place| C::CATALOG.declarations()[place].name());
    let mut names = token::<C>(granted, places);
    let caller = caller(&names.join(" "));
    let strings: HashSet<String> = names.iter().cloned().collect();
    names.retain(|name| name != name_d);
    let denied = self::caller(&names.join(" "));
    let has = |name: &str| black_box(&strings).contains(black_box(name));
    // The token holds every scope but `b`.
    let held = Held(if APART {
        [1, 0, 1, 1]
    } else {
        [0b1101, 0, 0, 0]
    });
    let title = |shape: &str| format!("{shape}; token with {granted} scopes, {catalog}");

    let any = Requirement::any([b, c]);
    Comparison::new(title("any of 2"))
        .case("u64 masks", || {
            let Held([first, second, third, _]) = black_box(&held);
            if APART {
                let (b, c) = black_box((1, 1));
                second & b != 0 || third & c != 0
            } else {
                first & black_box(0b0110) != 0
            }
        })
        .within(TARGET, "authorize", || decide(&any, &caller))
        .case("HashSet<String>", || has(name_b) || has(name_c))
        .print();

    let all = Requirement::all([a, c, d]);
    Comparison::new(title("all of 3"))
        .case("u64 masks", || {
            let Held([first, _, third, fourth]) = black_box(&held);
            if APART {
                let (a, c, d) = black_box((1, 1, 1));
                first & a == a && third & c == c && fourth & d == d
            } else {
                let mask = black_box(0b1101);
                first & mask == mask
            }
        })
        .within(TARGET, "authorize", || decide(&all, &caller))
        .case("HashSet<String>", || {
            has(name_a) && has(name_c) && has(name_d)
        })
        .case("authorize, denied (makes the refusal)", || {
            decide(&all, &denied)
        })
        .print();

    let nested = Requirement::all([
        Expression::from(a),
        Expression::any([Expression::from(b), Expression::all([c, d])]),
    ]);
    Comparison::new(title("all(a, any(b, all(c, d)))"))
        .case("u64 masks", || {
            let Held([first, second, third, fourth]) = black_box(&held);
            if APART {
                let (a, b, c, d) = black_box((1, 1, 1, 1));
                first & a == a && (second & b == b || third & c == c && fourth & d == d)
            } else {
                let (a, b, cd) = black_box((0b0001, 0b0010, 0b1100));
                first & a == a && (first & b == b || first & cd == cd)
            }
        })
        .within(TARGET, "authorize", || decide(&nested, &caller))
        .case("HashSet<String>", || {
            has(name_a) && (has(name_b) || has(name_c) && has(name_d))
        })
        .print();
}

/// Uses the decision as a guard does, for which a refusal is the rare case. Stands in the loop, as
/// the masks do.
#[expect(clippy::inline_always, reason = "a call would count for one side only")]
#[inline(always)]
fn decide(requirement: &Requirement, caller: &Caller) -> bool {
    match authorize(black_box(requirement), black_box(caller)) {
        Ok(()) => true,
        Err(refusal) => refused(refusal),
    }
}

#[cold]
fn refused(refusal: AuthorizeError) -> bool {
    drop(black_box(refusal));
    false
}

/// The names of `granted` scopes: those at `places` without the second, then others, declared or
/// not.
fn token<C: ScopeCatalog>(granted: usize, places: [usize; 4]) -> Vec<String> {
    let wanted = [places[0], places[2], places[3]];
    let others = (0..C::ALL.len()).filter(|place| !places.contains(place));
    let declared = wanted.into_iter().chain(others);
    let declared = declared.map(|place| C::CATALOG.declarations()[place].name().to_owned());
    let foreign = (0..).map(|number| format!("foreign:{number}"));
    declared.chain(foreign).take(granted).collect()
}

fn caller(scopes: &str) -> Caller {
    match testing::caller("ada", scopes) {
        Ok(caller) => caller,
        Err(error) => panic!("{error}"),
    }
}

#[requires_scopes(all("photos:read", any("photos:write", "albums:write")), catalog = SixtyFour)]
#[inline(never)]
fn guarded(number: u64) -> Result<u64, AuthorizeError> {
    Ok(number + 1)
}

#[expect(clippy::unnecessary_wraps, reason = "the same signature")]
#[inline(never)]
fn unguarded(number: u64) -> Result<u64, AuthorizeError> {
    Ok(number + 1)
}

fn guard() {
    caller("openid photos:read albums:write").enter(|| {
        Comparison::new("a guarded function, caller from the context")
            .case("without the attribute", || unguarded(black_box(1)).ok())
            .case("with the attribute", || guarded(black_box(1)).ok())
            .print();
    });
}
