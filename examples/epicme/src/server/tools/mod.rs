//! The tools, each with the scopes it takes.

mod entries;
mod notebooks;
mod tags;
mod users;

pub use entries::DeletedEntry;
pub use notebooks::{NotebookList, UsedNotebook};
pub use tags::{DeletedTag, TagList};
pub use users::Whoami;
