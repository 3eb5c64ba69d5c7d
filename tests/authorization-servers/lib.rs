//! Real authorization servers in processes of their own, which the script `install` of this folder
//! installs, and the requests of their clients.

#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "for tests")]

mod better_auth;
mod client;
mod consent;
mod control;
mod django;
mod epicme;
mod hydra;
mod keycloak;
mod process;
pub mod versions;

pub use better_auth::BetterAuth;
pub use client::{Client, Metadata, Tokens};
pub use control::{Interruption, SigningKeys};
pub use django::Django;
pub use epicme::EpicMe;
pub use hydra::Hydra;
pub use keycloak::Keycloak;
