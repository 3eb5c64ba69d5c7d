//! Writes the guarded function.
//!
//! Everything generated goes inside the function's body: an attribute cannot tell a method from a
//! free function, and no item may stand among methods.

mod assertions;
mod guard;
mod registration;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::check::{Checked, Operation};
use super::item::Function;
use crate::returns::Returns;

pub(crate) fn expand(operation: &Operation, function: &Function) -> TokenStream {
    let requirement = assertions::requirement(operation);
    let registration = registration::registration(operation);
    let implementation = guard::one_implementation(operation, function);
    let check = guard::check(operation, function);
    let prelude = quote!({ #requirement #registration #implementation #check });

    let (inner, statements) = function.body();
    let body = match function.returns() {
        Returns::Future { output, opaque } if operation.requirement.is_guarded() => {
            let future = guard::future(operation, function, &prelude, output, opaque, &statements);
            quote!(#inner #future)
        }
        _ => quote!(#inner #prelude #statements),
    };
    let doc = format!("\n\n**Requires** {}.", summary(&operation.requirement));
    let head = function.head(&doc);
    let braces = function.braces().span();
    let body = quote_spanned!(braces=> { #body });
    quote!(#head #body)
}

fn summary(requirement: &Checked) -> String {
    match requirement {
        Checked::Public => "no access token".to_owned(),
        Checked::Authenticated => "a valid access token, whatever its scopes".to_owned(),
        Checked::Scopes { expression, .. } => expression.markdown(),
    }
}
