//! Ports for programs that are started by tests.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test may panic"
)]

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns an address to listen at later. Its port is below those that the system gives out, so that nothing
/// else takes it meanwhile.
#[must_use]
pub fn free_address() -> SocketAddr {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let first = std::process::id() as usize * 100;
    loop {
        let number = first + NUMBER.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(20_000 + number % 12_000).expect("a port");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
