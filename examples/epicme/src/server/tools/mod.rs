//! The tools, each with the scopes that it requires.

mod about;
mod entries;
mod notebooks;
mod tags;
mod users;

pub use about::About;
pub use entries::DeletedEntry;
pub use notebooks::{NotebookList, UsedNotebook};
pub use tags::{DeletedTag, TagList};
pub use users::Whoami;
