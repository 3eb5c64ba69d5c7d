//! The items that `#[derive(ScopeCatalog)]` uses.

#![expect(
    clippy::similar_names,
    reason = "`implies` and `implied` are the words for it"
)]

use std::fmt::Display;

use crate::scope::catalog::name_index::{self, NameIndex};
use crate::scope::catalog::template;
use crate::scope::{
    ArgumentProblem, Catalog, FindScopeError, InvalidArgument, ScopeDeclaration, ScopeName,
};

#[must_use]
pub const fn declaration(
    name: &'static str,
    description: &'static str,
    implies: &'static [u16],
    implied: &'static [u16],
    baseline: bool,
    hidden: bool,
    requestable: bool,
) -> ScopeDeclaration {
    ScopeDeclaration {
        name,
        description,
        implies,
        implied,
        baseline,
        hidden,
        requestable,
    }
}

#[must_use]
pub const fn name_index_len(declarations: usize) -> usize {
    name_index::len(declarations)
}

#[must_use]
pub const fn name_index<const LEN: usize>(declarations: &[ScopeDeclaration]) -> [u16; LEN] {
    name_index::build(declarations)
}

#[must_use]
pub const fn catalog(
    name: &'static str,
    declarations: &'static [ScopeDeclaration],
    index: &'static [u16],
    templates: &'static [u16],
) -> Catalog {
    Catalog::new(name, declarations, NameIndex::new(index), templates)
}

#[must_use]
pub const fn templates_len(declarations: &[ScopeDeclaration]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < declarations.len() {
        count += declarations[at].is_template() as usize;
        at += 1;
    }
    count
}

/// The places of the scopes with placeholders.
#[must_use]
pub const fn templates<const LEN: usize>(declarations: &[ScopeDeclaration]) -> [u16; LEN] {
    let mut templates = [0; LEN];
    let (mut found, mut at) = (0, 0);
    while found < LEN {
        if declarations[at].is_template() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the derive refuses more than 65535"
            )]
            let place = at as u16;
            templates[found] = place;
            found += 1;
        }
        at += 1;
    }
    templates
}

/// The scope that a template stands for with these values, in the order of its placeholders.
///
/// # Errors
///
/// If a value is not allowed in a scope.
pub fn concrete_name(
    catalog: &'static Catalog,
    position: usize,
    values: &[&dyn Display],
) -> Result<ScopeName, InvalidArgument> {
    let declared = &catalog.declarations()[position];
    let mut values = values.iter().map(ToString::to_string);
    let mut problem = None;
    let name = template::fill(declared.name(), |placeholder| {
        let value = values.next().unwrap_or_default();
        if !template::is_value(&value) {
            problem.get_or_insert_with(|| {
                InvalidArgument::new(placeholder, ArgumentProblem::NotAValue)
            });
        }
        value
    });
    match problem {
        Some(problem) => Err(problem),
        None => Ok(ScopeName::from_valid(&name)),
    }
}

#[must_use]
pub fn unknown_scope(catalog: &'static Catalog, name: &str) -> FindScopeError {
    FindScopeError {
        name: name.to_owned(),
        catalog,
    }
}
