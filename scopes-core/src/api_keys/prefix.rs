//! The prefix that distinguishes keys from all other tokens.

/// Returns what is wrong with a prefix, to be put behind it.
///
/// A random token of an authorization server does not begin with five given characters, and a JWT has a
/// capital letter there.
pub(super) fn problem_of_prefix(prefix: &str) -> Option<&'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_prefix = (5..=32).contains(&prefix.len())
        && prefix.bytes().all(is_allowed)
        && prefix.starts_with(|first: char| first.is_ascii_lowercase())
        && prefix.ends_with('_');
    (!is_prefix).then_some(
        "must be 5 to 32 lower-case letters, digits and `_`, beginning with a letter and ending in `_`, \
         such as `journal_`",
    )
}
