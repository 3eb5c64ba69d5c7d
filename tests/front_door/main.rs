//! An MCP server made by `scopes_core::rmcp::protect`: mounted in every way, and behind nginx, which ends
//! TLS under a name that is not this machine's.

#![allow(
    clippy::expect_used,
    clippy::unused_async,
    clippy::unused_self,
    reason = "a test"
)]

#[cfg(has_nginx)]
mod api_keys;
mod client;
#[cfg(has_nginx)]
mod issuers;
mod journal;
#[cfg(has_nginx)]
mod keycloak;
#[cfg(has_nginx)]
mod log;
mod mounted;
#[cfg(has_nginx)]
mod nginx;
#[cfg(has_nginx)]
mod outside_mcp;
#[cfg(has_nginx)]
mod proxied;
#[cfg(has_nginx)]
mod proxied_layers;
mod readiness;
#[cfg(has_nginx)]
mod readme;
#[cfg(has_nginx)]
mod rejections;
#[cfg(has_nginx)]
mod return_types;
mod settings;
#[cfg(has_nginx)]
mod undeclared;

/// Where every program has to be there, nothing may be passed over.
#[cfg(not(has_nginx))]
#[test]
#[ignore = "there is no nginx; nothing is tried behind it"]
fn nginx_is_installed() {}

#[cfg(not(has_nginx))]
#[test]
fn nginx_is_there_in_ci() {
    assert!(std::env::var_os("CI").is_none(), "there is no nginx");
}
