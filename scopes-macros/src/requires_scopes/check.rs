//! Checks the arguments against each other and against the function.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::{Expr, LitStr, Path};

use super::args::{Args, Requirement};
use super::arguments::Given;
use super::expression::{Expression, Group};
use super::item::{Function, HandlerKind};
use super::listing::{self, Listing};
use super::values::{self, Argument};
use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::doc_comment::first_paragraph;
use crate::returns::Returns;
use crate::uri_template;

/// An operation without mistakes.
pub(crate) struct Operation {
    pub(crate) requirement: Checked,
    /// The arguments that the requirement reads.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) listing: Listing,
    /// The first paragraph of the doc comment; empty if there is none.
    pub(crate) description: String,
    pub(crate) server: Option<LitStr>,
    pub(crate) from: Option<Expr>,
    pub(crate) crate_path: CratePath,
}

/// The requirement of the operation, after the checks.
pub(crate) enum Checked {
    Public,
    Authenticated,
    Scopes {
        catalog: Catalog,
        expression: Expression,
    },
}

/// The enum that declares the scopes.
pub(crate) enum Catalog {
    At(Path),
    /// `crate::Scope`, which may be missing.
    OfCrate,
}

/// Returns the operation and its function, or every mistake in both.
pub(crate) fn check(
    args: Args,
    function: syn::Result<Function>,
) -> syn::Result<(Operation, Function)> {
    let Args {
        requirements,
        arguments,
        catalog,
        handlers,
        server,
        from,
        unlisted,
        crate_path,
        mut mistakes,
        has_unread,
        ..
    } = args;
    // A requirement that could not be parsed is not missing.
    if !requirements.is_empty() || !has_unread {
        mistakes.ok(check_count(&requirements));
    }
    let requirement = requirements.into_iter().next();
    if let Some(Requirement::Scopes(expression)) = &requirement {
        for duplicate in duplicates(expression) {
            mistakes.push(duplicate);
        }
    }
    if let Some((word, _)) = requirement.as_ref().and_then(level)
        && let Some(catalog) = &catalog
    {
        mistakes.error(
            catalog,
            format!("`catalog` has no effect with `{word}`; remove it"),
        );
    }
    if let (Some(Requirement::Public(_)), Some(from)) = (&requirement, &from) {
        mistakes.error(
            from,
            "`from` has no effect with `public`, which asks for no caller; remove it",
        );
    }
    for (_, template) in handlers
        .iter()
        .filter(|(kind, _)| *kind == HandlerKind::Resource)
    {
        mistakes.ok(uri_template::check(template));
    }
    let function = mistakes.ok(function);
    let arguments = check_arguments(
        requirement.as_ref(),
        arguments,
        &handlers,
        function.as_ref(),
        &mut mistakes,
    );
    let guarded = !matches!(requirement, Some(Requirement::Public(_)));
    if let Some(function) = &function {
        for mistake in mistakes_of(function, guarded) {
            mistakes.push(mistake);
        }
    }
    let listing = function.as_ref().and_then(|function| {
        mistakes.ok(match unlisted {
            None => listing::listing(handlers, function),
            Some(at) => listing::check_unlisted(at, &handlers, server.as_ref(), function, guarded)
                .map(|()| Listing::None),
        })
    });
    let nothing = || syn::Error::new(Span::call_site(), "no requirement");
    mistakes.finish()?;
    let (requirement, listing, function) = (
        requirement.ok_or_else(nothing)?,
        listing.ok_or_else(nothing)?,
        function.ok_or_else(nothing)?,
    );
    let operation = Operation {
        requirement: match requirement {
            Requirement::Public(_) => Checked::Public,
            Requirement::Authenticated(_) => Checked::Authenticated,
            Requirement::Scopes(expression) => Checked::Scopes {
                catalog: catalog
                    .or_else(|| enum_of_variants(&expression))
                    .map_or(Catalog::OfCrate, Catalog::At),
                expression,
            },
        },
        arguments,
        listing,
        description: first_paragraph(&function.attributes),
        server,
        from,
        crate_path: CratePath::new(crate_path),
    };
    Ok((operation, function))
}

