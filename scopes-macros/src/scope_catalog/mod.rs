//! `#[derive(ScopeCatalog)]`: parse -> check -> expand.

mod args;
mod check;
mod concrete_name;
mod expand;
mod templates;

#[cfg(test)]
mod expansions;

use proc_macro2::TokenStream;

/// The implementations for the enum in `input`, or every mistake in it.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    try_derive(input).unwrap_or_else(|mistakes| mistakes.to_compile_error())
}

fn try_derive(input: TokenStream) -> syn::Result<TokenStream> {
    let declared = args::parse(&syn::parse2(input)?)?;
    let catalog = check::check(declared)?;
    Ok(expand::expand(&catalog))
}
