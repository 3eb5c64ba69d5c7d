//! Resources, and the functions that read them.

use rmcp::ErrorData;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};
use scopes_core::requires_scopes;
use serde_json::json;

use super::content::IMAGE;

pub(super) fn listed() -> Vec<Resource> {
    vec![
        Resource::new("test://static-text", "text").with_mime_type("text/plain"),
        Resource::new("test://static-binary", "image").with_mime_type("image/png"),
        Resource::new("test://watched-resource", "watched").with_mime_type("text/plain"),
    ]
}

pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new("test://template/{id}/data", "data")
            .with_mime_type("application/json"),
    ]
}

pub(super) fn read(uri: &str) -> Result<ResourceContents, ErrorData> {
    let id = uri.strip_prefix("test://template/");
    match (uri, id.and_then(|rest| rest.strip_suffix("/data"))) {
        ("test://static-text", _) => static_text(uri),
        ("test://static-binary", _) => static_binary(uri),
        ("test://watched-resource", _) => watched(uri),
        (_, Some(id)) => data(uri, id),
        _ => Err(ErrorData::resource_not_found(
            "there is no such resource",
            Some(json!({ "uri": uri })),
        )),
    }
}

#[requires_scopes("content:read", resource = "test://static-text")]
fn static_text(uri: &str) -> Result<ResourceContents, ErrorData> {
    Ok(ResourceContents::text("A static text.", uri).with_mime_type("text/plain"))
}

#[requires_scopes("content:read", resource = "test://static-binary")]
fn static_binary(uri: &str) -> Result<ResourceContents, ErrorData> {
    Ok(ResourceContents::blob(IMAGE, uri).with_mime_type("image/png"))
}

#[requires_scopes("content:read", resource = "test://watched-resource")]
fn watched(uri: &str) -> Result<ResourceContents, ErrorData> {
    Ok(ResourceContents::text("Nothing happens.", uri).with_mime_type("text/plain"))
}

#[requires_scopes("content:read", resource = "test://template/{id}/data")]
fn data(uri: &str, id: &str) -> Result<ResourceContents, ErrorData> {
    let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
    Ok(ResourceContents::text(data.to_string(), uri).with_mime_type("application/json"))
}
