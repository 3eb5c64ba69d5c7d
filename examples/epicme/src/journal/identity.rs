//! The user that a journal belongs to.

use rmcp::schemars::{self, JsonSchema};
use rusqlite::{Connection, OptionalExtension, Row, params};
use scopes_core::VerifiedToken;
use serde::Serialize;

use super::DEFAULT_NOTEBOOK;

/// The identity of a caller. A subject is unique only within its issuer (RFC 7519 section 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The issuer of the token; empty for the local user.
    pub issuer: String,
    /// The user, as the issuer calls them.
    pub subject: String,
}

impl Identity {
    /// Returns the identity in the token, if the token has a subject.
    #[must_use]
    pub fn of_token(token: &VerifiedToken) -> Option<Self> {
        Some(Self {
            issuer: token.claims().issuer.clone().unwrap_or_default(),
            subject: token.subject()?.to_owned(),
        })
    }
}

/// Somebody who keeps a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    /// The user's number here.
    pub id: i64,
    /// The user, as their authorization server calls them.
    pub subject: String,
    /// The user's authorization server; empty for the local user.
    pub issuer: String,
    /// When they first came, in UTC.
    pub created_at: String,
}

impl User {
    pub(super) fn of_identity(
        connection: &Connection,
        identity: &Identity,
    ) -> rusqlite::Result<Self> {
        let who = params![identity.issuer, identity.subject];
        let find = || {
            connection
                .prepare_cached(
                    "SELECT id, subject, issuer, created_at FROM users
                     WHERE issuer = ?1 AND subject = ?2",
                )?
                .query_row(who, Self::of_row)
        };
        if let Some(user) = find().optional()? {
            return Ok(user);
        }
        connection.execute("INSERT INTO users (issuer, subject) VALUES (?1, ?2)", who)?;
        let user = find()?;
        connection.execute(
            "INSERT INTO notebooks (user_id, id, title) VALUES (?1, ?2, 'Journal')",
            params![user.id, DEFAULT_NOTEBOOK],
        )?;
        Ok(user)
    }

    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            subject: row.get(1)?,
            issuer: row.get(2)?,
            created_at: row.get(3)?,
        })
    }
}
