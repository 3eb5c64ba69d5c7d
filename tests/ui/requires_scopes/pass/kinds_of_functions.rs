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

struct Journal(u8);

impl Journal {
    #[requires_scopes("entries:read")]
    fn method(&self) -> Result<u8, AuthorizeError> {
        Ok(self.0)
    }

    #[requires_scopes("entries:read")]
    fn by_value(self) -> Result<u8, AuthorizeError> {
        Ok(self.0)
    }

    #[requires_scopes("entries:read")]
    fn mutable(&mut self, more: u8) -> Result<&mut u8, AuthorizeError> {
        self.0 += more;
        Ok(&mut self.0)
    }

    #[requires_scopes("entries:read")]
    pub(crate) fn associated() -> Result<Self, AuthorizeError> {
        Ok(Self(7))
    }

    #[requires_scopes("entries:read")]
    async fn later(&self) -> Result<u8, AuthorizeError> {
        std::future::ready(Ok(self.0)).await
    }
}

trait Entries {
    fn count(&self) -> Result<u8, AuthorizeError>;

    /// What it calls is guarded.
    fn double(&self) -> Result<u8, AuthorizeError> {
        Ok(self.count()? * 2)
    }

    /// Open to everybody, whoever overrides it.
    #[requires_scopes(public)]
    fn one(&self) -> u8 {
        1
    }
}

impl Entries for Journal {
    #[requires_scopes("entries:read")]
    fn count(&self) -> Result<u8, AuthorizeError> {
        Ok(self.0)
    }
}

#[requires_scopes("entries:read")]
#[allow(improper_ctypes_definitions)]
extern "C" fn foreign() -> Result<u8, AuthorizeError> {
    Ok(7)
}

#[requires_scopes("entries:read", unlisted)]
fn unlisted() -> Result<u8, AuthorizeError> {
    Ok(7)
}

#[requires_scopes("entries:read")]
fn r#type() -> Result<u8, AuthorizeError> {
    Ok(7)
}

fn main() {
    let mut journal = Journal(7);
    assert!(journal.method().is_err());
    assert!(journal.double().is_err());
    assert_eq!(journal.one(), 1);
    assert!(unlisted().is_err());
    assert!(foreign().is_err() && r#type().is_err());
    assert_eq!(futures::executor::block_on(reader().run(journal.later())), Ok(7));
    reader().enter(|| {
        assert_eq!(journal.method(), Ok(7));
        assert_eq!(journal.mutable(1), Ok(&mut 8));
        assert_eq!(journal.double(), Ok(16));
        assert_eq!(journal.by_value(), Ok(8));
        assert_eq!(Journal::associated().map(|journal| journal.0), Ok(7));
        assert_eq!(foreign(), Ok(7));
        assert_eq!(r#type(), Ok(7));
    });
}
