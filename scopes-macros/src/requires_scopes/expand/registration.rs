//! Link time: the operation is entered in the registry.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;
use syn::ext::IdentExt;

use super::super::check::Operation;
use super::super::item::{Function, HandlerKind};

pub(super) fn registration(operation: &Operation, function: &Function) -> TokenStream {
    let crate_path = &operation.crate_path;
    let kind = match operation.kind {
        None => quote!(Function),
        Some(HandlerKind::Tool) => quote!(Tool),
        Some(HandlerKind::Prompt) => quote!(Prompt),
        Some(HandlerKind::Resource) => quote!(Resource),
    };
    let own_name = || {
        LitStr::new(
            &function.ident().unraw().to_string(),
            function.ident().span(),
        )
    };
    let name = operation.name.clone().unwrap_or_else(own_name);
    let server = operation
        .server
        .as_ref()
        .map_or_else(|| quote!(""), |server| quote!(#server));
    let asks_context = operation.requirement.is_guarded() && operation.from.is_none();
    let caller = asks_context.then(|| quote!(.asking_context()));
    quote! {
        #crate_path::private::inventory::submit! {
            #crate_path::private::operation(
                #crate_path::OperationKind::#kind,
                #name,
                &__REQUIREMENT,
                #server,
                ::core::module_path!(),
                ::core::file!(),
                ::core::line!(),
            )#caller
        }
    }
}
