//! Writes the handler whose methods run in the context of their caller, if the caller is allowed
//! to call them.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Pat, PatIdent, PatType, ReturnType,
    Stmt, Type, parse_quote,
};

use super::args::{AnonymousLists, Args};
use super::methods::{is_invoking, is_listing};
use crate::returns::Returns;

/// Returns whether attributes that may add methods are below this one.
pub(crate) fn waits(handler: &ItemImpl) -> bool {
    handler.attrs.iter().any(may_write_methods)
}

/// Everything but the compiler's own attributes, which write nothing: an attribute can be imported
/// under any name.
fn may_write_methods(attribute: &Attribute) -> bool {
    const OWN: [&str; 15] = [
        "allow",
        "automatically_derived",
        "cfg",
        "cfg_attr",
        "clippy",
        "coverage",
        "deny",
        "deprecated",
        "diagnostic",
        "doc",
        "expect",
        "forbid",
        "inline",
        "rustfmt",
        "warn",
    ];
    let first = attribute.path().segments.first();
    first.is_none_or(|segment| !OWN.contains(&segment.ident.to_string().as_str()))
}

/// The handler with this attribute as its last one.
pub(crate) fn last(args: &Args, arguments: &TokenStream, mut handler: ItemImpl) -> TokenStream {
    let crate_path = &args.crate_path;
    let attributes = std::mem::take(&mut handler.attrs);
    quote!(#(#attributes)* #[#crate_path::scoped_handler(#arguments)] #handler)
}

pub(crate) fn expand(args: &Args, mut handler: ItemImpl) -> TokenStream {
    handler.items.extend(default_listen(args, &handler.items));
    for item in &mut handler.items {
        if let ImplItem::Fn(method) = item {
            guard(args, method);
        }
    }
    let private = private(args);
    let server = args
        .server
        .as_ref()
        .map_or_else(|| quote!(""), |server| quote!(#server));
    let (admitting, registration) = anonymous(args, &handler).unzip();
    // All methods share the server, and items cannot stand among methods.
    quote! {
        const _: () = {
            static __SERVER: #private::rmcp::Server =
                #private::rmcp::Server::named(#server) #admitting;
            #registration
            #handler
        };
    }
}

/// Returns the setting that admits callers without a token and its registration, if the option is given.
fn anonymous(args: &Args, handler: &ItemImpl) -> Option<(TokenStream, TokenStream)> {
    let crate_path = &args.crate_path;
    let private = private(args);
    let lists = match args.anonymous? {
        AnonymousLists::Public => quote!(#crate_path::AnonymousLists::Public),
        AnonymousLists::Whole => quote!(#crate_path::AnonymousLists::Whole),
    };
    let name = &handler.self_ty;
    let registration = quote! {
        #private::inventory::submit! {
            #private::AnonymousHandler::new(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
                #lists,
                ::core::option_env!("CARGO_TARGET_TMPDIR"),
            )
        }
    };
    Some((quote!(.anonymous(#lists)), registration))
}

/// The default method `listen`, to be guarded, for a handler that accepts subscriptions and does
/// not write it: rmcp's own would run for any caller.
fn default_listen(args: &Args, items: &[ImplItem]) -> Option<ImplItem> {
    let has = |name| {
        let is_named =
            |item: &ImplItem| matches!(item, ImplItem::Fn(method) if method.sig.ident == name);
        items.iter().any(is_named)
    };
    let private = private(args);
    let context = internal("__context");
    (has("accepted_subscription_filter") && !has("listen")).then(|| {
        parse_quote! {
            async fn listen(
                &self,
                #context: #private::rmcp::SubscriptionContext,
            ) -> ::core::result::Result<(), #private::rmcp::ErrorData> {
                #context.cancelled().await;
                ::core::result::Result::Ok(())
            }
        }
    })
}

fn private(args: &Args) -> TokenStream {
    let crate_path = &args.crate_path;
    quote!(#crate_path::__private)
}

/// Runs the method as the caller of the request that it is given, if it is given one, and only if
/// the caller may do what the request asks for.
fn guard(args: &Args, method: &mut ImplItemFn) {
    let name = method.sig.ident.to_string();
    let is_invoking = is_invoking(method);
    let Some(context) = context_of(method, is_invoking || is_listing(method)) else {
        return;
    };
    let private = private(args);
    let invoked = match name.as_str() {
        "listen" => Some(context.clone()),
        _ if is_invoking => request_of(method),
        _ => None,
    };
    let body = &method.block;
    let request = internal("__request");
    let own = || quote!(__SERVER.registry());
    let registry = args
        .registry
        .as_ref()
        .map_or_else(own, |registry| quote!(&#registry));
    let begin = quote!(let #request = __SERVER.request(#registry, &#context););
    let run = |output: TokenStream, body: TokenStream| {
        let run = quote! {
            #request
                .run(async move { #private::future::<#output, _>(move || #body).await })
                .await
        };
        let statements = match (invoked, method.sig.ident == "call_tool") {
            (Some(invoked), true) => tool_call(&request, &invoked, &run),
            (Some(invoked), false) => quote! {
                #request.decide(&#invoked)?;
                #request.answer(#run)
            },
            (None, _) => list(args, method, &request, run),
        };
        quote!(#begin #statements)
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
        _ => quote!(#begin #request.caller().enter(move || #body)),
    };
    let braces = method.block.brace_token.span.join();
    let body = quote_spanned!(braces=> { #statements });
    // The tokens above are statements between braces.
    if let Ok(block) = syn::parse2(body) {
        method.block = block;
    }
}

/// The answer to a `tools/call`: a refusal becomes a result, and a task its caller's.
fn tool_call(request: &Ident, invoked: &Ident, run: &TokenStream) -> TokenStream {
    let decided = internal("__decided");
    let denied = internal("__denied");
    quote! {
        match #request.decide(&#invoked) {
            ::core::result::Result::Ok(#decided) => {
                #request.tool_answer(::core::option::Option::Some(#decided), #run)
            }
            ::core::result::Result::Err(#denied) => #request.tool_answer(
                ::core::option::Option::None,
                ::core::result::Result::Err(#denied),
            ),
        }
    }
}

/// The answer, of a list as the options want it. Every list is given the chance to leave out what a
/// caller without a token is not shown.
fn list(args: &Args, method: &ImplItemFn, request: &Ident, run: TokenStream) -> TokenStream {
    if !is_listing(method) {
        return run;
    }
    let hide = args.hide_unpermitted.as_ref();
    let hide = hide.map_or_else(|| quote!(false), |hide| quote!(#hide));
    let mut list = quote!(#request.permitted(#run, #hide));
    if let Some(describe) = &args.describe_requirements {
        list = quote!(#request.described(#list, #describe));
    }
    if let Some(describe) = &args.security_schemes
        && method.sig.ident == "list_tools"
    {
        list = quote!(#request.with_security_schemes(#list, #describe));
    }
    list
}

/// The first argument, which names what is invoked; one without a name gets one.
fn request_of(method: &mut ImplItemFn) -> Option<Ident> {
    let argument = method.sig.inputs.iter_mut().find_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    })?;
    let (ident, unpack) = named(argument, "__params");
    method.block.stmts.splice(0..0, unpack);
    Some(ident)
}

/// The argument that tells about the request; one without a name gets one. In a method that `has_context`,
/// it is the last one, whatever its type is called.
fn context_of(method: &mut ImplItemFn, has_context: bool) -> Option<Ident> {
    method.sig.inputs.iter_mut().rev().find_map(|input| {
        let FnArg::Typed(argument) = input else {
            return None;
        };
        if has_context {
            let (ident, unpack) = named(argument, "__context");
            method.block.stmts.splice(0..0, unpack);
            return Some(ident);
        }
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
        let (ident, unpack) = named(argument, "__context");
        method.block.stmts.splice(0..0, unpack);
        Some(ident)
    })
}

/// The name of the argument. One that is taken apart gets one, and is taken apart in the body.
fn named(argument: &mut PatType, name: &str) -> (Ident, Option<Stmt>) {
    if let Pat::Ident(PatIdent { ident, .. }) = &*argument.pat {
        return (ident.clone(), None);
    }
    let ident = internal(name);
    let pattern = std::mem::replace(&mut *argument.pat, parse_quote!(#ident));
    let unpack = (!matches!(pattern, Pat::Wild(_))).then(|| parse_quote!(let #pattern = #ident;));
    (ident, unpack)
}

fn internal(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
