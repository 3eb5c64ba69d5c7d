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

struct Journal<T>(T);

impl<T> Journal<T>
where
    T: Clone,
{
    #[requires_scopes(any("entries:read", "tags:read"))]
    fn map<U, const N: usize>(&self, change: impl Fn(T) -> U) -> Result<[U; N], AuthorizeError>
    where
        U: Copy + From<T>,
    {
        Ok([change(self.0.clone()); N])
    }

    #[requires_scopes("entries:read")]
    async fn later<'a, U: AsRef<str> + ?Sized>(&'a self, text: &'a U) -> Result<(&'a T, &'a str), AuthorizeError> {
        Ok((&self.0, text.as_ref()))
    }
}

fn main() {
    let journal = Journal(7_u8);
    assert!(journal.map::<u16, 2>(u16::from).is_err());
    reader().enter(|| assert_eq!(journal.map::<u16, 2>(u16::from), Ok([7, 7])));
    let later = reader().run(journal.later("x"));
    assert_eq!(futures::executor::block_on(later), Ok((&7, "x")));
}
