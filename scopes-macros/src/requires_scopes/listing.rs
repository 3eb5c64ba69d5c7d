//! The function's entry in the registry: its kind, and its name on the wire.

use proc_macro2::Span;
use syn::LitStr;
use syn::ext::IdentExt;

use super::item::{Function, Handler, HandlerKind, HandlerName};

/// The registration of the function.
pub(crate) enum Listing {
    /// Not at all: `unlisted`.
    None,
    /// As a plain function, named by its path.
    Function,
    /// As an MCP primitive with this name on the wire.
    Handler(HandlerKind, LitStr),
}

/// Returns the kind and the name: those of the option, otherwise those of an attribute below this
/// one, otherwise those of a plain function.
pub(crate) fn listing(
    options: Vec<(HandlerKind, LitStr)>,
    function: &Function,
) -> syn::Result<Listing> {
    let visible = function.handler();
    if let Some((kind, name)) = one(options)? {
        return match visible {
            Some(handler) if handler.kind != kind => {
                let (word, option) = (handler.kind.option(), kind.option());
                let message = format!(
                    "`#[{word}]` makes this function a {word}; remove `{option}`, or write `{word} = \"..\"`"
                );
                Err(syn::Error::new(name.span(), message))
            }
            _ => Ok(Listing::Handler(kind, name)),
        };
    }
    if let Some(Handler { kind, name }) = visible {
        return match name {
            HandlerName::Literal(name) => Ok(Listing::Handler(kind, name)),
            HandlerName::Function => Ok(Listing::Handler(kind, own_name(function))),
            HandlerName::Expression(expression) => {
                let word = kind.option();
                let message = format!(
                    "`requires_scopes` cannot read this name; repeat it as a literal: `#[requires_scopes(.., {word} = \"..\")]`"
                );
                Err(syn::Error::new_spanned(expression, message))
            }
        };
    }
    Ok(Listing::Function)
}

/// Returns the only option, if there is one.
fn one(options: Vec<(HandlerKind, LitStr)>) -> syn::Result<Option<(HandlerKind, LitStr)>> {
    let mut options = options.into_iter();
    let first = options.next();
    let Some((kind, _)) = &first else {
        return Ok(None);
    };
    match options.find(|(other, _)| other != kind) {
        Some((other, name)) => {
            let (first, second) = (kind.option(), other.option());
            let message =
                format!("a function is either a {first} or a {second}; remove one of the options");
            Err(syn::Error::new(name.span(), message))
        }
        None => Ok(first),
    }
}

/// Checks that `unlisted` is not combined with options for the registry.
pub(crate) fn check_unlisted(
    at: Span,
    options: &[(HandlerKind, LitStr)],
    server: Option<&LitStr>,
    function: &Function,
    guarded: bool,
) -> syn::Result<()> {
    let message = if let Some(kind) = options.first().map(|(kind, _)| *kind) {
        let option = kind.option();
        format!("an `unlisted` function has no entry for `{option}` to name; remove one of them")
    } else if server.is_some() {
        "an `unlisted` function has no entry for `server`; remove one of them".to_owned()
    } else if let Some(handler) = function.handler() {
        let word = handler.kind.option();
        format!("a {word} that is not registered is denied to every client; remove `unlisted`")
    } else if guarded {
        return Ok(());
    } else {
        "`public` and `unlisted` together do nothing; remove the attribute".to_owned()
    };
    Err(syn::Error::new(at, message))
}

fn own_name(function: &Function) -> LitStr {
    let ident = function.ident();
    LitStr::new(&ident.unraw().to_string(), ident.span())
}
