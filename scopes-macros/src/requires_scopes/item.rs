//! The annotated function. Its body stays raw tokens: the user may be typing in it.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, Lit, LitStr, Meta, Path, Receiver, Signature, Token, Visibility,
};

use crate::returns::Returns;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    vis: Visibility,
    defaultness: Option<Token![default]>,
    pub(crate) signature: Signature,
    body: Group,
}

/// The tool or prompt that a `#[tool]` or `#[prompt]` below the attribute makes of the function.
pub(crate) struct Handler {
    pub(crate) kind: HandlerKind,
    pub(crate) name: HandlerName,
}

/// The name on the wire, as the neighbouring attribute gives it.
pub(crate) enum HandlerName {
    /// `name = ".."`.
    Literal(LitStr),
    /// The function's own, where no `name` is given.
    Function,
    /// An expression, which has no value yet.
    Expression(Expr),
}

/// The MCP primitives that attributes declare.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandlerKind {
    Tool,
    Prompt,
    Resource,
    Method,
}

impl HandlerKind {
    /// The option that declares it; also the attribute, of tools and prompts.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::Method => "method",
        }
    }

    /// Returns the kind of handler that an attribute with this path declares.
    fn of_attribute(path: &Path) -> Option<Self> {
        let word = &path.segments.last()?.ident;
        [Self::Tool, Self::Prompt]
            .into_iter()
            .find(|kind| word == kind.option())
    }
}

/// Parses the function, or returns the reason why the item cannot be guarded.
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

    /// Returns the kind of the function's return type.
    pub(crate) fn returns(&self) -> Returns<'_> {
        Returns::of(&self.signature)
    }

    /// The handler that a `#[tool]` or `#[prompt]` below the attribute makes of the function. The
    /// compiler expands each `cfg_attr` of an item before its other attributes, so that none hides one.
    pub(crate) fn handler(&self) -> Option<Handler> {
        self.attributes.iter().find_map(|attribute| {
            Some(Handler {
                kind: HandlerKind::of_attribute(attribute.path())?,
                name: handler_name(attribute),
            })
        })
    }

    /// `self`, of a method.
    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.signature.receiver()
    }

    pub(crate) fn ident(&self) -> &Ident {
        &self.signature.ident
    }
}

/// `name = ".."` among the arguments of `#[tool(..)]`.
fn handler_name(attribute: &Attribute) -> HandlerName {
    let arguments = attribute
        .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .unwrap_or_default();
    let name = arguments.into_iter().find_map(|argument| match argument {
        Meta::NameValue(name) if name.path.is_ident("name") => Some(name.value),
        _ => None,
    });
    match name {
        None => HandlerName::Function,
        Some(Expr::Lit(ExprLit {
            lit: Lit::Str(name),
            ..
        })) => HandlerName::Literal(name),
        Some(other) => HandlerName::Expression(other),
    }
}
