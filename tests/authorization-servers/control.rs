//! What the tests do to an authorization server, beside asking it for tokens.

use std::future::Future;

use scopes_interop::oidc_provider::{OidcProvider, Process};

/// An authorization server that can be out of reach for a while.
pub trait Interruption {
    /// Makes the server unreachable: it is killed, or stopped as it is, so that requests get no answer.
    fn interrupt(&mut self) -> impl Future<Output = ()>;

    /// Ends the interruption, and waits until the server answers. It knows what it knew before.
    fn restore(&mut self) -> impl Future<Output = ()>;
}

/// An authorization server whose keys can be changed.
pub trait SigningKeys {
    /// Makes a key that signs from now on. The others stay published.
    fn rotate_keys(&self) -> impl Future<Output = ()>;

    /// Removes the key with this id from those that are published.
    fn withdraw_key(&self, id: &str) -> impl Future<Output = ()>;
}

impl SigningKeys for OidcProvider {
    async fn rotate_keys(&self) {
        Process::rotate_keys(self);
    }

    /// The tests withdraw every earlier key at the same time.
    async fn withdraw_key(&self, _: &str) {
        self.forget_old_keys();
    }
}

impl Interruption for OidcProvider {
    async fn interrupt(&mut self) {
        self.signal("STOP");
    }

    async fn restore(&mut self) {
        self.signal("CONT");
    }
}
