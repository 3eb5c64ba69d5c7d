//! A program with several catalogs, whose scopes overlap.

use scopes_core::registry::{RegistryProblem, ServedNames};
use scopes_core::{
    Expression, OperationKind, ProtectedOperation, Registry, Requirement, ScopeDeclaration,
    ScopeName,
};

mod projects {
    #[derive(scopes_core::ScopeCatalog)]
    pub(super) enum Scope {
        #[scope("projects:{project}:write")]
        ProjectWrite,
        #[scope("docs:{owner}/{repo}:read")]
        DocsRead,
    }
}

mod anything {
    #[derive(scopes_core::ScopeCatalog)]
    pub(super) enum Scope {
        /// Overlaps with `projects:{project}:write`.
        #[scope("projects:{project}:{verb}")]
        Anything,
        /// Has another number of segments.
        #[scope("projects:{project}:{verb}:{when}")]
        Later,
        /// Has other separators.
        #[scope("projects/{project}/{verb}")]
        Path,
        #[scope("{tenant}:read")]
        Tenant,
    }
}

mod plain {
    #[derive(scopes_core::ScopeCatalog)]
    pub(super) enum Scope {
        /// Overlaps with both of them.
        #[scope("projects:1:write")]
        First,
        /// No value is `*`.
        #[scope("projects:*:write")]
        Every,
        #[scope("docs:a:b:read")]
        Docs,
        /// Overlaps with `{tenant}:read`.
        #[scope("journal:read")]
        Journal,
    }
}

/// Declares what others declare too.
mod same {
    #[derive(scopes_core::ScopeCatalog)]
    pub(super) enum Scope {
        #[scope("docs:{person}/{name}:read")]
        Docs,
        #[scope("projects:*:write")]
        Every,
    }
}

fn operation(requires: &'static str) -> ProtectedOperation {
    let requirement = Requirement::one(ScopeName::from_static(requires));
    ProtectedOperation::at_run_time(OperationKind::Tool, requires, requirement)
}

#[test]
fn scopes_of_different_catalogs_must_not_match_one_name() {
    let error = Registry::default()
        .validate(&ServedNames::new())
        .expect_err("they overlap");
    let found: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| match problem {
            RegistryProblem::OverlappingScopes {
                template,
                other,
                name,
                ..
            } => (template.name(), other.name(), name.as_str()),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        found,
        [
            // By the names of the catalogs.
            (
                "projects:{project}:{verb}",
                "projects:1:write",
                "projects:1:write"
            ),
            (
                "projects:{project}:write",
                "projects:1:write",
                "projects:1:write"
            ),
            ("{tenant}:read", "journal:read", "journal:read"),
            (
                "projects:{project}:{verb}",
                "projects:{project}:write",
                "projects:1:write"
            ),
        ]
    );
    let text = error.to_string();
    let line = "- `projects:{project}:write` of registry_overlaps::projects::Scope and \
                `projects:1:write` of registry_overlaps::plain::Scope both match \
                `projects:1:write`; change a fixed segment or the number of segments of one of them";
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_required_name_that_a_template_stands_for_is_not_declared_by_it() {
    for (requires, template) in [
        ("projects:7:write", Some("projects:{project}:{verb}")),
        // A token that grants this very name is granted no project.
        ("docs:{owner}/{repo}:read", Some("docs:{owner}/{repo}:read")),
        ("docs:{a}/{b}:read", Some("docs:{owner}/{repo}:read")),
        ("projects:7:write:now:then", None),
    ] {
        let registry: Registry = [operation(requires)].into_iter().collect();
        let error = registry.validate(&ServedNames::new());
        let error = error.expect_err("the catalogs overlap");
        let mut problems = error.problems().iter();
        let found = problems.find_map(|problem| match problem {
            RegistryProblem::UndeclaredScope {
                scope, template, ..
            } => Some((scope, template.map(ScopeDeclaration::name))),
            _ => None,
        });
        let (scope, found) = found.unwrap_or_else(|| panic!("{requires}: {error}"));
        assert_eq!((scope.as_str(), found), (requires, template));
    }
    let declared = Expression::from(plain::Scope::Every);
    let declared =
        ProtectedOperation::at_run_time(OperationKind::Tool, "all", Requirement::one(declared));
    let registry: Registry = [declared, operation("projects:1:write")]
        .into_iter()
        .collect();
    let error = registry.validate(&ServedNames::new());
    let text = error.expect_err("the catalogs overlap").to_string();
    assert!(!text.contains("requires"), "{text}");
}
