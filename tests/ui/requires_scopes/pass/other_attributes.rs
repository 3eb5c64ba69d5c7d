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

use futures::executor::block_on;
use tracing::instrument;

#[requires_scopes("entries:read")]
#[instrument]
async fn above_instrument(_id: u8) -> Result<u8, AuthorizeError> {
    Ok(1)
}

#[instrument]
#[requires_scopes("entries:read")]
async fn below_instrument(_id: u8) -> Result<u8, AuthorizeError> {
    Ok(1)
}

#[requires_scopes("entries:read")]
#[must_use]
#[inline]
/// Docs in between.
#[cfg(all())]
fn among_others() -> Result<u8, AuthorizeError> {
    Ok(1)
}

#[async_trait::async_trait]
trait Entries {
    async fn count(&self, of: &str) -> Result<usize, AuthorizeError>;

    async fn double(&self, of: &str) -> Result<usize, AuthorizeError>
    where
        Self: Sync,
    {
        Ok(self.count(of).await? * 2)
    }
}

struct Journal;

#[async_trait::async_trait]
impl Entries for Journal {
    #[requires_scopes("entries:read")]
    async fn count(&self, of: &str) -> Result<usize, AuthorizeError> {
        if of.is_empty() {
            return Ok(0);
        }
        Ok(of.len())
    }
}

fn main() {
    assert!(block_on(above_instrument(1)).is_err());
    assert!(block_on(below_instrument(1)).is_err());
    assert!(among_others().is_err());
    assert!(block_on(Journal.count("abc")).is_err());
    assert_eq!(block_on(reader().run(above_instrument(1))), Ok(1));
    assert_eq!(block_on(reader().run(below_instrument(1))), Ok(1));
    // Polled in the context, made outside of it.
    assert_eq!(block_on(reader().run(Journal.count("abc"))), Ok(3));
    assert_eq!(block_on(reader().run(Journal.double("abc"))), Ok(6));
}
