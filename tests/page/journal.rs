//! The operations of this program.

use scopes_core::{AuthorizeError, requires_scopes};
use scopes_tests::vocabulary::Scope;

macro_rules! operations {
    ($($(#[$attribute:meta])* $name:ident)*) => {$(
        $(#[$attribute])*
        #[allow(dead_code, reason = "it is registered, not called")]
        fn $name() -> Result<(), AuthorizeError> {
            Ok(())
        }
    )*};
}

operations! {
    #[requires_scopes(any("entries:read", "entries:write"), catalog = Scope, tool = "list_entries")]
    list_entries
    /// Writes
    /// an entry.
    ///
    /// In the caller's own journal.
    #[requires_scopes(all("entries:write", any("tags:read", "tags:write")), catalog = Scope, tool = "create_entry")]
    create_entry
    #[requires_scopes(all("user:read", any("audit", "analytics:view")), catalog = Scope, tool = "read_statistics")]
    read_statistics
    #[requires_scopes("entries:read", catalog = Scope, resource = "journal://entries/{id}")]
    read_entry
    #[requires_scopes(authenticated, tool = "who_am_i")]
    who_am_i
    #[requires_scopes(public, tool = "ping")]
    ping
    #[requires_scopes("tags:read", catalog = Scope, server = "tags", tool = "list_tags")]
    list_tags
}
