use scopes_core::{AuthorizeError, requires_scopes};

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("tags:read")]
    TagsRead,
}

fn reader() -> scopes_core::Caller {
    scopes_core::testing::caller("ada", "entries:read").unwrap()
}

mod journal {
    pub use super::Scope as Words;
}

#[requires_scopes(all(any("entries:read", all("entries:write", any("tags:read",),),), Scope::EntriesRead,),)]
fn deep() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes(any(journal::Words::EntriesRead, journal::Words::TagsRead))]
fn by_variants() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", catalog = journal::Words, tool = "count", server = "journal")]
fn relative_catalog() -> Result<(), AuthorizeError> {
    Ok(())
}

macro_rules! guarded {
    ($name:ident, $scope:literal, $answer:ty, $body:expr) => {
        #[requires_scopes(any($scope, "tags:read"))]
        fn $name() -> $answer {
            $body
        }
    };
}

guarded!(by_macro, "entries:read", Result<u8, AuthorizeError>, Ok(7));

fn main() {
    assert!(deep().is_err() && by_variants().is_err() && relative_catalog().is_err() && by_macro().is_err());
    reader().enter(|| assert!(deep().is_ok() && by_variants().is_ok() && relative_catalog().is_ok()));
    assert_eq!(reader().enter(by_macro), Ok(7));
}
