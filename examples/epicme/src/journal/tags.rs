//! Tags: what entries have in common.

use rmcp::schemars::{self, JsonSchema};
use rusqlite::{OptionalExtension, Row, named_params};
use serde::{Deserialize, Serialize};

use super::{Entry, OwnJournal, UseJournalError, text};

/// A tag that does not exist yet.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagDraft {
    /// The name, up to 50 characters; no other tag has it.
    pub name: String,
    /// The meaning of the tag.
    pub description: Option<String>,
}

/// A change of a tag. What is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagChange {
    /// The tag's number.
    pub id: i64,
    /// The new name.
    pub name: Option<String>,
    /// The new description; an empty text removes it.
    pub description: Option<String>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tag {
    /// The tag's number.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The meaning of the tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was made, in UTC.
    pub created_at: String,
    /// When it was last changed, in UTC.
    pub updated_at: String,
}

/// A tag of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TagName {
    /// The tag's number.
    pub id: i64,
    /// The name.
    pub name: String,
}

const LONGEST_NAME: usize = 50;
const LONGEST_DESCRIPTION: usize = 500;

impl OwnJournal<'_> {
    /// Makes a tag.
    ///
    /// # Errors
    ///
    /// If there is one of this name, or a text cannot be.
    pub fn create_tag(&self, draft: &TagDraft) -> Result<Tag, UseJournalError> {
        let name = text::required("name", &draft.name, LONGEST_NAME)?;
        self.is_free(name, None)?;
        let description = draft.description.as_deref();
        self.transaction
            .prepare_cached(
                "INSERT INTO tags (user_id, name, description) VALUES (:user, :name, :description)",
            )?
            .execute(named_params! {
                ":user": self.user.id,
                ":name": name,
                ":description": text::optional("description", description, LONGEST_DESCRIPTION)?,
            })?;
        self.tag(self.transaction.last_insert_rowid())
    }

    /// The tag.
    ///
    /// # Errors
    ///
    /// If the user has no such tag.
    pub fn tag(&self, id: i64) -> Result<Tag, UseJournalError> {
        let tag = self
            .transaction
            .prepare_cached(
                "SELECT id, name, description, created_at, updated_at FROM tags
                 WHERE id = :id AND user_id = :user",
            )?
            .query_row(
                named_params! { ":id": id, ":user": self.user.id },
                Tag::of_row,
            )
            .optional()?;
        tag.ok_or(UseJournalError::no_tag(id))
    }

    /// All tags, by name.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub fn tags(&self) -> Result<Vec<Tag>, UseJournalError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, name, description, created_at, updated_at FROM tags
             WHERE user_id = :user ORDER BY name",
        )?;
        let rows = statement.query_map(named_params! { ":user": self.user.id }, Tag::of_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Changes a tag.
    ///
    /// # Errors
    ///
    /// If the user has no such tag, or another of the new name, or a text cannot be.
    pub fn update_tag(&self, change: &TagChange) -> Result<Tag, UseJournalError> {
        let old = self.tag(change.id)?;
        let name = change.name.as_deref().unwrap_or(&old.name);
        let name = text::required("name", name, LONGEST_NAME)?;
        self.is_free(name, Some(change.id))?;
        let description = change.description.as_deref().or(old.description.as_deref());
        self.transaction
            .prepare_cached(
                "UPDATE tags SET name = :name, description = :description,
                    updated_at = strftime('%Y-%m-%dT%H:%M:%SZ')
                 WHERE id = :id AND user_id = :user",
            )?
            .execute(named_params! {
                ":id": change.id,
                ":user": self.user.id,
                ":name": name,
                ":description": text::optional("description", description, LONGEST_DESCRIPTION)?,
            })?;
        self.tag(change.id)
    }

    /// Deletes a tag for good, and takes it off every entry.
    ///
    /// # Errors
    ///
    /// If the user has no such tag.
    pub fn delete_tag(&self, id: i64) -> Result<(), UseJournalError> {
        let deleted = self.transaction.execute(
            "DELETE FROM tags WHERE id = :id AND user_id = :user",
            named_params! { ":id": id, ":user": self.user.id },
        )?;
        match deleted {
            0 => Err(UseJournalError::no_tag(id)),
            _ => Ok(()),
        }
    }

    /// Puts a tag on an entry, if it is not there already.
    ///
    /// # Errors
    ///
    /// If the user does not have both.
    pub fn add_tag_to_entry(&self, entry: i64, tag: i64) -> Result<Entry, UseJournalError> {
        self.entry(entry)?;
        self.tag(tag)?;
        self.transaction.execute(
            "INSERT INTO entry_tags (user_id, entry_id, tag_id) VALUES (:user, :entry, :tag)
             ON CONFLICT DO NOTHING",
            named_params! { ":user": self.user.id, ":entry": entry, ":tag": tag },
        )?;
        self.entry(entry)
    }

    pub(super) fn tags_of_entry(&self, entry: i64) -> Result<Vec<TagName>, UseJournalError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT tags.id, tags.name FROM tags
             JOIN entry_tags ON entry_tags.tag_id = tags.id
             WHERE entry_tags.entry_id = :entry AND tags.user_id = :user ORDER BY tags.name",
        )?;
        let rows = statement.query_map(
            named_params! { ":entry": entry, ":user": self.user.id },
            |row| {
                Ok(TagName {
                    id: row.get(0)?,
                    name: row.get(1)?,
                })
            },
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Checks that no tag other than `except` has this name.
    fn is_free(&self, name: &str, except: Option<i64>) -> Result<(), UseJournalError> {
        let taken: bool = self
            .transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM tags
                 WHERE user_id = :user AND name = :name AND id IS NOT :except)",
            )?
            .query_row(
                named_params! { ":user": self.user.id, ":name": name, ":except": except },
                |row| row.get(0),
            )?;
        if taken {
            let problem = format!("is {name:?}, which another tag is called already");
            return Err(UseJournalError::invalid("name", problem));
        }
        Ok(())
    }
}

impl Tag {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            description: row.get(2)?,
            created_at: row.get(3)?,
            updated_at: row.get(4)?,
        })
    }
}
