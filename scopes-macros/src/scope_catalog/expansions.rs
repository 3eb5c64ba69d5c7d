//! Snapshots of what the derive writes, as a reviewer reads it.

use quote::quote;

macro_rules! assert_expansion {
    ($($input:tt)*) => {
        let file = syn::parse2(super::derive(quote!($($input)*))).expect("the expansion is Rust");
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(prettyplease::unparse(&file));
        });
    };
}

#[test]
fn catalog_with_implications() {
    assert_expansion! {
        /// The scopes that a client may ask an EpicMe user for.
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
    }
}

#[test]
fn catalog_with_placeholders() {
    assert_expansion! {
        pub(crate) enum Scope {
            #[scope("projects:write", implies(ProjectWrite))]
            ProjectsWrite,
            /// Change this project.
            #[scope("projects:{projectId}:write", requestable)]
            ProjectWrite,
            #[scope("repos/{owner.login}/{type}")]
            HTTPRepo2Read,
        }
    }
}

#[test]
fn catalog_with_mistakes() {
    assert_expansion! {
        enum Scope {
            #[scope("{project}:write", requestable, implies(Tenant))]
            Project,
            #[scope("tenants:{tenant}", baseline)]
            Tenant,
            #[scope("tenants:{name}")]
            SameShape,
            #[scope("tenants:all", requestable)]
            Plain,
            #[scope("all:{some-thing}:{some_thing}")]
            OneParameter,
        }
    }
}
