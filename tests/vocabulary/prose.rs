//! What a Rust file says to people: its comments and string literals.

/// Each comment and each string literal with the line it begins at. Comments on consecutive lines are
/// one, so that a phrase may be broken between them.
pub(crate) fn prose(source: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut comment_ends_on = 0;
    let (mut rest, mut line) = (source, 1);
    while let Some(next) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            let text = rest[..length].trim_start_matches(['/', '!']);
            match found.last_mut() {
                Some((_, comment)) if comment_ends_on + 1 == line => {
                    comment.push('\n');
                    comment.push_str(text);
                }
                _ => found.push((line, text.to_owned())),
            }
            comment_ends_on = line;
            length
        } else if let Some(length) = string(rest) {
            // A backslash at the end of a line joins it with the next.
            found.push((line, rest[..length].replace("\\\n", "\n")));
            comment_ends_on = 0;
            length
        } else if let Some(length) = character(rest) {
            length
        } else if next.is_alphanumeric() || next == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            end.unwrap_or(rest.len())
        } else {
            next.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The length of the string literal that the text begins with, raw ones included.
fn string(text: &str) -> Option<usize> {
    let prefix = ["b", "c"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    let after = prefix.unwrap_or(text);
    let skipped = text.len() - after.len();
    if let Some(raw) = after.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(skipped + 1 + hashes + 1 + length);
    }
    let body = after.strip_prefix('"')?;
    let mut is_escaped = false;
    let end = body.find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    Some(skipped + 1 + end.map_or(body.len(), |at| at + 1))
}

/// The length of the character literal that the text begins with; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    let end = if body.starts_with('\\') {
        2 + body.get(2..)?.find('\'')?
    } else {
        let first = body.chars().next()?.len_utf8();
        body[first..].starts_with('\'').then_some(first)?
    };
    Some(1 + end + 1)
}

#[test]
fn comments_and_strings_are_told_from_code() {
    let source = r#"//! A crate.
// which
// goes on
fn good<'a>(quote: char) -> &'a str {
    let _ = ('"', '\'', b'"', r"raw", "\" escaped \
        text"); // beside
    "last"
}
"#;
    let found: Vec<_> = prose(source).into_iter().collect();
    let expected = [
        (1, " A crate.\n which\n goes on"),
        (5, "r\"raw\""),
        (5, "\"\\\" escaped \n        text\""),
        (6, " beside"),
        (7, "\"last\""),
    ];
    let found: Vec<_> = found
        .iter()
        .map(|(line, text)| (*line, text.as_str()))
        .collect();
    assert_eq!(found, expected);
}
