//! The function that makes the name of a scope from the values of its placeholders.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::check::{Catalog, Scope};

/// `Scope::project_write(project)` of `ProjectWrite`; nothing for a name without placeholders.
pub(super) fn function(scope: &Scope, position: usize, catalog: &Catalog) -> Option<TokenStream> {
    let template = &scope.name.template;
    if !template.has_placeholders() {
        return None;
    }
    let Catalog {
        vis, crate_path, ..
    } = catalog;
    let function = snake_case(&scope.ident.unraw().to_string(), scope.ident.span());
    let parameters: Vec<_> = template
        .placeholders()
        .map(|name| snake_case(name, Span::mixed_site()))
        .collect();
    let doc = format!(
        "The name of this scope for these values: `{}`.",
        scope.name.name.value()
    );
    Some(quote! {
        #[doc = #doc]
        ///
        /// # Errors
        ///
        /// If a value is not allowed in a scope name: allowed are 1 to 128 of the characters of scope
        /// names without `:`, `/`, `*`, `{`, `}`, `,`, `=`, `;` and `'`, but not `.` and `..`.
        #vis fn #function(
            #(#parameters: impl ::core::fmt::Display),*
        ) -> ::core::result::Result<#crate_path::ScopeName, #crate_path::InvalidArgument> {
            #crate_path::__private::concrete_name(&CATALOG, #position, &[#(&#parameters),*])
        }
    })
}

/// `projectId`, `project-id` and `ProjectId` as `project_id`.
///
/// Words of the language get a `_` at the end, because not each of them can be a raw identifier.
pub(super) fn snake_case(name: &str, at: Span) -> Ident {
    let mut snake = String::new();
    let mut before: Option<char> = None;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(char::is_ascii_lowercase);
        let begins_word = before.is_some_and(|before| {
            before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase() && next_is_lower)
        });
        if character.is_uppercase() && begins_word {
            snake.push('_');
        }
        match character {
            '.' | '-' => snake.push('_'),
            other => snake.extend(other.to_lowercase()),
        }
        before = Some(character);
    }
    if syn::parse_str::<Ident>(&snake).is_err() {
        snake.push('_');
    }
    Ident::new(&snake, at)
}
