//! Entries: what happened, and what it was like.

use rmcp::schemars::{self, JsonSchema};
use rusqlite::{OptionalExtension, Row, named_params};
use serde::{Deserialize, Serialize};

use super::{OwnJournal, TagName, UseJournalError, text};

/// An entry that is not written yet.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryDraft {
    /// The title, up to 200 characters.
    pub title: String,
    /// The text, up to 100000 characters.
    pub content: String,
    /// The mood.
    pub mood: Option<String>,
    /// The place.
    pub location: Option<String>,
    /// The weather.
    pub weather: Option<String>,
}

/// A change of an entry. What is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryChange {
    /// The entry's number.
    pub id: i64,
    /// The new title.
    pub title: Option<String>,
    /// The new content.
    pub content: Option<String>,
    /// The new mood; an empty text removes it.
    pub mood: Option<String>,
    /// The new location; an empty text removes it.
    pub location: Option<String>,
    /// The new weather; an empty text removes it.
    pub weather: Option<String>,
}

/// A filter for entries, and the page to list.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryQuery {
    /// Only entries in this notebook.
    pub notebook_id: Option<i64>,
    /// Only entries with this tag.
    pub tag_id: Option<i64>,
    /// The maximum number of entries, from 1 to 100; 20 by default.
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    pub cursor: Option<i64>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// The entry's number.
    pub id: i64,
    /// The number of the notebook that it is in.
    pub notebook_id: i64,
    /// The title.
    pub title: String,
    /// The text.
    pub content: String,
    /// The mood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mood: Option<String>,
    /// The place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The weather.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weather: Option<String>,
    /// Its tags, by name.
    pub tags: Vec<TagName>,
    /// When it was written, in UTC.
    pub created_at: String,
    /// When it was last changed, in UTC.
    pub updated_at: String,
}

/// An entry in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EntrySummary {
    /// The entry's number.
    pub id: i64,
    /// The title.
    pub title: String,
    /// When it was written, in UTC.
    pub created_at: String,
}

/// One page of entries, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EntryPage {
    /// The entries.
    pub entries: Vec<EntrySummary>,
    /// The `cursor` for the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<i64>,
}

const LONGEST_TITLE: usize = 200;
const LONGEST_CONTENT: usize = 100_000;
const LONGEST_CIRCUMSTANCE: usize = 100;

