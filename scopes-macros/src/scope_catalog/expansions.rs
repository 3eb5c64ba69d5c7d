//! A snapshot of what the derive writes, as a reviewer reads it.

use quote::quote;

#[test]
fn catalog_with_implications() {
    let expansion = super::derive(quote! {
        /// What a client may ask an EpicMe user for.
        #[derive(ScopeCatalog)]
        pub enum Scope {
            /// See who you are.
            #[scope("user:read", baseline)]
            UserRead,
            /// Read your journal
            /// entries.
            ///
            /// Not shown to anybody.
            #[scope("entries:read")]
            EntriesRead,
            #[scope("entries:write", implies(EntriesRead))]
            EntriesWrite,
            #[scope("admin", hidden, implies(EntriesWrite, UserRead))]
            Admin,
        }
    });
    let file = syn::parse2(expansion).expect("the expansion is Rust");
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(prettyplease::unparse(&file));
    });
}
