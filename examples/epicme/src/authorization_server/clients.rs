//! The clients that are known, and no more of them than memory is set aside for.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::REFRESH_TOKEN_LIFETIME;

/// How many clients are known at a time. The unused one that came first goes for a new one.
const MAX_CLIENTS: usize = 500;

/// How long a client that nobody has allowed anything is kept.
const UNUSED_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// How long a client-id metadata document is good.
const DOCUMENT_LIFETIME: Duration = Duration::from_secs(300);

#[derive(Default)]
pub(super) struct Clients(Mutex<IndexMap<String, KnownClient>>);

struct KnownClient {
    redirect_uris: Vec<String>,
    since: Instant,
    /// When it last got a code or tokens.
    used: Option<Instant>,
}

impl KnownClient {
    /// Whether it may hold a refresh token, which would be lost with it.
    fn is_used(&self) -> bool {
        self.used
            .is_some_and(|used| used.elapsed() < REFRESH_TOKEN_LIFETIME)
    }
}

/// Every client that is known is in use, so that none can go for a new one.
#[derive(Debug)]
pub(super) struct Full;

impl Clients {
    /// Notes a client and what it registered, and returns the one that has to go for it.
    ///
    /// # Errors
    ///
    /// If there are too many clients in use.
    pub(super) fn remember(
        &self,
        client_id: &str,
        redirect_uris: &[String],
    ) -> Result<Option<String>, Full> {
        let mut clients = self.lock();
        let used = clients.get(client_id).and_then(|client| client.used);
        let mut evicted = None;
        if clients.len() >= MAX_CLIENTS && !clients.contains_key(client_id) {
            let unused = clients.iter().position(|(_, client)| !client.is_used());
            let removed = clients.shift_remove_index(unused.ok_or(Full)?);
            evicted = removed.map(|(client_id, _)| client_id);
        }
        let known = KnownClient {
            redirect_uris: redirect_uris.to_vec(),
            since: Instant::now(),
            used,
        };
        clients.insert(client_id.to_owned(), known);
        Ok(evicted)
    }

    /// Notes that the client has got a code or tokens.
    pub(super) fn mark_used(&self, client_id: &str) {
        if let Some(client) = self.lock().get_mut(client_id) {
            client.used = Some(Instant::now());
        }
    }

    /// Forgets the clients that have not been used for too long, and returns them.
    pub(super) fn expire(&self) -> Vec<String> {
        let mut clients = self.lock();
        let over =
            |client: &KnownClient| !client.is_used() && client.since.elapsed() >= UNUSED_LIFETIME;
        let expired: Vec<String> = clients
            .iter()
            .filter(|(_, client)| over(client))
            .map(|(client_id, _)| client_id.clone())
            .collect();
        clients.retain(|_, client| !over(client));
        expired
    }

    /// Whether the client's document need not be fetched again yet.
    pub(super) fn is_fresh(&self, client_id: &str) -> bool {
        let clients = self.lock();
        let known = clients.get(client_id);
        known.is_some_and(|client| client.since.elapsed() < DOCUMENT_LIFETIME)
    }

    /// The redirect URIs as the client registered them.
    pub(super) fn redirect_uris(&self, client_id: &str) -> Vec<String> {
        let clients = self.lock();
        let known = clients.get(client_id);
        known
            .map(|client| client.redirect_uris.clone())
            .unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, IndexMap<String, KnownClient>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
