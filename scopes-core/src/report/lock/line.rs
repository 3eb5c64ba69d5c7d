//! One line of a lock file, read from left to right.

/// So deep may groups stand in each other.
pub(super) const DEPTH: usize = 128;

/// What is left of a line.
pub(super) struct Line<'t>(&'t str);

impl<'t> Line<'t> {
    pub(super) fn new(line: &'t str) -> Self {
        Self(line.trim())
    }

    /// Whether nothing is left but a comment.
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

    /// Takes `mark`, if it comes next.
    pub(super) fn take(&mut self, mark: char) -> bool {
        let rest = self.0.strip_prefix(mark);
        if let Some(rest) = rest {
            self.0 = rest.trim_start();
        }
        rest.is_some()
    }

    pub(super) fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.take(mark) {
            return Ok(());
        }
        Err(format!("expected `{mark}` {}", self.before()))
    }

    /// Whether a text in quotes comes next.
    pub(super) fn is_text(&self) -> bool {
        self.0.starts_with('"')
    }

    /// Takes a text in quotes, which is written as in JSON.
    pub(super) fn text(&mut self) -> Result<String, String> {
        if !self.is_text() {
            return Err(format!("expected a text in quotes {}", self.before()));
        }
        let mut texts = serde_json::Deserializer::from_str(self.0).into_iter::<String>();
        let Some(Ok(text)) = texts.next() else {
            return Err(
                "a text in quotes has no end, or an escape that JSON does not know".to_owned(),
            );
        };
        self.0 = self.0[texts.byte_offset()..].trim_start();
        Ok(text)
    }

    pub(super) fn end(&self) -> Result<(), String> {
        if self.is_empty() {
            return Ok(());
        }
        Err(format!("expected nothing more {}", self.before()))
    }

    pub(super) fn before(&self) -> String {
        if self.is_empty() {
            return "at the end of the line".to_owned();
        }
        let next: String = self.0.chars().take(20).collect();
        format!("before {next:?}")
    }
}
