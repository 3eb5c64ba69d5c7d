//! Compile time: every scope is looked up in its catalog while constants are evaluated.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::super::check::{Catalog, Checked, Operation, enum_of};
use super::super::choice::{Arm, Choice};
use super::super::expression::{Expression, Group, Join};
use crate::crate_path::CratePath;

/// `static __REQUIREMENT`. Before a group stands an assertion for every scope, so that each unknown
/// scope is an error of its own at its own token; a single scope is looked up in the static itself,
/// because the compiler spends most of its time on the number of constants.
pub(super) fn requirement(operation: &Operation) -> TokenStream {
    let crate_path = &operation.crate_path;
    let (constants, value) = match &operation.requirement {
        Checked::Public => (
            TokenStream::new(),
            quote!(#crate_path::Requirement::public()),
        ),
        Checked::Authenticated => (
            TokenStream::new(),
            quote!(#crate_path::Requirement::authenticated()),
        ),
        Checked::Scopes {
            catalog,
            expression: Expression::Literal(literal),
        } => {
            let name = &literal.name;
            let catalog = declared_in(crate_path, catalog, name.span());
            let private = crate_path.private_at(name.span());
            let value = quote_spanned!(name.span()=> #private::one(#catalog, #name));
            (TokenStream::new(), value)
        }
        Checked::Scopes {
            catalog,
            expression,
        } => {
            let mut constants = Constants {
                crate_path,
                catalog,
                items: TokenStream::new(),
                count: 0,
            };
            let first = expression.span();
            let expression = constants.expression(expression);
            let items = constants.items;
            let catalog = declared_in(crate_path, catalog, first);
            (
                quote!(const __CATALOG: &#crate_path::Catalog = #catalog; #items),
                quote!(#crate_path::Requirement::scopes(#expression)),
            )
        }
    };
    quote! {
        #constants
        static __REQUIREMENT: #crate_path::Requirement = #value;
    }
}

/// The catalog as a value. That it is missing is an error at `scope`.
fn declared_in(crate_path: &CratePath, catalog: &Catalog, scope: Span) -> TokenStream {
    match catalog {
        Catalog::At(path) => {
            let at = Span::mixed_site().located_at(path.span());
            quote_spanned!(at=> <#path as #crate_path::ScopeCatalog>::CATALOG)
        }
        Catalog::OfCrate => {
            let at = Span::mixed_site().located_at(scope);
            let private = crate_path.private_at(at);
            let catalog = quote_spanned!(at=> <Scope as __CatalogOfCrate>::CATALOG);
            in_crate_root(&private, &catalog)
        }
    }
}

/// `expression`, in which `Scope` is `crate::Scope`. If the crate has none, it is a type that is no
/// catalog, whose error says what to write. The compiler's error for an unknown path suggests to import
/// any type of the name, such as `std::thread::Scope`.
///
/// Names in the inner block can be those of the root, so that the user's paths are written outside of it.
fn in_crate_root(private: &TokenStream, expression: &TokenStream) -> TokenStream {
    quote! {
        {
            #[allow(unused_imports)]
            use #private::{
                CatalogOfCrate as __CatalogOfCrate, no_catalog::Scope, of_catalog as __of_catalog,
            };
            {
                #[allow(unused_imports)]
                use crate::*;
                #expression
            }
        }
    }
}

struct Constants<'a> {
    crate_path: &'a CratePath,
    catalog: &'a Catalog,
    items: TokenStream,
    count: usize,
}

impl Constants<'_> {
    /// A constant expression for `expression`, whose parts become constants before it.
    fn expression(&mut self, expression: &Expression) -> TokenStream {
        let Self {
            crate_path,
            catalog,
            ..
        } = *self;
        match expression {
            Expression::Literal(literal) => {
                let name = &literal.name;
                let private = crate_path.private_at(name.span());
                // A scope that the assertion finds missing is not looked up again: one mistake, one
                // error.
                self.items.extend(quote_spanned! {name.span()=>
                    const _: () = #private::assert_declared(__CATALOG, #name);
                });
                quote!(#crate_path::__private::declared(__CATALOG, #name))
            }
            Expression::Variant(path) => {
                let at = Span::mixed_site().located_at(path.span());
                let constant = self.next();
                let private = crate_path.private_at(at);
                let name = match catalog {
                    Catalog::At(catalog) => {
                        quote_spanned!(at=> #private::of_catalog::<#catalog, _>(&#path).as_str())
                    }
                    Catalog::OfCrate => {
                        let name = quote_spanned!(at=> __of_catalog::<Scope, _>(__SCOPE).as_str());
                        let name = in_crate_root(&private, &name);
                        quote_spanned!(at=> { let __SCOPE = &#path; #name })
                    }
                };
                self.items.extend(quote_spanned! {at=>
                    const #constant: &::core::primitive::str = #name;
                    // Only the declaration shows whether the scope has placeholders.
                    const _: () = #private::assert_plain(#constant);
                });
                quote!(#crate_path::__private::declared(__CATALOG, #constant))
            }
            Expression::Group(Group { join, members, .. }) => {
                let expressions: Vec<_> = members
                    .iter()
                    .map(|member| self.expression(member))
                    .collect();
                let constant = self.next();
                self.items.extend(quote! {
                    const #constant: &[#crate_path::Expression] = &[#(#expressions),*];
                });
                if is_spelt_in_several_ways(members) {
                    self.assert_once(members, &constant);
                }
                match join {
                    Join::Any => quote!(#crate_path::__private::any(#constant)),
                    Join::All => quote!(#crate_path::__private::all(#constant)),
                }
            }
            Expression::Choice(choice) => self.choice(choice),
        }
    }

    fn choice(&mut self, choice: &Choice) -> TokenStream {
        let crate_path = self.crate_path;
        let mut arms = Vec::new();
        for Arm { values, expression } in &choice.arms {
            let expression = self.expression(expression);
            let constant = self.next();
            self.items.extend(quote! {
                const #constant: &[::std::borrow::Cow<'static, ::core::primitive::str>] =
                    &[#(#crate_path::__private::value(#values)),*];
            });
            arms.push(quote!(#crate_path::__private::arm(#constant, #expression)));
        }
        if let Some(otherwise) = &choice.otherwise {
            let expression = self.expression(otherwise);
            arms.push(quote!(#crate_path::__private::otherwise(#expression)));
        }
        let constant = self.next();
        self.items.extend(quote! {
            const #constant: &[#crate_path::scope::Arm<#crate_path::RequiredScope>] = &[#(#arms),*];
        });
        let argument = &choice.argument.name;
        quote!(#crate_path::__private::matching(#argument, #constant))
    }

    /// Adds an assertion for every scope but the first that it is not repeated in the group.
    fn assert_once(&mut self, members: &[Expression], constant: &Ident) {
        let scopes = members.iter().enumerate().skip(1);
        for (place, member) in scopes.filter(|(_, member)| member.is_scope()) {
            let at = Span::mixed_site().located_at(member.span());
            let private = self.crate_path.private_at(at);
            self.items.extend(quote_spanned! {at=>
                const _: () = #private::assert_once(#constant, #place);
            });
        }
    }

    fn next(&mut self) -> Ident {
        let constant = format_ident!("__REQUIRED_{}", self.count);
        self.count += 1;
        constant
    }
}

/// Returns whether the group could contain one scope twice in different spellings: as a literal
/// and as a variant, or as a variant under several paths.
fn is_spelt_in_several_ways(members: &[Expression]) -> bool {
    let mut ways = members.iter().filter_map(|member| match member {
        Expression::Literal(_) => Some(None),
        Expression::Variant(path) => Some(Some(enum_of(path))),
        Expression::Group(_) | Expression::Choice(_) => None,
    });
    let first = ways.next();
    ways.any(|way| Some(way) != first)
}
