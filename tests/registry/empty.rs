//! A program without annotated operations.

use scopes_core::registry::ServedNames;
use scopes_core::{Registry, RegistryProblem, ResourceServer};

#[test]
fn nothing_is_listed_and_nothing_is_published() {
    let registry = Registry::of_program();
    assert!(registry.operations().is_empty());
    assert_eq!(registry.servers().count(), 0);
    assert!(registry.catalogs().is_empty());
    assert!(registry.scopes().is_empty());
    assert_eq!(registry.validate(&ServedNames::new()), Ok(()));

    let server = ResourceServer::builder("https://mcp.example.com")
        .authorization_server("https://auth.example.com")
        .build()
        .expect("valid settings");
    assert_eq!(
        serde_json::to_string(server.metadata()).expect("metadata is JSON"),
        r#"{"resource":"https://mcp.example.com","authorization_servers":["https://auth.example.com"]}"#,
    );
}

#[test]
fn whatever_is_served_is_not_annotated() {
    let error = Registry::of_program()
        .validate(&ServedNames::new().tools(["b", "a", "a"]))
        .expect_err("two tools are served");
    let names: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| match problem {
            RegistryProblem::NotAnnotated { name, .. } => name.as_str(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(names, ["a", "b"]);
}
