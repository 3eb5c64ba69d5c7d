//! One line of a lock file, read from left to right.

use super::problem::{Expected, LockProblem, Next};
use crate::scope::requirement::spelling::is_in_name;

/// The rest of a line.
pub(super) struct Line<'t>(&'t str);

impl<'t> Line<'t> {
    pub(super) fn new(line: &'t str) -> Self {
        Self(line.trim())
    }

    /// Returns whether nothing is left but a comment.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty() || self.0.starts_with('#')
    }

    /// Takes letters, if there are any.
    pub(super) fn word(&mut self) -> Option<&'t str> {
        let end = self
            .0
            .find(|character: char| !character.is_ascii_lowercase())
            .unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        (!word.is_empty()).then(|| {
            self.0 = rest.trim_start();
            word
        })
    }

    /// Takes the name of an argument: a text in quotes, or a name without.
    pub(super) fn name(&mut self) -> Result<String, LockProblem> {
        if self.is_text() {
            return self.text();
        }
        let end = self.0.bytes().position(|byte| !is_in_name(byte));
        let (name, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        if name.is_empty() {
            return Err(self.expected(Expected::Argument));
        }
        self.0 = rest.trim_start();
        Ok(name.to_owned())
    }

    /// Takes `mark`, if it comes next.
    pub(super) fn take(&mut self, mark: &str) -> bool {
        let rest = self.0.strip_prefix(mark);
        if let Some(rest) = rest {
            self.0 = rest.trim_start();
        }
        rest.is_some()
    }

    pub(super) fn expect(&mut self, mark: &'static str) -> Result<(), LockProblem> {
        if self.take(mark) {
            return Ok(());
        }
        Err(self.expected(Expected::Mark(mark)))
    }

    /// Returns whether a text in quotes comes next.
    pub(super) fn is_text(&self) -> bool {
        self.0.starts_with('"')
    }

    /// Takes a text in quotes, which is written as in JSON.
    pub(super) fn text(&mut self) -> Result<String, LockProblem> {
        if !self.is_text() {
            return Err(self.expected(Expected::Text));
        }
        let mut texts = serde_json::Deserializer::from_str(self.0).into_iter::<String>();
        let Some(Ok(text)) = texts.next() else {
            return Err(LockProblem::UnterminatedText);
        };
        self.0 = self.0[texts.byte_offset()..].trim_start();
        Ok(text)
    }

    pub(super) fn end(&self) -> Result<(), LockProblem> {
        if self.is_empty() {
            return Ok(());
        }
        Err(self.expected(Expected::End))
    }

    /// The mistake that something else comes next.
    pub(super) fn expected(&self, expected: Expected) -> LockProblem {
        LockProblem::Expected(expected, self.next())
    }

    /// The beginning of what is left.
    pub(super) fn next(&self) -> Next {
        Next((!self.is_empty()).then(|| self.0.chars().take(20).collect()))
    }
}
