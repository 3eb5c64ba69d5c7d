//! Validation of text inputs.

use super::UseJournalError;

/// Returns a text that must not be empty, without the space around it.
pub(super) fn required<'a>(
    input: &'static str,
    text: &'a str,
    longest: usize,
) -> Result<&'a str, UseJournalError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(UseJournalError::invalid(input, "is empty"));
    }
    let length = text.chars().count();
    if length > longest {
        let problem = format!("has {length} characters; {longest} are the most");
        return Err(UseJournalError::invalid(input, problem));
    }
    Ok(text)
}

/// Returns an optional text; an empty one counts as absent.
pub(super) fn optional<'a>(
    input: &'static str,
    text: Option<&'a str>,
    longest: usize,
) -> Result<Option<&'a str>, UseJournalError> {
    match text {
        Some(text) if !text.trim().is_empty() => required(input, text, longest).map(Some),
        _ => Ok(None),
    }
}
