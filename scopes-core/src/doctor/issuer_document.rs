//! The metadata of an authorization server, member by member.

use serde_json::{Map, Value};

use super::server::check_named;
use crate::document::shortened;

/// The metadata of an authorization server (RFC 8414).
pub(super) struct Document {
    pub(super) issuer: String,
    members: Map<String, Value>,
}

impl Document {
    pub(super) fn new(issuer: &str, members: Map<String, Value>) -> Self {
        Self {
            issuer: issuer.to_owned(),
            members,
        }
    }

    /// Returns a string that is not empty.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        let text = self.members.get(member)?.as_str();
        text.filter(|text| !text.is_empty())
    }

    /// Returns the strings in a list; `None` where there is none.
    pub(super) fn list(&self, member: &str) -> Option<Vec<&str>> {
        let values = self.members.get(member)?.as_array()?;
        Some(values.iter().filter_map(Value::as_str).collect())
    }

    /// Returns the URL in a member, if requests may go there.
    ///
    /// # Errors
    ///
    /// Returns the problem as a sentence.
    pub(super) fn url(&self, member: &str) -> Result<&str, String> {
        let url = self.text(member);
        let url = url.ok_or_else(|| format!("`{member}` is missing"))?;
        match check_named(url, &self.issuer) {
            Ok(()) => Ok(url),
            Err(problem) => Err(format!("`{member}` {:?} {problem}", shortened(url))),
        }
    }

    pub(super) fn is_true(&self, member: &str) -> bool {
        self.members.get(member) == Some(&Value::Bool(true))
    }
}
