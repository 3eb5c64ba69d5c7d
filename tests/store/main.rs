//! Several instances of one server, which share a store: in memory, in Redis, and behind nginx without
//! stickiness; with Redis in the hands of an attacker, and with Redis down, slow or empty.

#![allow(clippy::expect_used, clippy::unused_async, reason = "a test")]

#[cfg(has_redis)]
mod attacker;
#[cfg(has_nginx)]
mod balanced;
mod client;
mod contract;
#[cfg(has_redis)]
mod failures;
mod instances;
mod journal;
mod key_rotation;
#[cfg(has_redis)]
mod redis;
#[cfg(has_redis)]
mod revocations;
mod secret_keys;
mod sessions;
mod tasks;

/// Where every program has to be there, nothing may be passed over.
#[cfg(not(has_redis))]
#[test]
#[ignore = "there is no redis-server; nothing is tried with it"]
fn redis_is_installed() {}

#[cfg(not(has_redis))]
#[test]
fn redis_is_there_in_ci() {
    assert!(std::env::var_os("CI").is_none(), "there is no redis-server");
}
