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
                self.newest_entries(None).await?
            }
            ("epicme://tags/{id}", "id") => {
                let list = self.all_tags().await?;
                list.tags.iter().map(|tag| tag.id).collect()
            }
            ("epicme://notebooks/{notebook}/entries/{id}", "notebook") => {
                let list = self.all_notebooks().await?;
                list.notebooks.iter().map(|notebook| notebook.id).collect()
            }
            ("epicme://notebooks/{notebook}/entries/{id}", "id") => {
                self.newest_entries(Some(chosen_notebook(&request)?))
                    .await?
            }
            (
                "suggest_tags"
                | "epicme://entries/{id}"
                | "epicme://notebooks/{notebook}/entries/{id}"
                | "epicme://tags/{id}",
                _,
            ) => Vec::new(),
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

    async fn newest_entries(&self, notebook_id: Option<i64>) -> Result<Vec<i64>, ErrorData> {
        let newest = EntryQuery {
            notebook_id,
            limit: Some(100),
            ..EntryQuery::default()
        };
        let page = self.own_journal(move |own| own.entries(&newest)).await?;
        Ok(page.entries.iter().map(|entry| entry.id).collect())
    }
}

/// Returns the notebook that was completed before: its scope was decided on, and no entry of another
/// one is shown.
fn chosen_notebook(request: &CompleteRequestParams) -> Result<i64, ErrorData> {
    let context = request.context.as_ref();
    let text = context.and_then(|context| context.get_argument("notebook"));
    // `007` was decided on as another notebook than 7.
    let is_canonical = |number: &i64| text.is_some_and(|text| *text == number.to_string());
    let notebook = text.and_then(|text| text.parse().ok());
    notebook
        .filter(is_canonical)
        .ok_or_else(|| unknown("notebook"))
}

fn unknown(what: &str) -> ErrorData {
    ErrorData::invalid_params(format!("There is no such {what}."), None)
}
