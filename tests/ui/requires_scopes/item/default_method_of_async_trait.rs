use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
}

#[async_trait::async_trait]
trait Entries: Sync {
    fn count(&self) -> usize;

    #[requires_scopes("entries:read")]
    async fn purge(&self) -> Result<usize, AuthorizeError> {
        Ok(self.count())
    }
}

fn main() {}
