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

#[requires_scopes("entries:read")]
fn text() -> Result<(), String> {
    Ok(())
}

#[requires_scopes("entries:read")]
fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
    Ok(())
}

enum Error {
    Refused(AuthorizeError),
}

impl From<AuthorizeError> for Error {
    fn from(refusal: AuthorizeError) -> Self {
        Self::Refused(refusal)
    }
}

type Answer<T> = Result<T, Error>;

#[requires_scopes("entries:read")]
fn alias() -> Answer<()> {
    Ok(())
}

fn main() {
    assert!(text().is_err_and(|text| text == "An access token is required."));
    assert!(boxed().is_err());
    assert!(matches!(alias(), Err(Error::Refused(AuthorizeError::MissingToken))));
}
