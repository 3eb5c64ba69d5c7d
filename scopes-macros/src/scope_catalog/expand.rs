//! Writes the implementations for a checked catalog.

use proc_macro2::TokenStream;
use quote::quote;

use super::check::{Catalog, Scope};
use super::concrete_name;

pub(crate) fn expand(catalog: &Catalog) -> TokenStream {
    let Catalog {
        ident,
        vis,
        crate_path,
        scopes,
    } = catalog;
    let variants: Vec<_> = scopes.iter().map(|scope| &scope.ident).collect();
    let names: Vec<_> = scopes.iter().map(|scope| &scope.name.name).collect();
    let descriptions = scopes.iter().map(|scope| &scope.description);
    let declarations = scopes.iter().map(|scope| declaration(scope, catalog));
    let positions: Vec<_> = (0..scopes.len()).collect();
    let concrete_names = scopes
        .iter()
        .zip(&positions)
        .map(|(scope, position)| concrete_name::function(scope, *position, catalog));
    quote! {
        const _: () = {
            const DECLARATIONS: &[#crate_path::ScopeDeclaration] = &[#(#declarations),*];
            static CATALOG: #crate_path::Catalog = #crate_path::__private::catalog(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#ident)),
                DECLARATIONS,
                &#crate_path::__private::name_index::<
                    { #crate_path::__private::name_index_len(DECLARATIONS.len()) },
                >(DECLARATIONS),
                &#crate_path::__private::templates::<
                    { #crate_path::__private::templates_len(DECLARATIONS) },
                >(DECLARATIONS),
            );
            #crate_path::__private::inventory::submit! {
                #crate_path::__private::RegisteredCatalog(&CATALOG)
            }

            #[automatically_derived]
            impl #crate_path::ScopeCatalog for #ident {
                const CATALOG: &'static #crate_path::Catalog = &CATALOG;
                const ALL: &'static [Self] = Self::ALL;
                fn position(&self) -> usize {
                    match self { #(Self::#variants => #positions,)* }
                }
            }

            #[automatically_derived]
            #[allow(dead_code)]
            impl #ident {
                /// Every scope, in the order of declaration.
                #vis const ALL: &'static [Self] = &[#(Self::#variants),*];

                /// The scope's name, as it stands in tokens and challenges.
                #[must_use]
                #vis const fn as_str(&self) -> &'static str {
                    match self { #(Self::#variants => #names,)* }
                }

                /// Returns the scope's description for consent screens; empty if there is none.
                #[must_use]
                #vis const fn description(&self) -> &'static str {
                    match self { #(Self::#variants => #descriptions,)* }
                }

                #(#concrete_names)*
            }

            #[automatically_derived]
            impl ::core::fmt::Display for #ident {
                fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    formatter.pad(self.as_str())
                }
            }

            #[automatically_derived]
            impl ::core::convert::AsRef<str> for #ident {
                fn as_ref(&self) -> &str {
                    self.as_str()
                }
            }

            #[automatically_derived]
            impl ::core::str::FromStr for #ident {
                type Err = #crate_path::FindScopeError;
                fn from_str(name: &str) -> ::core::result::Result<Self, Self::Err> {
                    match CATALOG.position(name) {
                        #(::core::option::Option::Some(#positions) => ::core::result::Result::Ok(Self::#variants),)*
                        _ => ::core::result::Result::Err(#crate_path::__private::unknown_scope(&CATALOG, name)),
                    }
                }
            }

            #[automatically_derived]
            impl ::core::convert::From<#ident> for #crate_path::ScopeName {
                fn from(scope: #ident) -> Self {
                    Self::from_static(scope.as_str())
                }
            }

            #[automatically_derived]
            impl ::core::convert::From<#ident> for #crate_path::RequiredScope {
                fn from(scope: #ident) -> Self {
                    Self::from_catalog(&scope)
                }
            }
        };
    }
}

fn declaration(scope: &Scope, catalog: &Catalog) -> TokenStream {
    let crate_path = &catalog.crate_path;
    let Scope {
        name,
        description,
        implies,
        implied,
        baseline,
        hidden,
        requestable,
        ..
    } = scope;
    let name = &name.name;
    quote! {
        #crate_path::__private::declaration(
            #name, #description, &[#(#implies),*], &[#(#implied),*], #baseline, #hidden, #requestable,
        )
    }
}
