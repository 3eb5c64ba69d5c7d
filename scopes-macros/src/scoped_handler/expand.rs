//! Writes the handler whose methods run in the context of their caller.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Pat, PatIdent, ReturnType, Type,
    parse_quote,
};

use super::args::Args;
use crate::returns::Returns;

/// Whether attributes that write further methods stand below this one.
pub(crate) fn waits(handler: &ItemImpl) -> bool {
    handler.attrs.iter().any(writes_methods)
}

/// `tool_handler`, `prompt_handler`, and whatever is called like them.
fn writes_methods(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident.to_string().ends_with("_handler"))
}

/// The handler with this attribute as its last one.
pub(crate) fn last(args: &Args, arguments: &TokenStream, mut handler: ItemImpl) -> TokenStream {
    let crate_path = &args.crate_path;
    let attributes = std::mem::take(&mut handler.attrs);
    quote!(#(#attributes)* #[#crate_path::scoped_handler(#arguments)] #handler)
}

pub(crate) fn expand(args: &Args, mut handler: ItemImpl) -> TokenStream {
    for item in &mut handler.items {
        if let ImplItem::Fn(method) = item {
            scope(args, method);
        }
    }
    quote!(#handler)
}

/// Runs the method as the caller of the request that it is given, if it is given one.
fn scope(args: &Args, method: &mut ImplItemFn) {
    let Some(context) = context_of(method) else {
        return;
    };
    let crate_path = &args.crate_path;
    let private = quote!(#crate_path::private);
    let body = &method.block;
    let (caller, answer) = (internal("__caller"), internal("__answer"));
    let finish = finish(args, &method.sig.ident, &caller, &answer);
    let run = |output: TokenStream, body: TokenStream| {
        quote! {
            let #caller = #private::rmcp::caller(&#context);
            let #answer = #caller
                .clone()
                .scope(async move { #private::future::<#output, _>(move || #body).await })
                .await;
            #finish
        }
    };
    let statements = match (Returns::of(&method.sig), &method.sig.output) {
        (_, ReturnType::Type(_, output)) if method.sig.asyncness.is_some() => {
            run(quote!(#output), quote!(async move #body))
        }
        (_, ReturnType::Default) if method.sig.asyncness.is_some() => {
            run(quote!(()), quote!(async move #body))
        }
        (Returns::Future { output, opaque }, _) => {
            let future = run(quote!(#output), quote!(#body));
            let place = if opaque {
                quote!(opaque)
            } else {
                quote!(Box::pin)
            };
            quote!(#private::#place(async move { #future }))
        }
        // A method that does not wait.
        _ => quote!(#private::rmcp::caller(&#context).enter(move || #body)),
    };
    let braces = method.block.brace_token.span.join();
    let body = quote_spanned!(braces=> { #statements });
    // The tokens above are statements between braces.
    if let Ok(block) = syn::parse2(body) {
        method.block = block;
    }
}

/// What becomes of the answer before it leaves.
fn finish(args: &Args, method: &Ident, caller: &Ident, answer: &Ident) -> TokenStream {
    let crate_path = &args.crate_path;
    let (hide, describe) = (&args.hide_unpermitted, &args.describe_requirements);
    let server = args
        .server
        .as_ref()
        .map_or_else(|| quote!(""), |server| quote!(#server));
    match method.to_string().as_str() {
        "call_tool" => quote!(#crate_path::private::rmcp::tool_answer(#answer)),
        "list_tools" | "list_prompts" | "list_resources" | "list_resource_templates"
            if hide.is_some() || describe.is_some() =>
        {
            let mut list = quote!(#answer);
            if let Some(hide) = hide {
                list = quote!(__LISTS.permitted(#list, &#caller, #hide));
            }
            if let Some(describe) = describe {
                list = quote!(__LISTS.described(#list, #describe));
            }
            quote! {
                static __LISTS: #crate_path::private::rmcp::Lists =
                    #crate_path::private::rmcp::Lists::of_server(#server);
                #list
            }
        }
        _ => quote!(#answer),
    }
}

/// The argument that tells about the request; one without a name gets one.
fn context_of(method: &mut ImplItemFn) -> Option<Ident> {
    method.sig.inputs.iter_mut().find_map(|input| {
        let FnArg::Typed(argument) = input else {
            return None;
        };
        let Type::Path(path) = &*argument.ty else {
            return None;
        };
        let last = path.path.segments.last()?.ident.to_string();
        if !matches!(
            last.as_str(),
            "RequestContext" | "NotificationContext" | "SubscriptionContext"
        ) {
            return None;
        }
        if let Pat::Ident(PatIdent { ident, .. }) = &*argument.pat {
            return Some(ident.clone());
        }
        let ident = internal("__context");
        let pattern = std::mem::replace(&mut *argument.pat, parse_quote!(#ident));
        if !matches!(pattern, Pat::Wild(_)) {
            method
                .block
                .stmts
                .insert(0, parse_quote!(let #pattern = #ident;));
        }
        Some(ident)
    })
}

fn internal(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
