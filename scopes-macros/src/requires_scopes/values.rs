//! Finds the values of the arguments that the requirement reads.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, FnArg, LitStr, Pat};

use super::arguments::{self, Given, GivenArgument};
use super::expression::Expression;
use super::item::Function;
use crate::diagnostics::Diagnostics;
use crate::{suggestion, uri_template};

/// An argument that the requirement reads, and its value.
pub(crate) struct Argument {
    /// The name on the wire.
    pub(crate) name: String,
    pub(crate) value: Expr,
    /// The place at which a value of the wrong type is reported.
    pub(crate) span: Span,
    /// The expression of `args(..)` as text; missing for a binding of the same name.
    pub(crate) given: Option<String>,
    /// `true` if the value is a parameter, or a member of one, so that a request can have it too.
    pub(crate) in_request: bool,
}

/// Returns the arguments that `expression` reads, in order. `resources` are the URIs of the
/// function, whose variables are the arguments.
pub(super) fn arguments(
    expression: &Expression,
    given: Option<Given>,
    resources: &[&LitStr],
    function: Option<&Function>,
    mistakes: &mut Diagnostics,
) -> Vec<Argument> {
    let read = expression.arguments();
    let has_unread = given.as_ref().is_some_and(|given| given.has_unread);
    let mut given = given.map(|given| given.arguments).unwrap_or_default();
    check_given(&given, &read, mistakes);
    let bindings = function.map(bindings);
    let mut arguments = Vec::new();
    for (name, at) in read {
        if let Some(place) = given.iter().position(|given| given.name.name == name) {
            let GivenArgument { value, .. } = given.swap_remove(place);
            arguments.push(Argument {
                name,
                in_request: is_path_into(&value, bindings.as_deref().unwrap_or_default()),
                span: syn::spanned::Spanned::span(&value),
                given: Some(arguments::source(value.to_token_stream())),
                value,
            });
            continue;
        }
        let Some(bindings) = bindings.as_deref().filter(|_| !has_unread) else {
            continue;
        };
        let value = check_variable(&name, at, resources).and_then(|()| bound(&name, at, bindings));
        if let Some(value) = mistakes.ok(value) {
            arguments.push(Argument {
                name,
                value: Expr::Verbatim(value),
                span: at,
                given: None,
                in_request: true,
            });
        }
    }
    arguments
}

/// Checks that each argument of `args(..)` is read, and given once.
fn check_given(given: &[GivenArgument], read: &[(String, Span)], mistakes: &mut Diagnostics) {
    for (place, GivenArgument { name, .. }) in given.iter().enumerate() {
        let is_given = |other: &GivenArgument| other.name.name == name.name;
        if given[..place].iter().any(is_given) {
            let message = format!("`{}` is given twice; remove this one", name.name);
            mistakes.push(syn::Error::new(name.span, message));
        } else if !read.iter().any(|(read, _)| *read == name.name) {
            let names = read.iter().map(|(name, _)| name.as_str());
            let instead = match suggestion::nearest(&name.name, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "remove it".to_owned(),
            };
            let message = format!(
                "the requirement reads no argument `{}`; {instead}",
                name.name
            );
            mistakes.push(syn::Error::new(name.span, message));
        }
    }
}

/// Checks that an argument of a resource is a variable of its URI template.
fn check_variable(name: &str, at: Span, resources: &[&LitStr]) -> syn::Result<()> {
    for resource in resources {
        let template = resource.value();
        let variables = uri_template::variables(&template);
        if variables.contains(&name) {
            continue;
        }
        let instead = match variables.as_slice() {
            [] => format!(
                "write `{{{name}}}` in it, or say with `args({name} = ..)` where the value is"
            ),
            some => suggestion::instead(name, some),
        };
        let message = format!("`{template}` has no variable `{name}`; {instead}");
        return Err(syn::Error::new(at, message));
    }
    Ok(())
}