impl OwnJournal<'_> {
    /// Writes an entry in that notebook.
    ///
    /// # Errors
    ///
    /// If the user has no such notebook, or a text is missing or too long.
    pub fn create_entry(
        &self,
        notebook: i64,
        draft: &EntryDraft,
    ) -> Result<Entry, UseJournalError> {
        self.notebook(notebook)?;
        let circumstance =
            |input, text: &Option<String>| circumstance(input, text.as_deref()).map(str_to_owned);
        let (mood, location, weather) = (
            circumstance("mood", &draft.mood)?,
            circumstance("location", &draft.location)?,
            circumstance("weather", &draft.weather)?,
        );
        self.transaction
            .prepare_cached(
                "INSERT INTO entries
                    (user_id, notebook_id, title, content, mood, location, weather)
                 VALUES (:user, :notebook, :title, :content, :mood, :location, :weather)",
            )?
            .execute(named_params! {
                ":user": self.user.id,
                ":notebook": notebook,
                ":title": text::required("title", &draft.title, LONGEST_TITLE)?,
                ":content": text::required("content", &draft.content, LONGEST_CONTENT)?,
                ":mood": mood,
                ":location": location,
                ":weather": weather,
            })?;
        self.entry(self.transaction.last_insert_rowid())
    }

    /// The entry, with its tags.
    ///
    /// # Errors
    ///
    /// If the user has no such entry.
    pub fn entry(&self, id: i64) -> Result<Entry, UseJournalError> {
        let entry = self
            .transaction
            .prepare_cached(
                "SELECT id, notebook_id, title, content, mood, location, weather, created_at,
                    updated_at
                 FROM entries WHERE id = :id AND user_id = :user",
            )?
            .query_row(
                named_params! { ":id": id, ":user": self.user.id },
                Entry::without_tags,
            )
            .optional()?;
        let entry = entry.ok_or(UseJournalError::no_entry(id))?;
        let tags = self.tags_of_entry(id)?;
        Ok(Entry { tags, ..entry })
    }

    /// One page of the entries.
    ///
    /// # Errors
    ///
    /// If the limit is invalid, or the user has no such notebook or tag.
    pub fn entries(&self, query: &EntryQuery) -> Result<EntryPage, UseJournalError> {
        let limit = query.limit.unwrap_or(20);
        if !(1..=100).contains(&limit) {
            let problem = format!("is {limit}; write a number from 1 to 100");
            return Err(UseJournalError::invalid("limit", problem));
        }
        if let Some(notebook) = query.notebook_id {
            self.notebook(notebook)?;
        }
        if let Some(tag) = query.tag_id {
            self.tag(tag)?;
        }
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, title, created_at FROM entries
             WHERE user_id = :user
               AND (:before IS NULL OR id < :before)
               AND (:notebook IS NULL OR notebook_id = :notebook)
               AND (:tag IS NULL OR id IN
                    (SELECT entry_id FROM entry_tags WHERE user_id = :user AND tag_id = :tag))
             ORDER BY id DESC LIMIT :limit + 1",
        )?;
        let rows = statement.query_map(
            named_params! {
                ":user": self.user.id,
                ":before": query.cursor,
                ":notebook": query.notebook_id,
                ":tag": query.tag_id,
                ":limit": limit,
            },
            EntrySummary::of_row,
        )?;
        let mut entries = rows.collect::<Result<Vec<_>, _>>()?;
        let length = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = entries.len() > length;
        entries.truncate(length);
        let last = entries.last().map(|entry| entry.id);
        Ok(EntryPage {
            entries,
            next_cursor: last.filter(|_| has_more),
        })
    }

    /// Changes an entry.
    ///
    /// # Errors
    ///
    /// If the user has no such entry, or a text cannot be.
    pub fn update_entry(&self, change: &EntryChange) -> Result<Entry, UseJournalError> {
        let old = self.entry(change.id)?;
        let title = change.title.as_deref().unwrap_or(&old.title);
        let content = change.content.as_deref().unwrap_or(&old.content);
        let new = |input, change: &Option<String>, old| match change {
            Some(text) => circumstance(input, Some(text)).map(str_to_owned),
            None => Ok(old),
        };
        self.transaction
            .prepare_cached(
                "UPDATE entries SET title = :title, content = :content, mood = :mood,
                    location = :location, weather = :weather,
                    updated_at = strftime('%Y-%m-%dT%H:%M:%SZ')
                 WHERE id = :id AND user_id = :user",
            )?
            .execute(named_params! {
                ":id": change.id,
                ":user": self.user.id,
                ":title": text::required("title", title, LONGEST_TITLE)?,
                ":content": text::required("content", content, LONGEST_CONTENT)?,
                ":mood": new("mood", &change.mood, old.mood)?,
                ":location": new("location", &change.location, old.location)?,
                ":weather": new("weather", &change.weather, old.weather)?,
            })?;
        self.entry(change.id)
    }

    /// Deletes an entry for good. Its tags stay.
    ///
    /// # Errors
    ///
    /// If the user has no such entry.
    pub fn delete_entry(&self, id: i64) -> Result<(), UseJournalError> {
        let deleted = self.transaction.execute(
            "DELETE FROM entries WHERE id = :id AND user_id = :user",
            named_params! { ":id": id, ":user": self.user.id },
        )?;
        match deleted {
            0 => Err(UseJournalError::no_entry(id)),
            _ => Ok(()),
        }
    }
}

fn circumstance<'a>(
    input: &'static str,
    text: Option<&'a str>,
) -> Result<Option<&'a str>, UseJournalError> {
    text::optional(input, text, LONGEST_CIRCUMSTANCE)
}

fn str_to_owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

impl Entry {
    fn without_tags(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            notebook_id: row.get(1)?,
            title: row.get(2)?,
            content: row.get(3)?,
            mood: row.get(4)?,
            location: row.get(5)?,
            weather: row.get(6)?,
            tags: Vec::new(),
            created_at: row.get(7)?,
            updated_at: row.get(8)?,
        })
    }
}

impl EntrySummary {
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            title: row.get(1)?,
            created_at: row.get(2)?,
        })
    }
}
