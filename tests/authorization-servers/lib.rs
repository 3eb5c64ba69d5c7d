//! Real authorization servers in processes of their own, which the script `install` of this folder
//! installs, and the requests of their clients.

#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "for tests")]

mod client;
mod consent;
mod epicme;
mod hydra;
mod keycloak;
mod process;
pub mod versions;

pub use client::{Client, Metadata, Tokens};
pub use epicme::EpicMe;
pub use hydra::Hydra;
pub use keycloak::Keycloak;
