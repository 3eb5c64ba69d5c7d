//! A program with two servers that have a tool of the same name.

#![allow(clippy::expect_used, reason = "a test may panic")]

use scopes_core::registry::ServedNames;
use scopes_core::{
    AuthorizeError, Registry, ResourceServer, ScopeCatalog, requires_scopes, testing,
};

#[derive(ScopeCatalog)]
enum Scope {
    #[scope("journal:read", baseline)]
    JournalRead,
    #[scope("billing:read")]
    BillingRead,
}

#[requires_scopes("journal:read", tool = "list", server = "journal")]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("billing:read", tool = "list", server = "billing")]
fn list_invoices() -> Result<(), AuthorizeError> {
    Ok(())
}

fn server(name: &str) -> ResourceServer {
    ResourceServer::builder(format!("https://{name}.example.com"))
        .authorization_server("https://auth.example.com")
        .name(name)
        .build()
        .expect("valid settings")
}

#[test]
fn each_has_its_own_operations_and_metadata() {
    let registry = Registry::of_program();
    assert_eq!(
        registry.servers().collect::<Vec<_>>(),
        ["billing", "journal"]
    );
    assert_eq!(
        registry.validate(&ServedNames::new()),
        Ok(()),
        "the same name on two servers"
    );
    assert_eq!(
        registry.of_server("journal").scopes().to_string(),
        "journal:read"
    );
    assert_eq!(
        registry.of_server("billing").scopes().to_string(),
        "billing:read"
    );
    assert!(registry.of_server("").operations().is_empty());

    assert_eq!(
        server("journal").metadata().scopes_supported.to_string(),
        "journal:read"
    );
    assert_eq!(
        server("billing").metadata().scopes_supported.to_string(),
        "journal:read billing:read"
    );
    assert_eq!(server("other").metadata().scopes_supported.to_string(), "");
    assert_eq!(Scope::ALL.len(), 2);
}

#[test]
fn each_guard_asks_for_its_own_scope() {
    let reader = testing::caller("ada", "journal:read").expect("valid scopes");
    assert!(reader.clone().enter(list_entries).is_ok());
    assert!(reader.enter(list_invoices).is_err());
}
