//! URI templates, read backwards: finds out if a URI is one that the template stands for.

/// A template of RFC 6570 level 1, in the parts between its slashes. As in the routers of MCP
/// servers, an expression matches one character or more, and no slash. It matches no dot segment
/// either (RFC 3986 section 3.3), encoded or not: a server that resolves one reads another resource.
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
    /// The template; `None` where there is no expression, so that it is a URI.
    pub(super) fn parse(template: &str) -> Option<Self> {
        let segments: Vec<_> = template.split('/').map(parts).collect();
        let has_expression = segments
            .iter()
            .flatten()
            .any(|part| *part == Part::Expression);
        has_expression.then_some(Self { segments })
    }

    /// How much of the template is there literally: of two that match, the one with more is meant.
    pub(super) fn literal_len(&self) -> usize {
        let parts = self.segments.iter().flatten();
        let literals = parts.map(|part| match part {
            Part::Literal(text) => text.len(),
            Part::Expression => 0,
        });
        literals.sum::<usize>() + self.segments.len()
    }

    pub(super) fn matches(&self, uri: &str) -> bool {
        let mut segments = uri.split('/');
        let all = self.segments.iter().all(|parts| {
            let segment = segments.next();
            segment
                .is_some_and(|segment| matches(parts, segment) && !is_dot_segment(parts, segment))
        });
        all && segments.next().is_none()
    }
}

/// True for `.` and `..`, encoded or not, in a place where the template has an expression.
fn is_dot_segment(parts: &[Part], segment: &str) -> bool {
    let is_literal = matches!(parts, [] | [Part::Literal(_)]);
    !is_literal
        && matches!(
            segment.replace("%2E", ".").replace("%2e", ".").as_str(),
            "." | ".."
        )
}

fn parts(mut segment: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    while let Some((literal, rest)) = segment.split_once('{') {
        let Some((_, rest)) = rest.split_once('}') else {
            break;
        };
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        parts.push(Part::Expression);
        segment = rest;
    }
    if !segment.is_empty() {
        parts.push(Part::Literal(segment.to_owned()));
    }
    parts
}

/// Whether the parts can be laid along the text. A literal is taken where it first fits: what the
/// expressions before it stand for is then the shortest, which leaves the most for those after it.
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

/// Where the text goes on after this many characters, if it has as many.
fn skip(text: &str, characters: usize) -> Option<usize> {
    let ends = text.char_indices().map(|(at, _)| at);
    ends.chain([text.len()]).nth(characters)
}
