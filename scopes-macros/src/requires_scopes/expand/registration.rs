//! Link time: the operation is entered in the registry.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::check::Operation;
use super::super::item::HandlerKind;
use super::super::listing::Listing;

/// The entry, unless the function is `unlisted`.
pub(super) fn registration(operation: &Operation) -> Option<TokenStream> {
    let crate_path = &operation.crate_path;
    let (kind, name) = match &operation.listing {
        Listing::None => return None,
        Listing::Function => (quote!(Function), quote!("")),
        Listing::Handler(kind, name) => {
            let kind = match kind {
                HandlerKind::Tool => quote!(Tool),
                HandlerKind::Prompt => quote!(Prompt),
                HandlerKind::Resource => quote!(Resource),
                HandlerKind::Method => quote!(Method),
            };
            (kind, quote!(#name))
        }
    };
    let server = operation
        .server
        .as_ref()
        .map(|server| quote!(.on_server(#server)));
    let asks_context = operation.requirement.is_guarded() && operation.from.is_none();
    let caller = asks_context.then(|| quote!(.asking_context()));
    let reading = reading(operation);
    let description = &operation.description;
    let described = (!description.is_empty()).then(|| quote!(.described(#description)));
    // The name of a type that stands in the function has the function's whole path, the type of a
    // method included, which `module_path!()` lacks. An enum without variants leaves no code.
    Some(quote! {
        enum __Here {}
        #crate_path::__private::inventory::submit! {
            #crate_path::__private::Registration::new::<__Here>(
                #crate_path::OperationKind::#kind,
                #name,
                &__REQUIREMENT,
                ::core::option_env!("CARGO_PKG_NAME"),
                ::core::option_env!("CARGO_TARGET_TMPDIR"),
                ::core::file!(),
                ::core::line!(),
            )#server #caller #reading #described
        }
    })
}

/// The arguments that the guard reads, with their expressions, if it reads any.
fn reading(operation: &Operation) -> Option<TokenStream> {
    let crate_path = &operation.crate_path;
    let arguments = operation.arguments.iter().map(|argument| {
        let (name, in_request) = (&argument.name, argument.in_request);
        let given = argument.given.as_ref().map_or_else(
            || quote!(::core::option::Option::None),
            |expression| quote!(::core::option::Option::Some(#expression)),
        );
        quote!(#crate_path::__private::reading(#name, #given, #in_request))
    });
    let arguments: Vec<_> = arguments.collect();
    (!arguments.is_empty()).then(|| quote!(.reading(&[#(#arguments),*])))
}
