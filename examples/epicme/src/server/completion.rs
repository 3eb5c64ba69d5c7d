//! Numbers to choose from where a prompt or a resource takes one.

use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};

use super::EpicMe;
use crate::journal::EntryQuery;

impl EpicMe {
    /// The user's own numbers that begin with what is written already.
    pub(super) async fn suggest(
        &self,
        request: CompleteRequestParams,
    ) -> Result<CompleteResult, ErrorData> {
        // The handler attribute has decided on the reference: a completion shows what the operation
        // would show.
        let name = match &request.r#ref {
            Reference::Prompt(prompt) => prompt.name.as_str(),
            Reference::Resource(resource) => resource.uri.as_str(),
            _ => return Err(unknown("reference")),
        };
        let numbers = match (name, request.argument.name.as_str()) {
            ("suggest_tags", "entry_id") | ("epicme://entries/{id}", "id") => {
                let newest = EntryQuery {
                    limit: Some(100),
                    ..EntryQuery::default()
                };
                let page = self.own_journal(move |own| own.entries(&newest)).await?;
                page.entries.iter().map(|entry| entry.id).collect()
            }
            ("epicme://tags/{id}", "id") => {
                let list = self.all_tags().await?;
                list.tags.iter().map(|tag| tag.id).collect()
            }
            ("suggest_tags" | "epicme://entries/{id}" | "epicme://tags/{id}", _) => Vec::new(),
            _ => return Err(unknown("prompt or resource template")),
        };
        let begin = request.argument.value.trim();
        let mut values: Vec<_> = numbers.iter().map(i64::to_string).collect();
        values.retain(|number| number.starts_with(begin));
        values.truncate(CompletionInfo::MAX_VALUES);
        CompletionInfo::new(values)
            .map(CompleteResult::new)
            .map_err(|problem| ErrorData::internal_error(problem, None))
    }
}

fn unknown(what: &str) -> ErrorData {
    ErrorData::invalid_params(format!("There is no such {what}."), None)
}
