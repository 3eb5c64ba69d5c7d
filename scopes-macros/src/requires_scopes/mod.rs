//! `#[requires_scopes(..)]`: parse -> check -> expand, and the user's function unchanged on error.

mod args;
mod arguments;
mod check;
mod choice;
mod expand;
mod expression;
mod item;
mod listing;
mod values;

#[cfg(test)]
mod expansions;

use proc_macro2::TokenStream;

use crate::diagnostics;

/// Returns the guarded function, or the unchanged function and every mistake in the attribute.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    try_expand(arguments, item.clone())
        .unwrap_or_else(|mistakes| diagnostics::item_with_errors(item, &mistakes))
}

fn try_expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let arguments = args::parse(arguments);
    let function = item::parse(item);
    let (operation, function) = check::check(arguments, function)?;
    Ok(expand::expand(&operation, &function))
}
