//! The annotated function. Its body stays raw tokens: the user may be typing in it.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, GenericArgument, Lit, LitStr, Meta, Path, PathArguments, ReturnType,
    Signature, Token, Type, TypeParamBound, Visibility,
};

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    vis: Visibility,
    defaultness: Option<Token![default]>,
    pub(crate) signature: Signature,
    body: Group,
}

/// What a call of the function hands back.
pub(crate) enum Returns<'a> {
    /// The value itself, or, of an `async fn`, the future that the compiler makes.
    Value,
    /// A future that the body makes; the check belongs into it.
    Future { output: &'a Type, opaque: bool },
    /// `impl Trait` that is no future.
    Opaque(&'a Type),
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
        let ReturnType::Type(_, returned) = &self.signature.output else {
            return Returns::Value;
        };
        if self.signature.asyncness.is_some() {
            return Returns::Value;
        }
        match bare(returned) {
            Type::ImplTrait(opaque) => match future_output(&opaque.bounds) {
                Some(output) => Returns::Future {
                    output,
                    opaque: true,
                },
                None => Returns::Opaque(returned),
            },
            Type::Path(path) if path.qself.is_none() => match boxed_future_output(&path.path) {
                Some(output) => Returns::Future {
                    output,
                    opaque: false,
                },
                None => Returns::Value,
            },
            _ => Returns::Value,
        }
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

/// The type without the invisible groups that macros put around it.
fn bare(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            other => return other,
        };
    }
}

/// The output of `Pin<Box<dyn Future<Output = T>>>`, and of the alias `BoxFuture<'_, T>`.
fn boxed_future_output(path: &Path) -> Option<&Type> {
    let last = path.segments.last()?;
    match last.ident.to_string().as_str() {
        "BoxFuture" | "LocalBoxFuture" => only_type(&last.arguments),
        "Pin" => {
            let Type::Path(pinned) = bare(only_type(&last.arguments)?) else {
                return None;
            };
            let pinned = pinned
                .path
                .segments
                .last()
                .filter(|segment| segment.ident == "Box")?;
            match bare(only_type(&pinned.arguments)?) {
                Type::TraitObject(object) => future_output(&object.bounds),
                _ => None,
            }
        }
        _ => None,
    }
}

fn only_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.next().filter(|_| types.next().is_none())
}

/// `T` of a bound `Future<Output = T>`.
fn future_output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let last = bound
            .path
            .segments
            .last()
            .filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
            _ => None,
        })
    })
}