/// Checks the arguments that the requirement reads, and the expressions in `args(..)`.
fn check_arguments(
    requirement: Option<&Requirement>,
    given: Option<Given>,
    handlers: &[(HandlerKind, LitStr)],
    function: Option<&Function>,
    mistakes: &mut Diagnostics,
) -> Vec<Argument> {
    if let (Some((word, _)), Some(given)) = (requirement.and_then(level), &given) {
        let message = format!("`args` has no effect with `{word}`; remove it");
        mistakes.push(syn::Error::new(given.word, message));
    }
    let Some(Requirement::Scopes(expression)) = requirement else {
        return Vec::new();
    };
    let resources = handlers
        .iter()
        .filter(|(kind, _)| *kind == HandlerKind::Resource)
        .map(|(_, template)| template);
    let resources: Vec<_> = resources.collect();
    values::arguments(expression, given, &resources, function, mistakes)
}

/// Checks that the attribute has exactly one requirement.
fn check_count(requirements: &[Requirement]) -> syn::Result<()> {
    match requirements {
        [] => Err(syn::Error::new(
            Span::call_site(),
            "the requirement is missing; write a scope's name, `any(..)` or `all(..)`; or \
             `authenticated` for any valid token, or `public` for no token at all",
        )),
        [_] => Ok(()),
        several => match several.iter().find_map(level) {
            Some((word, span)) => Err(syn::Error::new(
                span,
                format!("`{word}` cannot be combined with scopes; remove one of them"),
            )),
            None => Err(several_scopes(several)),
        },
    }
}

/// Returns the error for a list of scopes, which could mean `any` or `all`.
fn several_scopes(several: &[Requirement]) -> syn::Error {
    let scopes = several.iter().map(|requirement| match requirement {
        Requirement::Scopes(expression) => expression.source(),
        Requirement::Public(_) | Requirement::Authenticated(_) => String::new(),
    });
    let scopes = scopes.collect::<Vec<_>>().join(", ");
    let second = match &several[1] {
        Requirement::Scopes(expression) => expression.span(),
        Requirement::Public(span) | Requirement::Authenticated(span) => *span,
    };
    syn::Error::new(
        second,
        format!(
            "several scopes are ambiguous: write `any({scopes})` if one of them is enough, or \
             `all({scopes})` if every one is needed"
        ),
    )
}

fn level(requirement: &Requirement) -> Option<(&'static str, Span)> {
    match requirement {
        Requirement::Public(span) => Some(("public", *span)),
        Requirement::Authenticated(span) => Some(("authenticated", *span)),
        Requirement::Scopes(_) => None,
    }
}

/// Returns an error for each repeated scope of a group.
fn duplicates(expression: &Expression) -> Vec<syn::Error> {
    let mut found = Vec::new();
    if let Expression::Group(Group { word, members, .. }) = expression {
        let mut seen = HashSet::new();
        for scope in members.iter().filter(|member| member.is_scope()) {
            let source = scope.source();
            if !seen.insert(source.clone()) {
                found.push(syn::Error::new(
                    scope.span(),
                    format!("`{source}` appears twice in this `{word}(..)`; remove this one"),
                ));
            }
        }
    }
    found.extend(expression.parts().into_iter().flat_map(duplicates));
    found
}

/// Returns an error for each property of the function that makes a guard impossible.
fn mistakes_of(function: &Function, guarded: bool) -> Vec<syn::Error> {
    let mut found = Vec::new();
    if let (true, Some(constness)) = (guarded, &function.signature.constness) {
        found.push(syn::Error::new_spanned(
            constness,
            "a `const fn` cannot read its caller; remove `const`",
        ));
    }
    if let (true, Returns::Opaque(returned)) = (guarded, function.returns()) {
        found.push(syn::Error::new_spanned(
            returned,
            "this type cannot carry a refusal; return `Result<_, E>` where `E: From<AuthorizeError>`",
        ));
    }
    found
}

/// Returns the enum of the first variant if all scopes are variants written with a path.
fn enum_of_variants(expression: &Expression) -> Option<Path> {
    let scopes = expression.scopes().into_iter();
    let enums = scopes.map(|scope| match scope {
        Expression::Variant(path) if path.segments.len() > 1 => Some(enum_of(path)),
        _ => None,
    });
    let enums: Option<Vec<Path>> = enums.collect();
    enums?.into_iter().next()
}

/// `path::Enum` of `path::Enum::Variant`.
pub(super) fn enum_of(variant: &Path) -> Path {
    let mut path = variant.clone();
    path.segments.pop();
    path.segments.pop_punct();
    path
}
