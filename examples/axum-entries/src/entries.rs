//! The API: every user has entries, which nobody else sees.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get};
use axum::{Json, Router};
use scopes_core::{AuthorizeError, VerifiedToken, requires_scopes};
use serde::{Deserialize, Serialize};

/// The routes.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/entries", get(list_entries).post(create_entry))
        .route("/entries/{id}", delete(delete_entry).put(change_entry))
        .with_state(Journal::default())
}

#[requires_scopes(any("entries:read", "entries:write"))]
async fn list_entries(
    State(journal): State<Journal>,
    token: VerifiedToken,
) -> Result<Json<Vec<Entry>>, AuthorizeError> {
    let owner = owner(&token);
    let entries = journal.entries();
    let own = entries.values().filter(|entry| entry.owner == owner);
    Ok(Json(own.cloned().collect()))
}

#[requires_scopes("entries:write")]
async fn create_entry(
    State(journal): State<Journal>,
    token: VerifiedToken,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<Entry>), AuthorizeError> {
    let mut entries = journal.entries();
    let id = entries.last_key_value().map_or(1, |(last, _)| last + 1);
    let entry = Entry {
        id,
        text: draft.text,
        owner: owner(&token),
    };
    entries.insert(id, entry.clone());
    Ok((StatusCode::CREATED, Json(entry)))
}

// The `id` is the one that the pattern of `Path` binds.
#[requires_scopes("entries:{id}:write")]
async fn change_entry(
    State(journal): State<Journal>,
    token: VerifiedToken,
    Path(id): Path<u64>,
    Json(draft): Json<Draft>,
) -> Result<Result<Json<Entry>, StatusCode>, AuthorizeError> {
    let owner = owner(&token);
    let mut entries = journal.entries();
    let own = entries.get_mut(&id).filter(|entry| entry.owner == owner);
    let changed = own.map(|entry| {
        entry.text = draft.text;
        Json(entry.clone())
    });
    Ok(changed.ok_or(StatusCode::NOT_FOUND))
}

#[requires_scopes(all("entries:write", "entries:delete"))]
async fn delete_entry(
    State(journal): State<Journal>,
    token: VerifiedToken,
    Path(id): Path<u64>,
) -> Result<StatusCode, AuthorizeError> {
    let owner = owner(&token);
    let mut entries = journal.entries();
    match entries.get(&id) {
        Some(entry) if entry.owner == owner => {
            entries.remove(&id);
            Ok(StatusCode::NO_CONTENT)
        }
        _ => Ok(StatusCode::NOT_FOUND),
    }
}

/// Everybody's entries, for as long as the program runs.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<BTreeMap<u64, Entry>>>);

impl Journal {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<u64, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Serialize)]
struct Entry {
    id: u64,
    text: String,
    #[serde(skip)]
    owner: Owner,
}

#[derive(Deserialize)]
struct Draft {
    text: String,
}

/// A subject is unique only within its issuer (RFC 7519 section 4.1.2).
type Owner = (Option<String>, Option<String>);

fn owner(token: &VerifiedToken) -> Owner {
    let claims = token.claims();
    (claims.issuer.clone(), claims.subject.clone())
}
