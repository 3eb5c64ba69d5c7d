//! Run time: the check before the body, and the return of a refusal.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprReference, ReturnType, Token, Type};

use super::super::check::{Checked, Operation};
use super::super::item::Function;
use crate::returns::Returns;

impl Checked {
    /// Returns whether a caller can be refused.
    pub(super) fn is_guarded(&self) -> bool {
        !matches!(self, Self::Public)
    }
}

/// Refuses a trait's default method at compile time: an implementation that overrides it would run
/// without the guard, while the operation stays listed.
///
/// An attribute sees only the function, but in a default method `Self` may be unsized, and nowhere
/// else in practice.
pub(super) fn one_implementation(
    operation: &Operation,
    function: &Function,
) -> Option<TokenStream> {
    let receiver = function
        .receiver()
        .filter(|_| operation.requirement.is_guarded())?;
    let at = Span::mixed_site().located_at(receiver.self_token.span());
    let private = operation.crate_path.private_at(at);
    Some(quote_spanned!(at=> #private::Method::<Self>::NEW.has_one_implementation();))
}

/// Writes the decision on `__REQUIREMENT` and the return of a refusal; `None` for `public`.
pub(super) fn check(operation: &Operation, function: &Function) -> Option<TokenStream> {
    if !operation.requirement.is_guarded() {
        return None;
    }
    let crate_path = &operation.crate_path;
    let values = values(operation);
    let decision = match (&operation.from, values) {
        (None, None) => quote!(#crate_path::__private::guard(&__REQUIREMENT)),
        (None, Some(values)) => {
            quote!(#crate_path::__private::guard_with(&__REQUIREMENT, #values))
        }
        (Some(from), values) => {
            let at = Span::mixed_site().located_at(from.span());
            let private = crate_path.private_at(at);
            let source = borrowed(from, at);
            match values {
                None => quote_spanned!(at=> #private::guard_from(&__REQUIREMENT, #source)),
                Some(values) => {
                    quote_spanned!(at=> #private::guard_from_with(&__REQUIREMENT, #source, #values))
                }
            }
        }
    };
    // A type that cannot carry the refusal is reported at its place in the signature.
    let (at, output) = match (function.returns(), &function.signature.output) {
        (Returns::Future { output, .. }, _) => (output.span(), Some(output)),
        (_, ReturnType::Type(_, returned)) => (returned.span(), None),
        (_, ReturnType::Default) => (function.ident().span(), None),
    };
    let at = Span::mixed_site().located_at(at);
    let refusal = Ident::new("__refusal", Span::mixed_site());
    let output = output.map(|output| quote_spanned!(at=> ::<#output>));
    let private = crate_path.private_at(at);
    let refused = quote_spanned!(at=> return #private::refuse #output (#refusal););
    Some(quote! {
        if let ::core::result::Result::Err(#refusal) = #decision {
            #refused
        }
    })
}

/// The arguments that the requirement reads, each with its value, if there are any. Values are
/// borrowed: the body may still move them.
fn values(operation: &Operation) -> Option<TokenStream> {
    let values = operation.arguments.iter().map(|argument| {
        let at = Span::mixed_site().located_at(argument.span);
        let private = operation.crate_path.private_at(at);
        let (name, value) = (&argument.name, borrowed(&argument.value, at));
        quote_spanned!(at=> (#name, #private::argument(#value)))
    });
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| quote!(&[#(#values),*]))
}

/// Writes a future that checks first and then runs the body, which returns the user's future.
pub(super) fn future(
    operation: &Operation,
    function: &Function,
    prelude: &TokenStream,
    output: &Type,
    opaque: bool,
    statements: &TokenStream,
) -> TokenStream {
    let private = operation.crate_path.private_at(Span::mixed_site());
    let returned = match &function.signature.output {
        ReturnType::Type(_, returned) if !opaque => Some(quote!(-> #returned)),
        _ => None,
    };
    let future = quote! {
        async move {
            #prelude
            #private::future::<#output, _>(move || #returned { #statements }).await
        }
    };
    if opaque {
        quote!(#private::opaque(#future))
    } else {
        quote!(#private::Box::pin(#future))
    }
}

/// `&expression`, with the parentheses that it needs.
fn borrowed(expression: &Expr, at: Span) -> ExprReference {
    ExprReference {
        attrs: Vec::new(),
        and_token: Token![&](at),
        mutability: None,
        expr: Box::new(expression.clone()),
    }
}
