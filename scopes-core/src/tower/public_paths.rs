//! The paths that need no token.

use std::collections::HashSet;

/// Paths as the layer sees them: inside a nested router, without the prefix of the nest.
#[derive(Clone, Debug, Default)]
pub(super) struct PublicPaths {
    exact: HashSet<String>,
    /// Without a slash at the end.
    prefixes: Vec<String>,
}

impl PublicPaths {
    pub(super) fn add(&mut self, path: String) {
        self.exact.insert(path);
    }

    /// Ignores the root, since it would make everything public.
    pub(super) fn add_prefix(&mut self, prefix: &str) {
        let prefix = prefix.trim_end_matches('/');
        if !prefix.is_empty() {
            self.prefixes.push(prefix.to_owned());
        }
    }

    pub(super) fn contains(&self, path: &str) -> bool {
        self.exact.contains(path) || self.prefixes.iter().any(|prefix| is_below(prefix, path))
    }

    /// Returns a configured path that ends with `path`: the author wrote it with the prefix of a nested
    /// router, which the layer does not see.
    pub(super) fn written_with_prefix(&self, path: &str) -> Option<&str> {
        let mut written = self.exact.iter().chain(&self.prefixes);
        let with_prefix = |written: &&String| {
            path.len() > 1 && written.len() > path.len() && written.ends_with(path)
        };
        written.find(with_prefix).map(String::as_str)
    }
}

/// Compares whole segments.
///
/// A path that another parser could resolve to a path outside of the prefix is not below it: one
/// with dot segments, or with an encoded dot, slash or backslash.
fn is_below(prefix: &str, path: &str) -> bool {
    let Some(rest) = path.strip_prefix(prefix) else {
        return false;
    };
    if !rest.is_empty() && !rest.starts_with('/') {
        return false;
    }
    let lower = rest.to_ascii_lowercase();
    let is_ambiguous = ["%2e", "%2f", "%5c", "\\", "//"]
        .iter()
        .any(|sequence| lower.contains(sequence));
    !is_ambiguous
        && rest
            .split('/')
            .all(|segment| !matches!(segment, "." | ".."))
}
