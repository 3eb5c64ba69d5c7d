//! The entries of a list, separated by commas.
//!
//! A mistake does not end the parsing: the rest of its entry is skipped to the next comma, so that
//! one compilation reports every mistake.

use proc_macro2::TokenTree;
use syn::parse::ParseStream;
use syn::{LitStr, Token};

use crate::diagnostics::Diagnostics;

/// Parses entries up to the end, each to its comma, and records their mistakes.
pub(crate) fn parse<T>(
    input: ParseStream<'_>,
    mistakes: &mut Diagnostics,
    mut parse_entry: impl FnMut(ParseStream<'_>, &mut Diagnostics) -> syn::Result<T>,
) -> Vec<T> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        let entry = parse_entry(input, mistakes).and_then(|entry| {
            let ended = input.is_empty() || input.peek(Token![,]);
            if ended {
                Ok(entry)
            } else {
                Err(input.error("expected `,`"))
            }
        });
        entries.extend(mistakes.ok(entry));
        while !input.is_empty() && !input.peek(Token![,]) {
            mistakes.ok(input.parse::<TokenTree>());
        }
        mistakes.ok(input.parse::<Option<Token![,]>>());
    }
    entries
}

/// Parses a text that is a name, so it cannot be empty.
pub(crate) fn parse_text(input: ParseStream<'_>, option: &str) -> syn::Result<LitStr> {
    let takes_text = |error: syn::Error| {
        syn::Error::new(
            error.span(),
            format!("`{option}` takes a string literal: `{option} = \"..\"`"),
        )
    };
    let text: LitStr = input.parse().map_err(takes_text)?;
    if text.value().is_empty() {
        return Err(syn::Error::new(
            text.span(),
            format!("`{option}` cannot be empty; leave it out"),
        ));
    }
    Ok(text)
}
