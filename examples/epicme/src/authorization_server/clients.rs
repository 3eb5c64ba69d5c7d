//! The registered clients, and a limit on their number.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use indexmap::{IndexMap, IndexSet};

/// The limit on registered clients. The oldest unused client makes room for a new one.
const MAX_CLIENTS: usize = 500;

/// The limit on names of templates that one client is registered for. The one that was granted first
/// makes room for a new one; its tokens stay valid and can no longer be refreshed.
const MAX_CONCRETE_SCOPES: usize = 100;

/// The lifetime of a registered client to which no user has granted anything.
const UNUSED_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The time after which a client-id metadata document is fetched again.
const DOCUMENT_LIFETIME: Duration = Duration::from_secs(300);

#[derive(Default)]
pub(super) struct Clients(Mutex<IndexMap<String, RegisteredClient>>);

struct RegisteredClient {
    redirect_uris: Vec<String>,
    /// The names of templates that users have granted the client.
    concrete_scopes: IndexSet<String>,
    since: SystemTime,
    /// When the last code or token of the client expires.
    used_until: Option<SystemTime>,
}

impl RegisteredClient {
    /// Returns whether the client may hold a code or a token, which would be lost with it.
    fn is_used(&self, now: SystemTime) -> bool {
        self.used_until.is_some_and(|until| now < until)
    }

    fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.since).unwrap_or_default()
    }
}

/// Returned when all clients are in use, so that none can make room for another.
#[derive(Debug)]
pub(super) struct Full {
    /// The time until the first of them is no longer in use.
    pub(super) retry_after: Duration,
}

impl Clients {
    /// Stores a client and what it registered, and returns the client that made room for it.
    ///
    /// # Errors
    ///
    /// If as many clients as are kept are in use.
    pub(super) fn remember(
        &self,
        client_id: &str,
        redirect_uris: &[String],
        now: SystemTime,
    ) -> Result<Option<String>, Full> {
        let mut clients = self.lock();
        let known = clients.get(client_id);
        let used_until = known.and_then(|client| client.used_until);
        let concrete_scopes = known.map(|client| client.concrete_scopes.clone());
        let concrete_scopes = concrete_scopes.unwrap_or_default();
        let mut evicted = None;
        if clients.len() >= MAX_CLIENTS && !clients.contains_key(client_id) {
            let unused = clients.values().position(|client| !client.is_used(now));
            let Some(unused) = unused else {
                let first = clients
                    .values()
                    .filter_map(|client| client.used_until)
                    .min();
                let left = first.and_then(|first| first.duration_since(now).ok());
                let retry_after = left.unwrap_or_default();
                return Err(Full { retry_after });
            };
            let removed = clients.shift_remove_index(unused);
            evicted = removed.map(|(client_id, _)| client_id);
        }
        let client = RegisteredClient {
            redirect_uris: redirect_uris.to_vec(),
            concrete_scopes,
            since: now,
            used_until,
        };
        clients.insert(client_id.to_owned(), client);
        Ok(evicted)
    }

    /// Keeps the client in use until then, when the code or the tokens that it received expire.
    pub(super) fn mark_used(&self, client_id: &str, until: SystemTime) {
        if let Some(client) = self.lock().get_mut(client_id) {
            client.used_until = client.used_until.max(Some(until));
        }
    }

    /// Removes the clients that have been unused for too long, and returns them.
    pub(super) fn expire(&self, now: SystemTime) -> Vec<String> {
        let mut clients = self.lock();
        let is_over =
            |client: &RegisteredClient| !client.is_used(now) && client.age(now) >= UNUSED_LIFETIME;
        let expired: Vec<String> = clients
            .iter()
            .filter(|(_, client)| is_over(client))
            .map(|(client_id, _)| client_id.clone())
            .collect();
        clients.retain(|_, client| !is_over(client));
        expired
    }

    /// Returns whether the client's document need not be fetched again yet.
    pub(super) fn is_fresh(&self, client_id: &str, now: SystemTime) -> bool {
        let clients = self.lock();
        let client = clients.get(client_id);
        client.is_some_and(|client| client.age(now) < DOCUMENT_LIFETIME)
    }

    /// Returns the redirect URIs as the client registered them.
    pub(super) fn redirect_uris(&self, client_id: &str) -> Vec<String> {
        let clients = self.lock();
        let client = clients.get(client_id);
        client
            .map(|client| client.redirect_uris.clone())
            .unwrap_or_default()
    }

    /// Adds names of templates that a user has granted the client, and returns all of the client's;
    /// `None` if there is nothing to add.
    pub(super) fn grant(
        &self,
        client_id: &str,
        names: impl Iterator<Item = String>,
    ) -> Option<Vec<String>> {
        let mut clients = self.lock();
        let scopes = &mut clients.get_mut(client_id)?.concrete_scopes;
        let before = scopes.len();
        scopes.extend(names);
        if scopes.len() == before {
            return None;
        }
        let excess = scopes.len().saturating_sub(MAX_CONCRETE_SCOPES);
        scopes.drain(..excess);
        Some(scopes.iter().cloned().collect())
    }

    /// Returns the names of templates that users have granted the client.
    pub(super) fn concrete_scopes(&self, client_id: &str) -> Vec<String> {
        let clients = self.lock();
        let client = clients.get(client_id);
        client
            .map(|client| client.concrete_scopes.iter().cloned().collect())
            .unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, IndexMap<String, RegisteredClient>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
