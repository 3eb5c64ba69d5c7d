//! Snapshots of the attribute's expansion, formatted for reviewers.

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

#[test]
fn placeholder_that_a_pattern_binds() {
    assert_expansion!(
        quote!("projects:{project}:write"),
        quote! {
            #[tool]
            async fn deploy(
                &self,
                Parameters(Deploy { project, .. }): Parameters<Deploy>,
            ) -> Result<String, ErrorData> {
                self.deploy(project).await
            }
        },
    );
}

#[test]
fn arguments_from_expressions() {
    assert_expansion!(
        quote!(
            all(
                "tenants:{tenant}:read",
                "projects:{project.id}/{project-part}:read"
            ),
            args(
                tenant = self.tenant(|t| t.first()?),
                "project-part" = if a || b { &&c } else { d }
            ),
            from = context
        ),
        quote!(
            fn read(
                &self,
                context: &Context,
                project: Project,
            ) -> impl Future<Output = Result<u8, Error>> {
                async { Ok(project.read()) }
            }
        ),
    );
}

#[test]
fn arms_that_an_argument_chooses() {
    assert_expansion!(
        quote!(any(
            "admin",
            match(
                action,
                "list" | "get" => Scope::DevicesRead,
                "restart" => all("devices:write", match(force, "true" => "devices:admin")),
                _ => "devices:{device}:write",
            )
        )),
        quote!(
            fn device(action: Action, device: u64, force: bool) -> Result<u8, Error> {
                Ok(1)
            }
        ),
    );
}

#[test]
fn mistakes_in_arguments() {
    assert_expansion!(
        quote!(
            any(
                "projects:{projectId}:read",
                match("list" => "a"),
                match(action, _ => "a", "list" | "list" => public, list => "c", "get"),
                match(other),
                match(third, _ => "b"),
                match action { _ => "a" },
            ),
            args(project = self.id?, other = "1", fourth = (|| loop { break })().await),
            resource = "a:{other}/{action}",
        ),
        quote!(
            fn read(project_id: u8) -> Result<(), Error> {
                Ok(())
            }
        ),
    );
}
