//! What the derive gives to the enum.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scopes_core::{
    FindScopeError, GrantedScopes, RequiredScope, Requirement, ScopeCatalog, ScopeDeclaration,
    ScopeName,
};
use scopes_tests::vocabulary::{Scope, any_scope, any_scopes, text, with_implied};

// Names and lists are usable in constants.
const NAME: &str = Scope::EntriesRead.as_str();
const FIRST: &Scope = &Scope::ALL[0];
const HOW_MANY: usize = <Scope as ScopeCatalog>::CATALOG.declarations().len();

#[test]
fn the_enum_knows_its_names() {
    assert_eq!(NAME, "entries:read");
    assert_eq!(*FIRST, Scope::UserRead);
    assert_eq!(HOW_MANY, Scope::ALL.len());
    assert_eq!(Scope::EntriesWrite.to_string(), "entries:write");
    assert_eq!(format!("{:>10}", Scope::Admin), "     admin");
    assert_eq!(
        Scope::EntriesWrite.description(),
        "Create, change and delete your journal entries."
    );
    assert_eq!(AsRef::<str>::as_ref(&Scope::Audit), "audit");
    assert_eq!(ScopeName::from(Scope::Audit).as_str(), "audit");
    assert_eq!(Scope::CATALOG.name(), "scopes_tests::vocabulary::Scope");
}

#[test]
fn declarations_say_what_was_declared() {
    let admin = Scope::Admin.declaration();
    let names = |places: &[u16]| -> Vec<_> {
        places
            .iter()
            .map(|place| Scope::ALL[usize::from(*place)])
            .collect()
    };
    assert_eq!(
        names(admin.implies()),
        [Scope::EntriesWrite, Scope::TagsWrite, Scope::AnalyticsView]
    );
    assert_eq!(
        names(admin.implied()),
        [
            Scope::EntriesRead,
            Scope::EntriesWrite,
            Scope::TagsRead,
            Scope::TagsWrite,
            Scope::AnalyticsView
        ],
    );
    assert!(Scope::UserRead.declaration().is_baseline() && !admin.is_baseline());
    assert!(Scope::Audit.declaration().is_hidden() && !admin.is_hidden());
    let baseline: Vec<_> = Scope::CATALOG
        .baseline()
        .map(ScopeDeclaration::name)
        .collect();
    assert_eq!(baseline, ["user:read"]);
}

#[test]
fn unknown_names_come_with_a_suggestion() {
    let error: FindScopeError = "entires:read".parse::<Scope>().expect_err("unknown");
    assert_eq!(error.suggestion(), Some("entries:read"));
    assert_eq!(
        error.to_string(),
        "unknown scope \"entires:read\"; did you mean `entries:read`?"
    );
    let error = "photos\n".parse::<Scope>().expect_err("unknown");
    assert_eq!(error.name(), "photos\n");
    assert_eq!(
        error.to_string(),
        "unknown scope \"photos\\n\"; scopes_tests::vocabulary::Scope does not declare it",
    );
}

proptest! {
    #[test]
    fn names_and_variants_are_one_to_one(scope in any_scope()) {
        prop_assert_eq!(scope.as_str().parse::<Scope>(), Ok(scope));
        prop_assert_eq!(Scope::CATALOG.position(scope.as_str()), Some(scope.position()));
        prop_assert_eq!(Scope::ALL[scope.position()], scope);
    }

    #[test]
    fn no_other_name_is_found(name in ".{0,24}") {
        let declared = Scope::ALL.iter().any(|scope| scope.as_str() == name);
        prop_assert_eq!(name.parse::<Scope>().is_ok(), declared);
    }

    #[test]
    fn names_are_found_whole(scope in any_scope(), more in "[!-~]{1,4}", cut in 1..4_usize) {
        let name = scope.as_str();
        let longer = format!("{name}{more}");
        prop_assert!(longer.parse::<Scope>().is_err() || Scope::ALL.iter().any(|scope| scope.as_str() == longer));
        prop_assert!(name[..name.len() - cut].parse::<Scope>().is_err());
        prop_assert!(name.to_uppercase().parse::<Scope>().is_err());
    }

    #[test]
    fn implications_are_followed_to_the_end(scopes in any_scopes()) {
        let granted = GrantedScopes::parse(text(&scopes)).expect("valid");
        let held: BTreeSet<Scope> = Scope::ALL.iter().copied().filter(|scope| granted.includes(*scope)).collect();
        prop_assert_eq!(held, with_implied(&scopes));
    }

    #[test]
    fn declared_names_are_found_among_any_others(names in proptest::collection::vec(any_name(), 0..12)) {
        let granted = GrantedScopes::parse(names.join(" ")).expect("valid");
        let named = names.iter().filter_map(|name| name.parse().ok()).collect();
        let held: BTreeSet<Scope> = Scope::ALL.iter().copied().filter(|scope| granted.includes(*scope)).collect();
        prop_assert_eq!(held, with_implied(&named));
    }
}

/// A declared name, or any other of up to three words of eight bytes.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any_scope().prop_map(|scope| scope.as_str().to_owned()),
        "[!#-\\[\\]-~]{1,24}",
    ]
}

/// Two catalogs with the same names, each with its own hierarchy.
mod other {
    use scopes_core::ScopeCatalog;

    #[derive(ScopeCatalog, Clone, Copy)]
    pub(super) enum Scope {
        #[scope("entries:read", implies(Audit))]
        EntriesRead,
        #[scope("audit")]
        Audit,
    }
}

#[test]
fn a_token_is_seen_through_each_catalog_by_itself() {
    let granted = GrantedScopes::parse("entries:read").expect("valid");
    assert!(!granted.includes(Scope::Audit));
    assert!(granted.includes(other::Scope::Audit));
    assert!(!granted.includes(Scope::Audit));
    let both = Requirement::all([
        RequiredScope::from(Scope::EntriesRead),
        RequiredScope::from(other::Scope::Audit),
        RequiredScope::from(ScopeName::from_static("entries:read")),
    ]);
    assert!(both.is_satisfied_by(&granted));
    assert!(!Requirement::all([Scope::EntriesRead, Scope::Audit]).is_satisfied_by(&granted));
    assert!(!Requirement::one(ScopeName::from_static("audit")).is_satisfied_by(&granted));
}
