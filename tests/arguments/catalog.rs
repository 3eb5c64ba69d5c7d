//! A small vocabulary with templates, and what it means.

use scopes_core::{Expression, GrantedScopes, RequiredScope, ScopeCatalog};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ScopeCatalog)]
pub(crate) enum Scope {
    /// Change every project.
    #[scope("projects:write", implies(ProjectWrite))]
    ProjectsWrite,
    /// Change this project.
    #[scope("projects:{project}:write", implies(ProjectRead, Listed))]
    ProjectWrite,
    /// See this project.
    #[scope("projects:{project}:read")]
    ProjectRead,
    /// See which projects there are.
    #[scope("projects:list")]
    Listed,
    /// Change this repository.
    #[scope("repos/{owner}/{repo}:write", implies(Owner))]
    Repository,
    /// See this owner.
    #[scope("owners:{owner}")]
    Owner,
}

/// The leaf that an attribute makes of this literal.
pub(crate) fn leaf(name: &'static str) -> Expression {
    RequiredScope::declared_as(Scope::CATALOG, name)
        .expect("declared")
        .into()
}

pub(crate) fn granted(names: &str) -> GrantedScopes {
    GrantedScopes::parse(names).expect("scope names")
}

/// What a granted name brings, itself included: by the definition, name after name.
pub(crate) fn brings(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned()];
    // The name of a template itself is nothing that a server issues.
    if name.contains('{') {
        return Vec::new();
    }
    let segments: Vec<&str> = name.split([':', '/']).collect();
    match *segments.as_slice() {
        ["projects", project, "write"] if name.matches(':').count() == 2 => {
            all.push(format!("projects:{project}:read"));
            all.push("projects:list".to_owned());
        }
        ["repos", owner, _, "write"] if name.starts_with("repos/") => {
            all.push(format!("owners:{owner}"));
        }
        _ => {}
    }
    all
}

/// Whether a token with these names holds the concrete scope `name`.
pub(crate) fn holds(names: &str, name: &str) -> bool {
    let of_every_project = name
        .strip_prefix("projects:")
        .is_some_and(|rest| rest.ends_with(":write") || rest.ends_with(":read") || rest == "list");
    names.split(' ').any(|granted| {
        brings(granted).iter().any(|brought| brought == name)
            || granted == "projects:write" && of_every_project
    })
}
