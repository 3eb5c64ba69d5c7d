//! The annotated function. Its body stays raw tokens: the user may be typing in it.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, LitStr, Meta, Signature, Token, Visibility};

use crate::returns::Returns;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    vis: Visibility,
    defaultness: Option<Token![default]>,
    pub(crate) signature: Signature,
    body: Group,
}

/// What a neighbouring attribute says of the function.
pub(crate) struct Handler {
    pub(crate) kind: HandlerKind,
    pub(crate) name: Option<LitStr>,
}

/// The MCP primitives that attributes declare.
#[derive(Clone, Copy)]
pub(crate) enum HandlerKind {
    Tool,
    Prompt,
    Resource,
}

/// Reads the function, or says why the item is none that can be guarded.
pub(crate) fn parse(item: TokenStream) -> syn::Result<Function> {
    syn::parse2(item)
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let defaultness = if input.peek(Token![default]) {
            Some(input.parse()?)
        } else {
            None
        };
        let signature: Signature = input
            .fork()
            .parse()
            .map_err(|_| input.error("`requires_scopes` guards functions; put it on a `fn`"))?;
        input.parse::<Signature>()?;
        if input.peek(Token![;]) {
            return Err(syn::Error::new_spanned(
                &signature.ident,
                "a function without a body has nothing to guard; put `requires_scopes` on the implementations",
            ));
        }
        match input.parse()? {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => Ok(Self {
                attributes,
                vis,
                defaultness,
                signature,
                body,
            }),
            other => Err(syn::Error::new(
                other.span(),
                "expected the function's body",
            )),
        }
    }
}

impl Function {
    /// Everything before the body, with a further line of docs.
    pub(crate) fn head(&self, doc: &str) -> TokenStream {
        let Self {
            attributes,
            vis,
            defaultness,
            signature,
            ..
        } = self;
        quote::quote!(#(#attributes)* #[doc = #doc] #vis #defaultness #signature)
    }

    /// The body's inner attributes and its statements.
    pub(crate) fn body(&self) -> (TokenStream, TokenStream) {
        let inner = |input: ParseStream<'_>| {
            let inner = input.call(Attribute::parse_inner)?;
            Ok((quote::quote!(#(#inner)*), input.parse()?))
        };
        syn::parse::Parser::parse2(inner, self.body.stream())
            .unwrap_or_else(|_| (TokenStream::new(), self.body.stream()))
    }

    /// The body's braces, for their span.
    pub(crate) fn braces(&self) -> &Group {
        &self.body
    }

    /// What the function returns, read from its signature.
    pub(crate) fn returns(&self) -> Returns<'_> {
        Returns::of(&self.signature)
    }

    /// The handler that a `#[tool]` or `#[prompt]` below the attribute makes of the function.
    pub(crate) fn handler(&self) -> Option<Handler> {
        self.attributes.iter().find_map(|attribute| {
            let word = attribute.path().segments.last()?.ident.to_string();
            let kind = match word.as_str() {
                "tool" => HandlerKind::Tool,
                "prompt" => HandlerKind::Prompt,
                _ => return None,
            };
            Some(Handler {
                kind,
                name: handler_name(attribute),
            })
        })
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.signature.ident
    }
}

/// `name = ".."` among the arguments of `#[tool(..)]`.
fn handler_name(attribute: &Attribute) -> Option<LitStr> {
    let arguments = attribute
        .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .ok()?;
    arguments.into_iter().find_map(|argument| match argument {
        Meta::NameValue(name) if name.path.is_ident("name") => match name.value {
            Expr::Lit(literal) => match literal.lit {
                Lit::Str(name) => Some(name),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}
