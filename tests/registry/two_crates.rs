//! A program whose operations stand in two crates, with a catalog each.

use scopes_core::registry::ServedNames;
use scopes_core::{
    AuthorizeError, OperationKind, Registry, ResourceServer, ScopeCatalog, requires_scopes,
};

#[derive(ScopeCatalog)]
enum Scope {
    #[scope("photos:read")]
    PhotosRead,
    #[scope("photos:write", implies(PhotosRead))]
    PhotosWrite,
}

#[requires_scopes("photos:write")]
async fn upload_photo() -> Result<(), AuthorizeError> {
    std::future::ready(Ok(())).await
}

mod nested {
    use scopes_core::{AuthorizeError, requires_scopes};

    #[requires_scopes("photos:read")]
    pub(super) fn view_photo<T: Copy>(_photo: T) -> Result<(), AuthorizeError> {
        Ok(())
    }
}

#[test]
fn the_operations_of_both_are_listed_in_one_order() {
    // Used, so that the second crate is linked; the operations themselves are never called.
    assert!(second_crate::list_albums().is_err());
    drop(upload_photo());
    assert!(nested::view_photo(1).is_err());

    let registry = Registry::of_program();
    let operations = registry.operations();
    let listed: Vec<_> = operations
        .iter()
        .map(|operation| {
            (
                &*operation.name,
                operation.package,
                operation.requirement.to_string(),
            )
        })
        .collect();
    let expected = [
        (
            "registry_two_crates::nested::view_photo",
            "scopes-tests",
            "photos:read",
        ),
        (
            "registry_two_crates::upload_photo",
            "scopes-tests",
            "photos:write",
        ),
        ("second_crate::list_albums", "second-crate", "albums:read"),
        (
            "second_crate::private::delete_album",
            "second-crate",
            "albums:write",
        ),
    ];
    let expected: Vec<_> = expected
        .map(|(name, package, requirement)| (name, package, requirement.to_owned()))
        .into();
    assert_eq!(listed, expected);
    assert!(
        registry
            .operations()
            .iter()
            .all(|operation| operation.kind == OperationKind::Function)
    );
    assert_eq!(registry.validate(&ServedNames::new()), Ok(()));
}

#[test]
fn an_operation_knows_where_it_stands() {
    let registry = Registry::of_program();
    let upload = registry
        .operations()
        .into_iter()
        .find(|operation| operation.name.ends_with("::upload_photo"));
    let upload = upload.expect("it is listed");
    assert!(upload.file.ends_with("two_crates.rs"), "{}", upload.file);
    let source = include_str!("two_crates.rs");
    let line = source
        .lines()
        .position(|line| line.starts_with("#[requires_scopes(\"photos:write\")]"));
    assert_eq!(upload.line as usize, line.expect("the annotation") + 1);
}

#[test]
fn packages_are_those_whose_libraries_register() {
    assert!(second_crate::list_albums().is_err());
    let registry = Registry::of_program();
    // The functions of this package stand in a test.
    assert_eq!(registry.packages(), ["second-crate"]);
    let in_tests: Vec<_> = registry
        .operations()
        .iter()
        .map(|operation| operation.in_test_target)
        .collect();
    assert_eq!(in_tests, [true, true, false, false]);
    assert!(
        registry
            .of_packages(&["scopes-tests"])
            .operations()
            .is_empty()
    );
    assert_eq!(
        registry.of_packages(&["second-crate"]).operations().len(),
        2
    );
}

/// A package may have the handler, and others its operations.
#[test]
fn a_handler_counts_whose_package_has_no_counted_operation() {
    assert!(second_crate::list_albums().is_err());
    let registry = Registry::of_program().of_packages(&["scopes-tests"]);
    assert!(registry.packages().is_empty());
    let report = scopes_core::report::Report::from_registry(&registry);
    let handlers = report.anonymous().iter();
    let handlers: Vec<_> = handlers.map(|one| (&*one.handler, one.lists)).collect();
    let whole = scopes_core::AnonymousLists::Whole;
    assert_eq!(handlers, [("second_crate::Albums", whole)]);
    let line = "anonymous \"second_crate::Albums\": whole lists\n";
    assert!(report.lock().contains(line), "{}", report.lock());
}

#[test]
fn scopes_stand_in_the_order_of_their_catalogs() {
    let registry = Registry::of_program();
    let catalogs: Vec<_> = registry
        .catalogs()
        .iter()
        .map(|catalog| catalog.name())
        .collect();
    assert_eq!(
        catalogs,
        ["registry_two_crates::Scope", "second_crate::Scope"]
    );
    assert_eq!(
        registry.scopes().to_string(),
        "photos:read photos:write albums:read albums:write"
    );

    let server = ResourceServer::builder("https://api.example.com")
        .authorization_server("https://auth.example.com")
        .build()
        .expect("valid settings");
    let challenge = server
        .challenge(&AuthorizeError::MissingToken)
        .expect("a challenge");
    assert_eq!(
        challenge.scope().to_string(),
        "albums:read",
        "the baseline of either"
    );
    assert_eq!(Scope::ALL.len(), 2);
}
