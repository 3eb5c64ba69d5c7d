//! Snapshots of what the attribute writes, as a reviewer reads it.

use quote::quote;

macro_rules! assert_expansion {
    ($arguments:expr, $item:expr $(,)?) => {
        let file = syn::parse2(super::expand($arguments, $item)).expect("the expansion is Rust");
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(prettyplease::unparse(&file));
        });
    };
}

#[test]
fn nested_requirement_on_an_async_function() {
    assert_expansion!(
        quote!(
            all("entries:write", any("tags:read", Scope::TagsWrite)),
            catalog = Scope
        ),
        quote! {
            /// Puts a tag on an entry.
            pub(crate) async fn add_tag<T>(entry: T, tag: u64) -> Result<(), Error> where T: Into<u64> {
                store(entry.into(), tag).await
            }
        },
    );
}

#[test]
fn every_option() {
    assert_expansion!(
        quote!(
            "entries:read",
            tool = "read",
            server = "journal",
            from = context.caller(),
            catalog = journal::Scope,
            crate = journal::scopes,
        ),
        quote!(
            fn read(context: &Context) -> Result<String, String> {
                context.read()
            }
        ),
    );
}

#[test]
fn boxed_future() {
    assert_expansion!(
        quote!(authenticated),
        quote! {
            fn read(&self) -> Pin<Box<dyn Future<Output = Result<u8, Error>> + Send + '_>> {
                Box::pin(async move { Ok(self.0) })
            }
        },
    );
}

#[test]
fn opaque_future() {
    assert_expansion!(
        quote!("a"),
        quote!(
            fn read(&self) -> impl Future<Output = Result<u8, Error>> {
                async { Ok(self.0) }
            }
        ),
    );
}

#[test]
fn public_tool_keeps_its_name_on_the_wire() {
    assert_expansion!(
        quote!(public),
        quote! {
            #[tool(name = "health", description = "Is the server up?")]
            fn healthcheck(&self) -> String { "yes".to_owned() }
        },
    );
}

#[test]
fn unlisted_method() {
    assert_expansion!(
        quote!("a", unlisted),
        quote!(
            fn read(&self) -> Result<u8, Error> {
                Ok(self.0)
            }
        ),
    );
}

#[test]
fn a_mistake_leaves_the_function_as_it_was() {
    assert_expansion!(
        quote!(any(), tol = "x", "a b"),
        quote!(
            fn read() -> Result<(), Error> {
                Ok(())
            }
        ),
    );
}
