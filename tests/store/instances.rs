//! Instances of a server: their keys, their tokens, and how they are put together.

use scopes_core::resource::ResourceServerBuilder;
use scopes_core::rmcp::{ProtectServer, ProtectedService, protect};
use scopes_core::store::{MemoryStore, SharedStore, Store};
use scopes_core::testing::StaticVerifier;
use scopes_core::{Registry, ResourceServer, SecretKeys};

use crate::journal::Journal;

pub(crate) const RESOURCE: &str = "http://localhost/mcp";

/// The key of this number.
pub(crate) fn key(number: u8) -> [u8; 32] {
    std::array::from_fn(|place| number ^ u8::try_from(place).expect("small"))
}

/// Keys of which the first one seals.
pub(crate) fn keys(numbers: &[u8]) -> SecretKeys {
    let (first, others) = numbers.split_first().expect("a key");
    let keys = SecretKeys::new(key(*first)).expect("a key");
    let accepted = others.iter().map(|number| key(*number));
    accepted.fold(keys, |keys, key| keys.accept(key).expect("another key"))
}

pub(crate) fn shared(store: impl Store) -> SharedStore {
    SharedStore::new(store, &keys(&[1]))
}

/// The stores of two instances, which share one in memory.
pub(crate) fn in_memory() -> [SharedStore; 2] {
    let store = MemoryStore::new();
    [shared(store.clone()), shared(store)]
}

fn builder(resource: &str) -> ResourceServerBuilder {
    ResourceServer::builder(resource).authorization_server("https://auth.example.com")
}

/// The resource of the journal.
pub(crate) fn resource(url: &str) -> ResourceServer {
    let registry = Registry::of_program().of_server("");
    builder(url).registry(registry).build().expect("settings")
}

/// The resource of the tools that start tasks.
pub(crate) fn resource_of_tasks(url: &str) -> ResourceServer {
    let registry = Registry::of_program().of_server("tasks");
    builder(url).registry(registry).build().expect("settings")
}

/// Knows the tokens of two users; the first part of a token is its subject.
pub(crate) fn verifier() -> StaticVerifier {
    let mut verifier = StaticVerifier::new();
    for subject in ["ada", "bob"] {
        for (name, scopes) in [
            ("reader", "entries:read"),
            ("nothing", ""),
            ("binder-1", "binders:1:read"),
            ("binder-2", "binders:2:write"),
        ] {
            let token = format!("{subject}-{name}");
            verifier = verifier.token(&token, subject, scopes).expect("scopes");
        }
    }
    verifier
}

pub(crate) type Instance = ProtectedService<Journal, StaticVerifier>;

pub(crate) fn settings(name: &'static str, url: &str) -> ProtectServer<Journal, StaticVerifier> {
    protect(move || Ok(Journal(name)), resource(url), verifier())
}

/// An instance of the journal with a store.
pub(crate) async fn instance(name: &'static str, store: &SharedStore) -> Instance {
    let server = settings(name, RESOURCE).store(store).await;
    server.expect("everything is annotated").service()
}
