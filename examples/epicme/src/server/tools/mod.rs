//! The tools, each with the scopes it takes.

mod entries;
mod tags;
mod users;

pub use entries::DeletedEntry;
pub use tags::{DeletedTag, TagList};
pub use users::Whoami;
