//! What the hot path allocates: nothing to decide, at most once to read a token's scopes.

#![allow(clippy::expect_used, reason = "a test may panic")]

use allocation_counter::measure;
use scopes_core::{
    Caller, Expression, GrantedScopes, Requirement, authorize, requires_scopes, testing,
};
use scopes_tests::vocabulary::Scope;

fn nested() -> Requirement {
    Requirement::all([
        Expression::from(Scope::EntriesWrite),
        Expression::any([
            Expression::from(Scope::TagsRead),
            Expression::all([Scope::UserRead, Scope::AnalyticsView]),
        ]),
    ])
}

fn caller() -> Caller {
    testing::caller(
        "ada",
        "openid user:read entries:write tags:write analytics:view x y z",
    )
    .expect("valid scopes")
}

#[test]
fn an_allowed_decision_allocates_nothing() {
    let (requirement, caller) = (nested(), caller());
    authorize(&requirement, &caller).expect("allowed");
    let allocated = measure(|| authorize(&requirement, &caller).expect("allowed"));
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn an_allowed_guard_allocates_nothing() {
    #[requires_scopes(all("entries:write", any("tags:read", "audit")), catalog = Scope)]
    fn guarded() -> Result<u8, String> {
        Ok(1)
    }

    caller().enter(|| {
        guarded().expect("allowed");
        let allocated = measure(|| {
            guarded().expect("allowed");
        });
        assert_eq!(allocated.count_total, 0);
    });
}

#[test]
fn reading_a_token_allocates_its_text() {
    let text = "openid user:read entries:write tags:write analytics:view";
    let requirement = nested();
    assert!(!requirement.is_satisfied_by(&GrantedScopes::default()));
    // The first decision over the catalog is part of it.
    let allocated = measure(|| {
        let granted = GrantedScopes::parse(text).expect("valid");
        assert!(requirement.is_satisfied_by(&granted));
    });
    assert_eq!(allocated.count_total, 1);
}
