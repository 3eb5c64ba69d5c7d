//! `#[scoped_handler(..)]`: parse -> check -> expand, and the user's `impl` unchanged on error.

mod args;
mod expand;
mod methods;

#[cfg(test)]
mod expansions;

use proc_macro2::TokenStream;
use syn::{ImplItem, ItemImpl};

use crate::diagnostics::{self, Diagnostics};

/// The handler whose methods run as their caller, or the handler as it was and every mistake.
pub(crate) fn expand(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    try_expand(arguments, item.clone())
        .unwrap_or_else(|mistakes| diagnostics::item_with_errors(item, &mistakes))
}

fn try_expand(arguments: &TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut mistakes = Diagnostics::default();
    let args = args::parse(arguments.clone(), &mut mistakes);
    let handler = mistakes.ok(parse(item));
    if let Some(handler) = &handler {
        methods::check(handler, &mut mistakes);
    }
    mistakes.finish()?;
    Ok(match handler {
        Some(handler) if expand::waits(&handler) => expand::last(&args, arguments, handler),
        Some(handler) => expand::expand(&args, handler),
        None => TokenStream::new(),
    })
}

fn parse(item: TokenStream) -> syn::Result<ItemImpl> {
    let handler: ItemImpl = syn::parse2(item)?;
    if handler.trait_.is_none() {
        return Err(syn::Error::new_spanned(
            &handler.self_ty,
            "`scoped_handler` goes on `impl ServerHandler for ..`; put `requires_scopes` on functions",
        ));
    }
    let is_macro = |item: &&ImplItem| matches!(item, ImplItem::Macro(_));
    if let Some(item) = handler.items.iter().find(is_macro) {
        return Err(syn::Error::new_spanned(
            item,
            "`scoped_handler` cannot guard methods that a macro writes; write them out",
        ));
    }
    Ok(handler)
}