/// The binding `project`, or the field `project.id` of a binding.
fn bound(name: &str, at: Span, bindings: &[&Ident]) -> syn::Result<TokenStream> {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    if let Some(field) = name.strip_prefix("self.") {
        let message = format!(
            "a placeholder has the name of an argument, which `self` is not; write `{{{field}}}` \
             and `args({field} = {name})`"
        );
        return Err(syn::Error::new(at, message));
    }
    let Some(binding) = bindings.iter().find(|binding| binding.unraw() == first) else {
        let names: Vec<String> = bindings
            .iter()
            .map(|name| name.unraw().to_string())
            .collect();
        let near = suggestion::nearest(first, names.iter().map(String::as_str));
        let rest = name.strip_prefix(first).unwrap_or_default();
        let value = near.map_or_else(|| "..".to_owned(), |near| format!("{near}{rest}"));
        let message = format!(
            "no parameter binds `{first}`; write `args({} = {value})`",
            quoted(name)
        );
        return Err(syn::Error::new(at, message));
    };
    // The binding may come from a macro, where only a name with its hygiene finds it.
    let span = binding.span().located_at(at);
    let mut binding = (*binding).clone();
    binding.set_span(span);
    let mut value = quote!(#binding);
    for part in parts {
        let field = field(part, span).ok_or_else(|| {
            let message = format!(
                "Rust has no field `{part}`; write `args({} = ..)`",
                quoted(name)
            );
            syn::Error::new(at, message)
        })?;
        value = quote_spanned!(span=> #value.#field);
    }
    Ok(value)
}

/// The name as it is written in `args(..)`.
fn quoted(name: &str) -> String {
    if name.contains('-') {
        format!("{name:?}")
    } else {
        name.to_owned()
    }
}

fn field(name: &str, span: Span) -> Option<Ident> {
    let is_field = |text: &str| syn::parse_str::<Ident>(text).ok();
    let mut field = is_field(name).or_else(|| is_field(&format!("r#{name}")))?;
    field.set_span(span);
    Some(field)
}

/// Returns whether the expression is a binding, or a member of one.
fn is_path_into(expression: &Expr, bindings: &[&Ident]) -> bool {
    match expression {
        Expr::Field(field) => is_path_into(&field.base, bindings),
        Expr::Group(group) => is_path_into(&group.expr, bindings),
        Expr::Paren(paren) => is_path_into(&paren.expr, bindings),
        Expr::Reference(reference) => is_path_into(&reference.expr, bindings),
        Expr::Path(path) => path
            .path
            .get_ident()
            .is_some_and(|ident| bindings.contains(&ident)),
        _ => false,
    }
}

/// The names that the function's parameters bind.
fn bindings(function: &Function) -> Vec<&Ident> {
    let mut found = Vec::new();
    for input in &function.signature.inputs {
        if let FnArg::Typed(parameter) = input {
            bindings_of(&parameter.pat, &mut found);
        }
    }
    found
}

fn bindings_of<'a>(pattern: &'a Pat, found: &mut Vec<&'a Ident>) {
    let mut all = |patterns: &mut dyn Iterator<Item = &'a Pat>| {
        patterns.for_each(|pattern| bindings_of(pattern, found));
    };
    match pattern {
        Pat::Ident(binding) => {
            if let Some((_, inner)) = &binding.subpat {
                all(&mut std::iter::once(&**inner));
            }
            found.push(&binding.ident);
        }
        Pat::Guard(guard) => bindings_of(&guard.pat, found),
        Pat::Or(or) => all(&mut or.cases.iter().take(1)),
        Pat::Paren(paren) => bindings_of(&paren.pat, found),
        Pat::Reference(reference) => bindings_of(&reference.pat, found),
        Pat::Slice(slice) => all(&mut slice.elems.iter()),
        Pat::Struct(pattern) => all(&mut pattern.fields.iter().map(|field| &*field.pat)),
        Pat::Tuple(tuple) => all(&mut tuple.elems.iter()),
        Pat::TupleStruct(tuple) => all(&mut tuple.elems.iter()),
        Pat::Type(typed) => bindings_of(&typed.pat, found),
        _ => {}
    }
}
