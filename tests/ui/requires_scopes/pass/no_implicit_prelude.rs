#![no_implicit_prelude]

#[derive(::scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("entries:{entry}:read")]
    EntryRead,
}

type Answer = ::std::result::Result<u8, ::scopes_core::AuthorizeError>;

#[::scopes_core::requires_scopes(any("entries:read", Scope::EntriesWrite), catalog = Scope)]
fn plain() -> Answer {
    ::std::result::Result::Ok(1)
}

#[::scopes_core::requires_scopes("entries:read")]
fn boxed() -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Answer>>> {
    ::std::boxed::Box::pin(::std::future::ready(::std::result::Result::Ok(1)))
}

#[::scopes_core::requires_scopes(authenticated)]
fn opaque() -> impl ::std::future::Future<Output = Answer> {
    ::std::future::ready(::std::result::Result::Ok(1))
}

#[::scopes_core::requires_scopes(match(action, "read" => "entries:{entry}:read", _ => "entries:write"))]
fn arguments(action: &str, entry: u8) -> Answer {
    let _ = action;
    ::std::result::Result::Ok(entry)
}

#[::scopes_core::requires_scopes(public)]
fn open() {}

fn main() {
    open();
    ::std::assert!(plain().is_err());
    ::std::assert!(arguments("read", 1).is_err());
    ::std::mem::drop((boxed(), opaque()));
}
