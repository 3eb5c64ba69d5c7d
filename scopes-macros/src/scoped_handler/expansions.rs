//! Snapshots of what the attribute writes, as a reviewer reads it.

use quote::quote;

fn show(expansion: proc_macro2::TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(expansion).expect("the expansion is Rust"))
}

#[test]
fn every_form_of_a_method() {
    let expansion = super::expand(
        &quote!(
            server = "journal",
            hide_unpermitted = self.hide,
            describe_requirements = true
        ),
        quote! {
            impl ServerHandler for Journal {
                fn get_info(&self) -> ServerConfig {
                    config()
                }
                async fn call_tool(
                    &self,
                    request: CallToolRequestParams,
                    context: RequestContext<RoleServer>,
                ) -> Result<CallToolResponse, ErrorData> {
                    self.router.call(request, context).await
                }
                fn list_tools(
                    &self,
                    _: Option<PaginatedRequestParams>,
                    _: RequestContext<RoleServer>,
                ) -> impl Future<Output = Result<ListToolsResult, ErrorData>> + Send + '_ {
                    std::future::ready(Ok(self.tools()))
                }
                async fn on_initialized(&self, NotificationContext { peer, .. }: NotificationContext<RoleServer>) {
                    greet(peer).await;
                }
            }
        },
    );
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(show(expansion));
    });
}

#[test]
fn subscriptions_that_are_accepted_are_guarded() {
    let expansion = super::expand(
        &quote!(),
        quote! {
            impl ServerHandler for Journal {
                fn accepted_subscription_filter(
                    &self,
                    requested: &SubscriptionFilter,
                ) -> Option<SubscriptionFilter> {
                    Some(requested.clone())
                }
            }
        },
    );
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(show(expansion));
    });
}

#[test]
fn attributes_that_write_methods_go_first() {
    let expansion = super::expand(
        &quote!(server = "journal"),
        quote! {
            #[rmcp::tool_handler]
            #[prompt_handler]
            impl ServerHandler for Journal {}
        },
    );
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(show(expansion));
    });
}

#[test]
fn a_mistake_leaves_the_handler_as_it_was() {
    let expansion = super::expand(
        &quote!(sever = "journal", server = ""),
        quote! {
            impl Journal {}
        },
    );
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(show(expansion));
    });
}
