//! URI templates, read backwards: finds out if a URI is one that the template stands for.

/// A template of RFC 6570 level 1, in the parts between its slashes. As in the routers of MCP
/// servers, an expression matches one character or more, and no slash. It matches nothing that a
/// server could read as another URI either: no dot segment (RFC 3986 section 3.3), no slash or
/// backslash in another form, no `?` or `#`, no white space, and no character that is
/// percent-encoded without need.
#[derive(Debug)]
pub(super) struct UriTemplate {
    segments: Vec<Vec<Part>>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Literal(String),
    Expression,
}

impl UriTemplate {
    /// The template; `None` where there is no expression, so that it is a URI, or where one is not
    /// of level 1, so that it matches no URI.
    pub(super) fn parse(template: &str) -> Option<Self> {
        let segments: Vec<_> = template.split('/').map(parts).collect::<Option<_>>()?;
        let has_expression = segments
            .iter()
            .flatten()
            .any(|part| *part == Part::Expression);
        has_expression.then_some(Self { segments })
    }

    pub(super) fn matches(&self, uri: &str) -> bool {
        let mut segments = uri.split('/');
        let all = self.segments.iter().all(|parts| {
            let segment = segments.next();
            segment.is_some_and(|segment| matches(parts, segment) && is_unambiguous(parts, segment))
        });
        all && segments.next().is_none()
    }
}

/// Returns whether every server reads the text that the expressions match as a part of this segment.
fn is_unambiguous(parts: &[Part], segment: &str) -> bool {
    if parts.iter().all(|part| *part != Part::Expression) {
        return true;
    }
    let literals = parts.iter().map(|part| match part {
        Part::Literal(text) => ambiguities(text),
        Part::Expression => 0,
    });
    let decoded = segment.replace("%2E", ".").replace("%2e", ".");
    // Whatever stands in the literals is the author's.
    ambiguities(segment) == literals.sum::<usize>() && !matches!(decoded.as_str(), "." | "..")
}

/// Counts the characters that some servers take for something other than themselves.
fn ambiguities(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_ambiguous = |at: usize| match bytes[at] {
        b'%' => {
            let digits = text.get(at + 1..at + 3);
            let decoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            decoded.is_none_or(|byte| {
                byte.is_ascii_alphanumeric()
                    || byte.is_ascii_control()
                    || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b'\\')
            })
        }
        byte => {
            byte.is_ascii_control()
                || byte.is_ascii_whitespace()
                || matches!(byte, b'?' | b'#' | b'\\')
        }
    };
    (0..bytes.len()).filter(|at| is_ambiguous(*at)).count()
}

/// The parts; `None` where an expression is not a bare name.
fn parts(mut segment: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some((literal, rest)) = segment.split_once('{') {
        let (name, rest) = rest.split_once('}')?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        parts.push(Part::Expression);
        segment = rest;
    }
    if !segment.is_empty() {
        parts.push(Part::Literal(segment.to_owned()));
    }
    Some(parts)
}

/// Returns whether the parts match the text. A literal matches at its first place: the text for the
/// expressions before it is then the shortest, which leaves the most for those after it.
fn matches(parts: &[Part], mut text: &str) -> bool {
    let (last, parts) = match parts.split_last() {
        Some((Part::Literal(last), before)) => (last.as_str(), before),
        _ => ("", parts),
    };
    let Some(rest) = text.strip_suffix(last) else {
        return false;
    };
    text = rest;
    // How many characters the expressions since the last literal need.
    let mut needed = 0;
    for part in parts {
        match part {
            Part::Expression => needed += 1,
            Part::Literal(literal) => {
                let Some(at) = skip(text, needed).and_then(|from| {
                    let found = if needed == 0 {
                        text.starts_with(literal.as_str()).then_some(0)
                    } else {
                        text[from..].find(literal.as_str())
                    };
                    found.map(|at| from + at)
                }) else {
                    return false;
                };
                text = &text[at + literal.len()..];
                needed = 0;
            }
        }
    }
    if needed == 0 {
        text.is_empty()
    } else {
        skip(text, needed).is_some()
    }
}

/// Returns the place after this many characters; `None` if the text has fewer.
fn skip(text: &str, characters: usize) -> Option<usize> {
    let ends = text.char_indices().map(|(at, _)| at);
    ends.chain([text.len()]).nth(characters)
}
