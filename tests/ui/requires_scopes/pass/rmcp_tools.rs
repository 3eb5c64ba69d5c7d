use scopes_core::requires_scopes;

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("tags:read")]
    TagsRead,
}

fn reader() -> scopes_core::Caller {
    scopes_core::testing::caller("ada", "entries:read").unwrap()
}

use rmcp::{tool, tool_router};
use scopes_core::{OperationKind, Registry};

#[derive(Clone)]
struct Journal;

#[tool_router]
impl Journal {
    /// Lists the entries.
    #[requires_scopes("entries:read")]
    #[tool]
    async fn list_entries(&self) -> Result<String, String> {
        Ok("entries".to_owned())
    }

    #[requires_scopes("entries:write")]
    #[tool(name = "create", description = "Creates an entry")]
    fn create_entry(&self) -> Result<String, String> {
        Ok("created".to_owned())
    }

    // A `cfg_attr` is expanded before the attributes above it.
    #[requires_scopes("entries:write")]
    #[cfg_attr(all(), tool(name = "update", description = "Updates an entry"))]
    async fn update_entry(&self) -> Result<String, String> {
        Ok("updated".to_owned())
    }

    #[tool(name = "delete", description = "Deletes an entry")]
    #[requires_scopes("entries:write", tool = "delete")]
    async fn delete_entry(&self) -> Result<String, String> {
        Ok("deleted".to_owned())
    }
}

fn main() {
    use futures::executor::block_on;
    let served: Vec<_> = Journal::tool_router().list_all().into_iter().map(|tool| tool.name.to_string()).collect();
    assert!(served.contains(&"delete".to_owned()));
    let registry = Registry::of_program();
    let operations = registry.operations();
    let listed: Vec<_> = operations.iter().map(|operation| (operation.kind, &*operation.name)).collect();
    assert_eq!(
        listed,
        [
            (OperationKind::Tool, "create"),
            (OperationKind::Tool, "delete"),
            (OperationKind::Tool, "list_entries"),
            (OperationKind::Tool, "update"),
        ],
    );
    assert!(block_on(Journal.list_entries()).is_err());
    assert!(Journal.create_entry().is_err());
    assert!(block_on(Journal.update_entry()).is_err());
    assert!(block_on(Journal.delete_entry()).is_err());
    assert_eq!(block_on(reader().run(Journal.list_entries())), Ok("entries".to_owned()));
    assert!(block_on(reader().run(Journal.delete_entry())).is_err());
}
