//! Holds names with placeholders against the other declared scopes.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use super::args::DeclaredScope;
use super::check::reachable;
use super::concrete_name::snake_case;
use crate::diagnostics::Diagnostics;
use crate::suggestion;

/// Notes where a template is ambiguous, or its values are missing. `implications` has the positions
/// that each scope names in `implies(..)`.
pub(super) fn check(
    scopes: &[DeclaredScope],
    implications: &[Vec<u16>],
    mistakes: &mut Diagnostics,
) {
    check_options(scopes, mistakes);
    check_functions(scopes, mistakes);
    check_overlaps(scopes, mistakes);
    for (scope, implies) in scopes.iter().zip(implications) {
        let implied = implies.iter().map(|at| &scopes[usize::from(*at)]);
        for implied in implied {
            check_values(scope, implied, mistakes);
        }
    }
    check_every_value(scopes, implications, mistakes);
}

fn check_options(scopes: &[DeclaredScope], mistakes: &mut Diagnostics) {
    for scope in scopes {
        let placeholder = scope.name.template.placeholders().next();
        if let (Some(baseline), Some(placeholder)) = (scope.options.baseline, placeholder) {
            mistakes.push(syn::Error::new(
                baseline,
                format!(
                    "a 401 names `baseline` scopes, before there is a value for `{{{placeholder}}}`; \
                     remove `baseline`"
                ),
            ));
        }
        if let (Some(requestable), None) = (scope.options.requestable, placeholder) {
            mistakes.push(syn::Error::new(
                requestable,
                "a scope without placeholders is always requested by its name; remove `requestable`",
            ));
        }
    }
}

/// A scope with placeholders becomes a function, and they become its parameters, in snake case.
fn check_functions(scopes: &[DeclaredScope], mistakes: &mut Diagnostics) {
    for scope in scopes {
        let function = snake_case(&scope.ident.unraw().to_string(), scope.ident.span());
        let is_taken = ["as_str", "description"]
            .iter()
            .any(|name| function == name);
        if is_taken && scope.name.template.has_placeholders() {
            let message = format!(
                "every catalog has a function `{function}`, so that this scope cannot have one; \
                 rename the variant"
            );
            mistakes.error(&scope.ident, message);
        }
        let mut parameters = HashMap::new();
        for placeholder in scope.name.template.placeholders() {
            let parameter = snake_case(placeholder, Span::call_site());
            if let Some(first) = parameters.insert(parameter, placeholder) {
                mistakes.error(
                    &scope.name.name,
                    format!(
                        "`{{{first}}}` and `{{{placeholder}}}` differ only in their spelling; \
                         give one of them another name"
                    ),
                );
            }
        }
    }
}

/// No two scopes match one name: otherwise the value of an argument could stand for another scope.
fn check_overlaps(scopes: &[DeclaredScope], mistakes: &mut Diagnostics) {
    // Names with other separators never overlap, so that a catalog of plain names costs no pairs.
    let mut templates: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, scope) in scopes.iter().enumerate() {
        if scope.name.template.has_placeholders() {
            let separators = scope.name.template.separators();
            templates.entry(separators).or_default().push(place);
        }
    }
    for (place, scope) in scopes.iter().enumerate() {
        let near = templates.get(scope.name.template.separators());
        let others = near.into_iter().flatten().copied();
        let both = |other: usize| {
            let overlap = scopes[other].name.template.overlap(&scope.name.template)?;
            Some((other, overlap))
        };
        // Of two templates the later one is reported; of a template and a plain name, the plain one.
        // A name that stands twice is reported as that.
        let is_template = scope.name.template.has_placeholders();
        let name = scope.name.name.value();
        let mut others = others.filter(|other| {
            (!is_template || *other < place) && scopes[*other].name.name.value() != name
        });
        if let Some((other, both)) = others.find_map(both) {
            let DeclaredScope {
                ident, name: other, ..
            } = &scopes[other];
            mistakes.error(
                &scope.name.name,
                format!(
                    "`{name}` and `{}` (`{ident}`) both match `{both}`; change a fixed segment or \
                     the number of segments of one of them",
                    other.name.value()
                ),
            );
        }
    }
}

/// The values of an implied template come from the scope that implies it; a plain scope stands for
/// every value.
fn check_values(scope: &DeclaredScope, implied: &DeclaredScope, mistakes: &mut Diagnostics) {
    let given: Vec<_> = scope.name.template.placeholders().collect();
    let missing = implied.name.template.placeholders();
    let missing = missing.filter(|name| !given.is_empty() && !given.contains(name));
    for placeholder in missing {
        let at: Option<&Ident> = scope.implies.iter().find(|ident| **ident == implied.ident);
        let instead = match suggestion::nearest(placeholder, given.iter().copied()) {
            Some(near) => format!("did you mean `{{{near}}}` there?"),
            None => format!(
                "name one of `{}`'s placeholders `{{{placeholder}}}`, or imply another scope",
                scope.ident
            ),
        };
        mistakes.error(
            at,
            format!(
                "`{}` has no value for `{{{placeholder}}}` of `{}`; {instead}",
                scope.name.name.value(),
                implied.name.name.value()
            ),
        );
    }
}

/// A scope for one value never implies scopes for every value: a plain scope in between would.
fn check_every_value(
    scopes: &[DeclaredScope],
    implications: &[Vec<u16>],
    mistakes: &mut Diagnostics,
) {
    let is_template = |at: usize| scopes[at].name.template.has_placeholders();
    for place in (0..scopes.len()).filter(|place| is_template(*place)) {
        let implied = implications[place].iter().map(|at| usize::from(*at));
        for plain in implied.filter(|at| !is_template(*at)) {
            let reached = reachable(plain, implications);
            let template = reached.iter().find(|at| is_template(usize::from(**at)));
            let Some(template) = template.map(|at| &scopes[usize::from(*at)]) else {
                continue;
            };
            let (scope, plain) = (&scopes[place], &scopes[plain].ident);
            let at: Option<&Ident> = scope.implies.iter().find(|ident| *ident == plain);
            mistakes.error(
                at,
                format!(
                    "`{plain}` implies `{}` for every value, but `{}` is granted for one; imply \
                     `{}` without `{plain}`",
                    template.name.name.value(),
                    scope.name.name.value(),
                    template.ident
                ),
            );
        }
    }
}
