//! Notebooks: each entry is in one.

use rmcp::schemars::{self, JsonSchema};
use rusqlite::{OptionalExtension, Row, named_params};
use serde::{Deserialize, Serialize};

use super::{Entry, OwnJournal, UseJournalError, text};

/// The number of the notebook that every user has from the start.
pub const DEFAULT_NOTEBOOK: i64 = 1;

/// A notebook that does not exist yet.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotebookDraft {
    /// The title, up to 100 characters.
    pub title: String,
}

/// A notebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Notebook {
    /// The number of the notebook. Every user's notebooks are numbered from 1.
    pub id: i64,
    /// The title.
    pub title: String,
    /// When it was created, in UTC.
    pub created_at: String,
}

const LONGEST_TITLE: usize = 100;

impl OwnJournal<'_> {
    /// Creates a notebook.
    ///
    /// # Errors
    ///
    /// If the title is empty or too long.
    pub fn create_notebook(&self, draft: &NotebookDraft) -> Result<Notebook, UseJournalError> {
        let id = self
            .transaction
            .prepare_cached(
                "INSERT INTO notebooks (user_id, id, title)
                 SELECT :user, coalesce(max(id), 0) + 1, :title FROM notebooks
                 WHERE user_id = :user RETURNING id",
            )?
            .query_row(
                named_params! {
                    ":user": self.user.id,
                    ":title": text::required("title", &draft.title, LONGEST_TITLE)?,
                },
                |row| row.get(0),
            )?;
        self.notebook(id)
    }

    /// Returns the notebook.
    ///
    /// # Errors
    ///
    /// If the user has no such notebook.
    pub fn notebook(&self, id: i64) -> Result<Notebook, UseJournalError> {
        let notebook = self
            .transaction
            .prepare_cached(
                "SELECT id, title, created_at FROM notebooks
                 WHERE id = :id AND user_id = :user",
            )?
            .query_row(
                named_params! { ":id": id, ":user": self.user.id },
                Notebook::of_row,
            )
            .optional()?;
        notebook.ok_or(UseJournalError::no_notebook(id))
    }

    /// Returns all notebooks, by number.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub fn notebooks(&self) -> Result<Vec<Notebook>, UseJournalError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, title, created_at FROM notebooks WHERE user_id = :user ORDER BY id",
        )?;
        let rows =
            statement.query_map(named_params! { ":user": self.user.id }, Notebook::of_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Renames a notebook.
    ///
    /// # Errors
    ///
    /// If the user has no such notebook, or the title is empty or too long.
    pub fn rename_notebook(&self, id: i64, title: &str) -> Result<Notebook, UseJournalError> {
        self.transaction.execute(
            "UPDATE notebooks SET title = :title WHERE id = :id AND user_id = :user",
            named_params! {
                ":title": text::required("title", title, LONGEST_TITLE)?,
                ":id": id,
                ":user": self.user.id,
            },
        )?;
        self.notebook(id)
    }

    /// Returns the entry, if it is in that notebook: a scope of one notebook opens no entry of
    /// another.
    ///
    /// # Errors
    ///
    /// If the user has no such entry, or it is in another notebook.
    pub fn entry_in(&self, notebook: i64, id: i64) -> Result<Entry, UseJournalError> {
        let entry = self.entry(id)?;
        if entry.notebook_id != notebook {
            return Err(UseJournalError::no_entry(id));
        }
        Ok(entry)
    }
}

impl Notebook {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            title: row.get(1)?,
            created_at: row.get(2)?,
        })
    }
}
