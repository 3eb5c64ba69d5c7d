use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
}

trait Entries {
    fn count(&self) -> usize;

    #[requires_scopes("entries:read")]
    fn purge(&self) -> Result<usize, AuthorizeError> {
        Ok(self.count())
    }

    #[requires_scopes("entries:read")]
    async fn later(&mut self) -> Result<usize, AuthorizeError> {
        Ok(self.count())
    }
}

fn main() {}
