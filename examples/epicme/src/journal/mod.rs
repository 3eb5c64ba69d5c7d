//! The notebooks, entries and tags of users, in SQLite.
//!
//! All access goes through [`OwnJournal`], which is bound to its user, so that no operation can
//! forget the check.

mod entries;
mod error;
mod identity;
mod notebooks;
mod schema;
mod tags;
mod text;

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use entries::{Entry, EntryChange, EntryDraft, EntryPage, EntryQuery, EntrySummary};
pub use error::{OpenJournalError, UseJournalError};
pub use identity::{Identity, User};
pub use notebooks::{DEFAULT_NOTEBOOK, Notebook, NotebookDraft};
pub use tags::{Tag, TagChange, TagDraft, TagName};

/// The journals of all users. Clones are the same.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Mutex<Connection>>);

/// One user's journal: nothing of anybody else's is in it.
#[derive(Debug)]
pub struct OwnJournal<'a> {
    transaction: &'a Transaction<'a>,
    user: User,
}

impl Journal {
    /// The time to wait for another process to unlock the database.
    const BUSY: Duration = Duration::from_secs(5);

    /// Keeps everything in `file`, or in memory. A new file is for its owner alone to read.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or is no database of ours.
    pub fn open(file: Option<&Path>) -> Result<Self, OpenJournalError> {
        let open = || {
            let connection = match file {
                Some(file) => open_file(file)?,
                None => Connection::open_in_memory()?,
            };
            connection.busy_timeout(Self::BUSY)?;
            schema::prepare(&connection)?;
            Ok(connection)
        };
        open()
            .map(|connection| Self(Arc::new(Mutex::new(connection))))
            .map_err(|error| OpenJournalError::new(file, error))
    }

    /// Does `work` in the journal of `identity`, all of it or nothing. A user is made of who comes
    /// for the first time.
    ///
    /// Waits for the database; asynchronous code wants a thread for that.
    ///
    /// # Errors
    ///
    /// Those of `work`, or of the database.
    pub fn of_user<T>(
        &self,
        identity: &Identity,
        work: impl FnOnce(&OwnJournal<'_>) -> Result<T, UseJournalError>,
    ) -> Result<T, UseJournalError> {
        // A panic in the middle of a transaction has rolled it back.
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let user = User::of_identity(&transaction, identity)?;
        let own = OwnJournal {
            transaction: &transaction,
            user,
        };
        let result = work(&own)?;
        transaction.commit()?;
        Ok(result)
    }
}

impl OwnJournal<'_> {
    /// Returns the user that the journal belongs to.
    #[must_use]
    pub const fn user(&self) -> &User {
        &self.user
    }
}

fn open_file(file: &Path) -> Result<Connection, rusqlite::Error> {
    // Never `:memory:` nor a URI.
    let file = Path::new(".").join(file);
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    // SQLite gives the files beside it the same mode.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    // It may be there already; if it cannot be, SQLite says so.
    let _ = new.open(&file);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(file, flags)
}
