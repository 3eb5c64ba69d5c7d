use scopes_core::{AuthorizeError, requires_scopes};

use futures::executor::block_on;
use futures::future::{BoxFuture, LocalBoxFuture};
use std::future::Future;
use std::pin::Pin;

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

struct Journal(String);

impl Journal {
    #[requires_scopes("entries:read")]
    fn boxed(&self, prefix: String) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + '_>> {
        let length = prefix.len();
        Box::pin(async move { Ok(self.0.len() + length) })
    }

    #[requires_scopes("entries:read")]
    fn early<'a>(&'a self, text: &'a str) -> Pin<Box<dyn Future<Output = Result<u8, Error>> + Send + 'a>> {
        if text.is_empty() {
            return Box::pin(async { Ok(0) });
        }
        Box::pin(async move {
            let number: u8 = text.parse()?;
            Ok(number + self.0.len() as u8)
        })
    }

    #[requires_scopes("entries:read")]
    fn alias(&self) -> BoxFuture<'_, Result<usize, AuthorizeError>> {
        Box::pin(async move { Ok(self.0.len()) })
    }

    #[requires_scopes("entries:read")]
    fn local(&self) -> LocalBoxFuture<'_, Result<usize, AuthorizeError>> {
        Box::pin(async move { Ok(self.0.len()) })
    }

    #[requires_scopes("entries:read")]
    fn opaque(&self, text: String) -> impl Future<Output = Result<usize, Error>> + Send {
        let length = text.len();
        async move {
            let number: usize = text.parse()?;
            Ok(self.0.len() + number + length)
        }
    }
}

#[derive(Debug, PartialEq)]
enum Error {
    Refused(AuthorizeError),
    Number(std::num::ParseIntError),
}

impl From<AuthorizeError> for Error {
    fn from(refusal: AuthorizeError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<std::num::ParseIntError> for Error {
    fn from(error: std::num::ParseIntError) -> Self {
        Self::Number(error)
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

fn main() {
    let journal = Journal("abc".to_owned());
    assert!(block_on(journal.boxed("x".to_owned())).is_err());
    assert_eq!(block_on(reader().run(assert_send(journal.boxed("x".to_owned())))), Ok(4));
    assert_eq!(block_on(reader().run(journal.early("4"))), Ok(7));
    assert_eq!(block_on(reader().run(journal.early(""))), Ok(0));
    assert_eq!(block_on(reader().run(assert_send(journal.alias()))), Ok(3));
    assert_eq!(block_on(reader().run(journal.local())), Ok(3));
    assert_eq!(block_on(reader().run(assert_send(journal.opaque("2".to_owned())))), Ok(6));
    assert!(matches!(block_on(journal.opaque("2".to_owned())), Err(Error::Refused(_))));
}
