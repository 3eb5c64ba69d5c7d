// Whatever the user calls by these names, the expansion does not meet it.
#![allow(dead_code, unused_macros)]

mod scopes { pub use scopes_core::*; }
mod core {}
mod std {}
mod serde {}
struct Cow;
struct Result;
struct Option;
enum Ok {}
enum Err {}
macro_rules! line { () => { compile_error!("not this one") } }
macro_rules! file { () => { compile_error!("not this one") } }

#[derive(scopes_core::ScopeCatalog)]
#[scope(crate = crate::scopes)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:{entry}:read")]
    EntryRead,
}

type Answer = ::core::result::Result<u8, scopes_core::AuthorizeError>;

#[scopes_core::requires_scopes("entries:read", crate = crate::scopes)]
fn list() -> Answer {
    Answer::Ok(1)
}

#[scopes_core::requires_scopes(Scope::EntriesRead, crate = scopes)]
async fn list_later() -> Answer {
    Answer::Ok(1)
}

#[scopes_core::requires_scopes(match(action, "read" => "entries:{entry}:read"), crate = scopes)]
fn arguments(action: u8, entry: u8) -> Answer {
    let _ = action;
    Answer::Ok(entry)
}

fn main() {
    assert!(arguments(1, 2).is_err());
    assert!(list().is_err());
    drop(list_later());
}
