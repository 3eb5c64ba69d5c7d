//! Lists of URIs that have the values of arguments.

use rmcp::model::{
    ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams, Resource,
    ResourceTemplate,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use scopes_core::{ScopeCatalog, requires_scopes, scoped_handler};

use crate::client_of;

#[derive(ScopeCatalog)]
enum Shelf {
    #[scope("shelves:{shelf}:read", requestable)]
    Read,
    #[scope("shelves:read", implies(Read))]
    ReadAll,
}

#[derive(Clone)]
struct Library;

impl Library {
    #[requires_scopes("shelves:{shelf}:read", catalog = Shelf, server = "library", resource = "library://shelves/{shelf}")]
    async fn open(shelf: &str) -> Result<String, ErrorData> {
        Ok(shelf.to_owned())
    }
}

#[scoped_handler(server = "library", hide_unpermitted = true)]
impl ServerHandler for Library {
    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        // The last one, no token can read: the gate does not know how the handler decodes it.
        let shelves = ["1", "2", "%31"].map(|shelf| {
            let uri = format!("library://shelves/{shelf}");
            Resource::new(uri, "a shelf")
        });
        Ok(ListResourcesResult::with_all_items(shelves.to_vec()))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new("library://shelves/{shelf}", "a shelf");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }
}

#[tokio::test]
async fn a_uri_is_listed_to_whom_the_gate_lets_read_it() {
    assert!(Library::open("1").await.is_err());
    for (scopes, listed, templates) in [
        ("", &[][..], 0),
        ("shelves:1:read", &["library://shelves/1"], 1),
        ("shelves:2:read", &["library://shelves/2"], 1),
        (
            "shelves:read",
            &["library://shelves/1", "library://shelves/2"],
            1,
        ),
    ] {
        let client = client_of(Library, scopes).await;
        let resources = client.list_all_resources().await.expect("resources");
        let uris: Vec<_> = resources.iter().map(|it| it.uri.as_str()).collect();
        assert_eq!(uris, listed, "{scopes:?}");
        let found = client.list_all_resource_templates().await;
        assert_eq!(found.expect("templates").len(), templates, "{scopes:?}");
    }
}
