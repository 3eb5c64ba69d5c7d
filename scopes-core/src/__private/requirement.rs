//! The requirement that `#[requires_scopes(..)]` writes, and its checks at compile time.

use std::borrow::Cow;

use crate::registry::ReadArgument;
use crate::scope::catalog::{template, typo};
use crate::scope::{
    Arm, Catalog, Expression, Match, RequiredScope, Requirement, ScopeCatalog, ScopeDeclaration,
    ScopeName, Tree,
};

/// An argument that the guard of a function reads: from the binding of its name, or by `expression`.
/// `in_request` says that the binding, or the beginning of the path that the expression is, is a
/// parameter other than `self`.
#[must_use]
pub const fn reading(
    name: &'static str,
    expression: Option<&'static str>,
    in_request: bool,
) -> ReadArgument {
    ReadArgument::new(name, expression, in_request)
}

/// The requirement of the one scope that `catalog` declares under `name`. Ends the compilation if
/// there is none.
#[must_use]
#[track_caller]
pub const fn one(catalog: &'static Catalog, name: &'static str) -> Requirement {
    match position(catalog, name) {
        Some(position) => Requirement::scopes(Tree::Leaf(declared_at(catalog, position, name))),
        None => typo::unknown_scope(catalog.name(), catalog.declarations(), name),
    }
}

/// Ends the compilation if `catalog` does not declare `name`.
#[track_caller]
pub const fn assert_declared(catalog: &'static Catalog, name: &str) {
    if position(catalog, name).is_none() {
        typo::unknown_scope(catalog.name(), catalog.declarations(), name)
    }
}

/// The scope that `catalog` declares under `name`. If there is none, an assertion has already
/// ended the compilation.
#[must_use]
pub const fn declared(catalog: &'static Catalog, name: &'static str) -> Expression {
    Tree::Leaf(match position(catalog, name) {
        Some(position) => declared_at(catalog, position, name),
        None => RequiredScope::undeclared(ScopeName::from_static(name)),
    })
}

const fn declared_at(
    catalog: &'static Catalog,
    position: usize,
    name: &'static str,
) -> RequiredScope {
    if template::is_template(name) {
        RequiredScope::template_at(catalog, position, name)
    } else {
        RequiredScope::declared_at(catalog, position)
    }
}

/// The catalog of attributes that do not name theirs.
#[diagnostic::on_unimplemented(
    message = "no scope catalog at `crate::Scope`",
    label = "needs a catalog at `crate::Scope`",
    note = "a catalog is an enum with `#[derive(scopes_core::ScopeCatalog)]`, in the root of the crate and called `Scope`",
    note = "if it is elsewhere, write `use path::to::Scope;` in the root, or `catalog = path::to::Scope` in the attribute"
)]
pub trait CatalogOfCrate {
    const CATALOG: &'static Catalog;
}

#[diagnostic::do_not_recommend]
impl<C: ScopeCatalog> CatalogOfCrate for C {
    const CATALOG: &'static Catalog = C::CATALOG;
}

/// The scope of names in generated code where the crate has no `Scope`.
pub mod no_catalog {
    #[derive(Debug)]
    pub struct Scope;
}

/// Only the missing catalog is reported.
impl<S> OfCatalog<no_catalog::Scope> for S {}

/// A scope of the catalog `C`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the catalog of this attribute, which is `{C}`",
    label = "a scope of another catalog",
    note = "the scopes of one attribute are of one catalog; where all are required, write an attribute for each catalog"
)]
pub trait OfCatalog<C> {}

impl<C: ScopeCatalog> OfCatalog<C> for C {}

/// Returns the scope that a variant stands for.
#[must_use]
pub const fn of_catalog<C, S: OfCatalog<C>>(scope: &S) -> &S {
    scope
}

/// Ends the compilation if the scope of this name, which a variant stands for, has placeholders: the
/// function's arguments stand in a name only.
#[track_caller]
pub const fn assert_plain(name: &str) {
    if template::is_template(name) {
        typo::template_by_variant(name)
    }
}

/// Ends the compilation if the scope at `place` stands in the group before, spelt in another way.
#[track_caller]
pub const fn assert_once(members: &[Expression], place: usize) {
    let Tree::Leaf(scope) = &members[place] else {
        return;
    };
    let mut at = 0;
    while at < place {
        if let Tree::Leaf(other) = &members[at]
            && same(scope.as_str().as_bytes(), other.as_str().as_bytes())
        {
            typo::repeated_scope(scope.as_str())
        }
        at += 1;
    }
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The interpreter of constants runs this for every scope of every attribute. There, a call costs
/// as much as the comparison of several bytes.
const fn position(catalog: &Catalog, name: &str) -> Option<usize> {
    let declarations = catalog.declarations();
    let count = declarations.len();
    let text = name.as_bytes();
    let length = text.len();
    let mut place = 0;
    while place < count {
        let declared = declarations[place].name.as_bytes();
        if declared.len() == length {
            let mut at = 0;
            while at < length && declared[at] == text[at] {
                at += 1;
            }
            if at == length {
                return Some(place);
            }
        }
        place += 1;
    }
    if template::is_template(name) {
        return position_of_shape(declarations, name);
    }
    None
}

const fn position_of_shape(declarations: &[ScopeDeclaration], name: &str) -> Option<usize> {
    let mut place = 0;
    while place < declarations.len() {
        if template::is_same_shape(declarations[place].name(), name) {
            return Some(place);
        }
        place += 1;
    }
    None
}

#[must_use]
pub const fn any(members: &'static [Expression]) -> Expression {
    Tree::Any(Cow::Borrowed(members))
}

#[must_use]
pub const fn all(members: &'static [Expression]) -> Expression {
    Tree::All(Cow::Borrowed(members))
}

/// A requirement for each value of an argument.
#[must_use]
pub const fn matching(argument: &'static str, arms: &'static [Arm<RequiredScope>]) -> Expression {
    Tree::Match(Match {
        argument: Cow::Borrowed(argument),
        arms: Cow::Borrowed(arms),
    })
}

/// The requirement for these values.
#[must_use]
pub const fn arm(values: &'static [Cow<'static, str>], requires: Expression) -> Arm<RequiredScope> {
    Arm {
        values: Cow::Borrowed(values),
        requires,
    }
}

/// One value of an arm.
#[must_use]
pub const fn value(text: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(text)
}

/// The requirement for all other values.
#[must_use]
pub const fn otherwise(requires: Expression) -> Arm<RequiredScope> {
    arm(&[], requires)
}
