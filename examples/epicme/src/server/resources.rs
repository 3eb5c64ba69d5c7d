//! The resources, which are read as JSON.

use rmcp::ErrorData;
use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use scopes_core::requires_scopes;
use serde::Serialize;

use super::EpicMe;

const JSON: &str = "application/json";
const CURRENT_USER: &str = "epicme://users/current";
const TAGS: &str = "epicme://tags";
const TAG: &str = "epicme://tags/{id}";
const ENTRY: &str = "epicme://entries/{id}";
const NOTEBOOK_ENTRY: &str = "epicme://notebooks/{notebook}/entries/{id}";

/// The resources of a fixed URI.
pub(super) fn resources() -> Vec<Resource> {
    let resource = |uri: &str, name: &str, title: &str, description: &str| {
        Resource::new(uri, name)
            .with_title(title)
            .with_description(description)
            .with_mime_type(JSON)
    };
    vec![
        resource(
            CURRENT_USER,
            "current_user",
            "You",
            "Who the user is, and which scopes they granted.",
        ),
        resource(TAGS, "tags", "Tags", "All tags, by name."),
    ]
}

/// The resources with numbers in their URI.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    let template = |uri: &str, name: &str, title: &str, description: &str| {
        ResourceTemplate::new(uri, name)
            .with_title(title)
            .with_description(description)
            .with_mime_type(JSON)
    };
    vec![
        template(ENTRY, "entry", "Entry", "A journal entry, with its tags."),
        template(TAG, "tag", "Tag", "A tag."),
        template(
            NOTEBOOK_ENTRY,
            "notebook_entry",
            "Entry of a notebook",
            "An entry of one notebook, with its tags.",
        ),
    ]
}

impl EpicMe {
    /// Reads the resource with this URI.
    pub(super) async fn read(&self, uri: &str) -> Result<ReadResourceResult, ErrorData> {
        let json = match uri {
            CURRENT_USER => self.read_current_user().await,
            TAGS => self.read_tags().await,
            _ => self.read_numbered(uri).await,
        }?;
        let contents = ResourceContents::text(json, uri).with_mime_type(JSON);
        Ok(ReadResourceResult::new(vec![contents]))
    }

    async fn read_numbered(&self, uri: &str) -> Result<String, ErrorData> {
        if let Some([id]) = numbers(uri, ENTRY) {
            return self.read_entry(id).await;
        }
        if let Some([id]) = numbers(uri, TAG) {
            return self.read_tag(id).await;
        }
        if let Some([notebook, id]) = numbers(uri, NOTEBOOK_ENTRY) {
            return self.read_notebook_entry(notebook, id).await;
        }
        let message = "There is no such resource.";
        Err(ErrorData::resource_not_found(message, None))
    }

    #[requires_scopes("user:read", resource = "epicme://users/current")]
    async fn read_current_user(&self) -> Result<String, ErrorData> {
        to_json(&self.current_user().await?)
    }

    #[requires_scopes("tags:read", resource = "epicme://tags")]
    async fn read_tags(&self) -> Result<String, ErrorData> {
        to_json(&self.all_tags().await?)
    }

    #[requires_scopes("tags:read", resource = "epicme://tags/{id}")]
    async fn read_tag(&self, id: i64) -> Result<String, ErrorData> {
        to_json(&self.own_journal(move |own| own.tag(id)).await?)
    }

    #[requires_scopes("entries:read", resource = "epicme://entries/{id}")]
    async fn read_entry(&self, id: i64) -> Result<String, ErrorData> {
        to_json(&self.own_journal(move |own| own.entry(id)).await?)
    }

    #[requires_scopes(
        "notebooks:{notebook}:read",
        resource = "epicme://notebooks/{notebook}/entries/{id}"
    )]
    async fn read_notebook_entry(&self, notebook: i64, id: i64) -> Result<String, ErrorData> {
        let entry = self.own_journal(move |own| own.entry_in(notebook, id));
        to_json(&entry.await?)
    }
}

/// Returns the numbers in `uri` where the template has variables, if all else is equal.
fn numbers<const N: usize>(uri: &str, template: &str) -> Option<[i64; N]> {
    let (uri, template) = (uri.split('/'), template.split('/'));
    if uri.clone().count() != template.clone().count() {
        return None;
    }
    let mut numbers = Vec::new();
    for (part, expected) in uri.zip(template) {
        if expected.starts_with('{') {
            let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
            numbers.push(part.parse().ok().filter(|_| is_number)?);
        } else if part != expected {
            return None;
        }
    }
    numbers.try_into().ok()
}

fn to_json(value: &impl Serialize) -> Result<String, ErrorData> {
    serde_json::to_string(value).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}
