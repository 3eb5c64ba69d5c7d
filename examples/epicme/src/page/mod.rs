//! The frame of every page, and the pages outside of the authorization server.

pub(crate) mod frame;
mod front;

pub(crate) use front::router;
