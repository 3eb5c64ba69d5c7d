//! The input of the derive: the enum and its `#[scope(..)]` attributes, parsed token by token.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, LitStr, Meta, Path, Token, Visibility};

use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::doc_comment::first_paragraph;
use crate::scope_literal::ScopeLiteral;
use crate::{scope_literal, suggestion};

const SCOPE_OPTIONS: [&str; 4] = ["implies", "baseline", "hidden", "requestable"];

/// The enum as declared. Nothing has been compared with anything yet.
pub(crate) struct Declared {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) crate_path: CratePath,
    pub(crate) scopes: Vec<DeclaredScope>,
}

/// One variant.
pub(crate) struct DeclaredScope {
    pub(crate) ident: Ident,
    pub(crate) description: String,
    pub(crate) name: ScopeLiteral,
    pub(crate) implies: Vec<Ident>,
    pub(crate) options: ScopeOptions,
}

/// The options without a value, each where it stands.
#[derive(Default)]
pub(crate) struct ScopeOptions {
    pub(crate) baseline: Option<Span>,
    pub(crate) hidden: Option<Span>,
    pub(crate) requestable: Option<Span>,
}

/// Reads the enum, or reports every token that is wrong by itself.
pub(crate) fn parse(input: &DeriveInput) -> syn::Result<Declared> {
    let mut mistakes = Diagnostics::default();
    let mut crate_path = None;
    for attribute in scope_attributes(&input.attrs) {
        if let Some(CrateOption(path)) = mistakes.ok(attribute.parse_args()) {
            crate_path = Some(path);
        }
    }
    if !input.generics.params.is_empty() {
        mistakes.error(&input.generics, "a scope catalog cannot be generic");
    }
    let mut scopes = Vec::new();
    match &input.data {
        Data::Enum(data) if data.variants.is_empty() => mistakes.error(
            &input.ident,
            "a scope catalog declares at least one scope: `#[scope(\"photos:read\")] PhotosRead`",
        ),
        Data::Enum(data) => {
            for variant in &data.variants {
                scopes.extend(parse_variant(variant, &mut mistakes));
            }
        }
        Data::Struct(_) | Data::Union(_) => mistakes.error(
            &input.ident,
            "a scope catalog is an enum: one variant for each scope",
        ),
    }
    mistakes.finish()?;
    Ok(Declared {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        crate_path: CratePath::new(crate_path),
        scopes,
    })
}

fn parse_variant(variant: &syn::Variant, mistakes: &mut Diagnostics) -> Option<DeclaredScope> {
    if !matches!(variant.fields, Fields::Unit) {
        mistakes.error(&variant.fields, "a scope has no fields; remove them");
    }
    let mut attributes = scope_attributes(&variant.attrs);
    let Some(attribute) = attributes.next() else {
        mistakes.error(
            &variant.ident,
            format!(
                "`{0}` has no scope; write `#[scope(\"..\")]` above it",
                variant.ident
            ),
        );
        return None;
    };
    for second in attributes {
        mistakes.error(second, "a variant has one `#[scope(..)]`; remove this one");
    }
    let ScopeArgs { name, options } = mistakes.ok(attribute.parse_args())?;
    let name = scope_literal::read(name, mistakes);

    let mut implied = Vec::new();
    let mut flags = ScopeOptions::default();
    let mut seen: Vec<String> = Vec::new();
    for option in options {
        let option_name = path_name(option.path());
        if seen.contains(&option_name) {
            mistakes.error(
                option.path(),
                format!("`{option_name}` is given twice; remove this one"),
            );
            continue;
        }
        match option_name.as_str() {
            "baseline" => flags.baseline = mistakes.ok(flag(&option)),
            "hidden" => flags.hidden = mistakes.ok(flag(&option)),
            "requestable" => flags.requestable = mistakes.ok(flag(&option)),
            "implies" => implied = mistakes.ok(implies(&option)).unwrap_or_default(),
            unknown => {
                let message = suggestion::unknown_option(unknown, &SCOPE_OPTIONS);
                mistakes.error(option.path(), message);
            }
        }
        seen.push(option_name);
    }
    Some(DeclaredScope {
        ident: variant.ident.clone(),
        description: first_paragraph(&variant.attrs),
        name,
        implies: implied,
        options: flags,
    })
}

/// `#[scope("name" [, option]* [,])]`
struct ScopeArgs {
    name: LitStr,
    options: Punctuated<Meta, Token![,]>,
}

impl Parse for ScopeArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse().map_err(|error| {
            syn::Error::new(
                error.span(),
                "the scope's name comes first: `#[scope(\"photos:read\")]`",
            )
        })?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Self {
            name,
            options: Punctuated::parse_terminated(input)?,
        })
    }
}

/// `#[scope(crate = path)]` on the enum
struct CrateOption(Path);

impl Parse for CrateOption {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expected = |error: syn::Error| {
            syn::Error::new(
                error.span(),
                "on the enum, `scope` takes only `crate = path`; a scope's name goes above its variant",
            )
        };
        input.parse::<Token![crate]>().map_err(expected)?;
        input.parse::<Token![=]>()?;
        let path = input.call(Path::parse_mod_style)?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Self(path))
    }
}

/// `baseline` | `hidden` | `requestable`
fn flag(option: &Meta) -> syn::Result<Span> {
    let name = path_name(option.path());
    let alone = |error: syn::Error| {
        syn::Error::new(
            error.span(),
            format!("`{name}` takes no value; write `{name}` alone"),
        )
    };
    option.require_path_only().map(Spanned::span).map_err(alone)
}

/// `implies(Variant [, Variant]* [,])`
fn implies(option: &Meta) -> syn::Result<Vec<Ident>> {
    const HOW: &str = "write the variants it implies: `implies(EntriesRead)`";
    let list = option
        .require_list()
        .map_err(|error| syn::Error::new(error.span(), HOW))?;
    let variants = list
        .parse_args_with(Punctuated::<Ident, Token![,]>::parse_terminated)
        .map_err(|error| {
            syn::Error::new(
                error.span(),
                format!("implied scopes are named by variant; {HOW}"),
            )
        })?;
    if variants.is_empty() {
        return Err(syn::Error::new_spanned(
            option,
            format!("`implies` is empty; {HOW}"),
        ));
    }
    Ok(variants.into_iter().collect())
}

fn scope_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("scope"))
}

fn path_name(path: &Path) -> String {
    path.get_ident()
        .map_or_else(|| quote::quote!(#path).to_string(), Ident::to_string)
}
