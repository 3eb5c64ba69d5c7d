//! The arguments in the parentheses of the attribute.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, LitStr, Path, Token};

use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::{entries, suggestion};

const OPTIONS: [&str; 7] = [
    "server",
    "registry",
    "hide_unpermitted",
    "describe_requirements",
    "security_schemes",
    "anonymous",
    "crate",
];

pub(crate) struct Args {
    pub(crate) server: Option<LitStr>,
    pub(crate) registry: Option<Expr>,
    pub(crate) hide_unpermitted: Option<Expr>,
    pub(crate) describe_requirements: Option<Expr>,
    pub(crate) security_schemes: Option<Expr>,
    pub(crate) anonymous: Option<AnonymousLists>,
    pub(crate) crate_path: CratePath,
}

/// The entries of lists that callers without a token are shown.
#[derive(Clone, Copy)]
pub(crate) enum AnonymousLists {
    Public,
    Whole,
}

/// `Args = [ Option ("," Option)* [","] ]`
pub(crate) fn parse(arguments: TokenStream, mistakes: &mut Diagnostics) -> Args {
    let (mut server, mut registry, mut crate_path) = (None, None, None);
    let (mut hide_unpermitted, mut describe_requirements) = (None, None);
    let (mut security_schemes, mut anonymous) = (None, None);
    let mut given: Vec<String> = Vec::new();
    // `Option = "server" "=" LitStr | "registry" "=" Expr | "hide_unpermitted" "=" Expr
    //         | "describe_requirements" "=" Expr | "security_schemes" "=" Expr
    //         | "anonymous" "=" ("\"public\"" | "\"whole\"") | "crate" "=" Path`
    let mut parse_option = |input: ParseStream<'_>, mistakes: &mut Diagnostics| {
        let word = input.call(Ident::parse_any)?;
        let option = word.to_string();
        if !OPTIONS.contains(&option.as_str()) {
            let message = suggestion::unknown_option(&option, &OPTIONS);
            return Err(syn::Error::new(word.span(), message));
        }
        input.parse::<Token![=]>()?;
        match option.as_str() {
            "server" => server = Some(entries::parse_text(input, "server")?),
            "registry" => registry = Some(input.parse()?),
            "hide_unpermitted" => hide_unpermitted = Some(input.parse()?),
            "describe_requirements" => describe_requirements = Some(input.parse()?),
            "security_schemes" => security_schemes = Some(input.parse()?),
            "anonymous" => anonymous = Some(parse_anonymous(input)?),
            _ => crate_path = Some(input.call(Path::parse_mod_style)?),
        }
        if given.contains(&option) {
            mistakes.error(&word, format!("`{option}` is given twice; remove this one"));
        }
        given.push(option);
        Ok(())
    };
    let mut found = Diagnostics::default();
    let read = |input: ParseStream<'_>| {
        entries::parse(input, &mut found, &mut parse_option);
        Ok(())
    };
    let result = Parser::parse2(read, arguments);
    if let (Some(server), Some(_)) = (&server, &registry) {
        found.error(
            server,
            "`server` has no effect with `registry`, which lists the operations of one server; remove it",
        );
    }
    mistakes.ok(found.finish());
    mistakes.ok(result);
    Args {
        server,
        registry,
        hide_unpermitted,
        describe_requirements,
        security_schemes,
        anonymous,
        crate_path: CratePath::new(crate_path),
    }
}

/// A literal: the lock file has to know it.
fn parse_anonymous(input: ParseStream<'_>) -> syn::Result<AnonymousLists> {
    let lists = entries::parse_text(input, "anonymous")?;
    match lists.value().as_str() {
        "public" => Ok(AnonymousLists::Public),
        "whole" => Ok(AnonymousLists::Whole),
        _ => Err(syn::Error::new(
            lists.span(),
            "`anonymous` takes \"public\" or \"whole\": the entries of lists that callers without a token are shown",
        )),
    }
}
