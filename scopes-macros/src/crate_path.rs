//! The path of `scopes_core` in generated code.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Path, parse_quote};

/// The path to `scopes_core`: the user's, or the absolute default.
pub(crate) struct CratePath(Path);

impl CratePath {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path.unwrap_or_else(|| parse_quote!(::scopes_core)))
    }

    /// `path::__private`, its tokens placed at `span` so that an error inside points there.
    pub(crate) fn private_at(&self, span: Span) -> TokenStream {
        let placed = self.0.to_token_stream().into_iter().map(|mut token| {
            token.set_span(token.span().located_at(span));
            token
        });
        let path: TokenStream = placed.collect();
        quote_spanned!(span=> #path::__private)
    }
}

impl ToTokens for CratePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
