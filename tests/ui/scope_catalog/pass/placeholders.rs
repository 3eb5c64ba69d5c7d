#![deny(warnings, missing_docs, clippy::pedantic)]
//! Names with placeholders.

use scopes_core::ScopeCatalog;

/// The scopes.
#[derive(ScopeCatalog, Debug, PartialEq)]
pub enum Scope {
    /// Change every project.
    #[scope("projects:write", implies(ProjectWrite))]
    ProjectsWrite,
    /// Change this project.
    #[scope("projects:{projectId}:write", implies(ProjectRead, Projects), requestable)]
    ProjectWrite,
    /// See this project.
    #[scope("projects:{projectId}:read")]
    ProjectRead,
    /// The list of projects.
    #[scope("projects")]
    Projects,
    /// Neither another count of segments nor other separators overlap.
    #[scope("projects/{project}/write")]
    Slashes,
    /// Not a value.
    #[scope("projects:*:read")]
    Wildcard,
    /// Every kind of name.
    #[scope("a::{self}/{crate}:{owner.login}:{x-y}:{_}", hidden)]
    r#Type,
}

fn main() {
    assert_eq!(Scope::project_write(42).unwrap().as_str(), "projects:42:write");
    assert_eq!(Scope::slashes("x").unwrap().as_str(), "projects/x/write");
    assert_eq!(Scope::type_("1", 2, 'c', true, "e").unwrap().as_str(), "a::1/2:c:true:e");
    for value in ["", ".", "..", "a:b", "a/b", "*", "{a}", "a b", "é", "a=b", "a,b", &"x".repeat(129)] {
        assert!(Scope::project_read(value).is_err(), "{value}");
    }
    assert_eq!(Scope::ProjectRead.as_str(), "projects:{projectId}:read");
    assert_eq!(Scope::ProjectRead.description(), "See this project.");
    assert_eq!("projects:{projectId}:read".parse(), Ok(Scope::ProjectRead));
}
