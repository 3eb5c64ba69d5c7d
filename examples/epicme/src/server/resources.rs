//! What can be read by a URI, as JSON.

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

/// The resources with a number in their URI.
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
    ]
}

impl EpicMe {
    /// What the URI names.
    pub(super) async fn read(&self, uri: &str) -> Result<ReadResourceResult, ErrorData> {
        let json = match uri {
            CURRENT_USER => self.read_current_user().await,
            TAGS => self.read_tags().await,
            _ => match (id(uri, ENTRY), id(uri, TAG)) {
                (Some(id), _) => self.read_entry(id).await,
                (_, Some(id)) => self.read_tag(id).await,
                _ => {
                    let message = "There is no such resource.";
                    Err(ErrorData::resource_not_found(message, None))
                }
            },
        }?;
        let contents = ResourceContents::text(json, uri).with_mime_type(JSON);
        Ok(ReadResourceResult::new(vec![contents]))
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
}

/// The number in `uri`, if it is of the template.
fn id(uri: &str, template: &str) -> Option<i64> {
    let id = uri.strip_prefix(template.strip_suffix("{id}")?)?;
    let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
    id.parse().ok().filter(|_| is_number)
}

fn to_json(value: &impl Serialize) -> Result<String, ErrorData> {
    serde_json::to_string(value).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}
