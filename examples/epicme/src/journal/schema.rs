//! The tables.

use std::thread;
use std::time::Duration;

use rusqlite::{Connection, Error, ErrorCode, Transaction, TransactionBehavior, ffi};

/// Counts up with every change of the tables, so that no version works on what another has made.
const VERSION: i64 = 2;

/// 5 seconds in all.
const ATTEMPTS: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

// Numbers are never given out again: who remembers that of a deleted entry finds nothing.
const TABLES: &str = "
    CREATE TABLE users (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
        UNIQUE (issuer, subject)
    ) STRICT;
    -- Numbered for each user: the scope of a notebook is one of a user's token.
    CREATE TABLE notebooks (
        user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
        id INTEGER NOT NULL,
        title TEXT NOT NULL,
        created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
        PRIMARY KEY (user_id, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id INTEGER NOT NULL,
        notebook_id INTEGER NOT NULL,
        title TEXT NOT NULL,
        content TEXT NOT NULL,
        mood TEXT,
        location TEXT,
        weather TEXT,
        created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
        updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
        FOREIGN KEY (user_id, notebook_id) REFERENCES notebooks (user_id, id) ON DELETE CASCADE,
        UNIQUE (user_id, id)
    ) STRICT;
    CREATE TABLE tags (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
        name TEXT NOT NULL COLLATE NOCASE,
        description TEXT,
        created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
        updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
        UNIQUE (user_id, name),
        UNIQUE (user_id, id)
    ) STRICT;
    -- Entry and tag are of one user, or the row cannot be.
    CREATE TABLE entry_tags (
        user_id INTEGER NOT NULL,
        entry_id INTEGER NOT NULL,
        tag_id INTEGER NOT NULL,
        PRIMARY KEY (entry_id, tag_id),
        FOREIGN KEY (user_id, entry_id) REFERENCES entries (user_id, id) ON DELETE CASCADE,
        FOREIGN KEY (user_id, tag_id) REFERENCES tags (user_id, id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entry_tags_of_tag ON entry_tags (user_id, tag_id);
    PRAGMA user_version = 2;
";

/// Makes the tables in an empty database.
pub(super) fn prepare(connection: &Connection) -> Result<(), Error> {
    connection.pragma_update(None, "foreign_keys", true)?;
    write_ahead(connection)?;
    // Another instance may be making them: the look and the tables are one transaction.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (version, tables) {
        (VERSION, _) => {}
        (0, 0) => connection.execute_batch(TABLES)?,
        _ => {
            let code = ffi::Error {
                code: ErrorCode::NotADatabase,
                extended_code: ffi::SQLITE_NOTADB,
            };
            let message = "it has the tables of another program or version";
            return Err(Error::SqliteFailure(code, Some(message.to_owned())));
        }
    }
    transaction.commit()
}

/// Has SQLite keep a write-ahead log. SQLite waits for no other connection that does the same.
fn write_ahead(connection: &Connection) -> Result<(), Error> {
    let mut attempts = 0;
    loop {
        let done = connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()));
        match done {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && attempts < ATTEMPTS =>
            {
                attempts += 1;
                thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}
