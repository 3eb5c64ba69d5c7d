//! The clients that are known, and no more of them than memory is set aside for.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indexmap::IndexMap;

/// How many clients are known at a time. The one that came first goes for a new one.
const MAX_CLIENTS: usize = 500;

/// How long a client-id metadata document is good.
const DOCUMENT_LIFETIME: Duration = Duration::from_secs(300);

#[derive(Default)]
pub(super) struct Clients(Mutex<IndexMap<String, KnownClient>>);

struct KnownClient {
    redirect_uris: Vec<String>,
    since: Instant,
}

impl Clients {
    /// Notes a client and what it registered; the answer is who has to go for it.
    #[must_use]
    pub(super) fn remember(&self, client_id: &str, redirect_uris: &[String]) -> Option<String> {
        let known = KnownClient {
            redirect_uris: redirect_uris.to_vec(),
            since: Instant::now(),
        };
        let mut clients = self.lock();
        clients.insert(client_id.to_owned(), known);
        let too_many = clients.len() > MAX_CLIENTS;
        let first = too_many.then(|| clients.shift_remove_index(0)).flatten();
        first.map(|(client_id, _)| client_id)
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
