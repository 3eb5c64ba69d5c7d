//! URI templates, read backwards: finds out if a URI is one that the template stands for, and what its
//! expressions stand for in it.

use crate::scope::{ArgumentProblem, ArgumentValue};

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
    Expression(String),
}

impl UriTemplate {
    /// The template; `None` where there is no expression, so that it is a URI, or where one is not
    /// of level 1, so that it matches no URI.
    pub(super) fn parse(template: &str) -> Option<Self> {
        let segments: Vec<_> = template.split('/').map(parts).collect::<Option<_>>()?;
        let has_expression = segments.iter().flatten().any(Part::is_expression);
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

impl UriTemplate {
    /// Returns the names of the expressions.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self
            .segments
            .iter()
            .flatten()
            .filter_map(|part| match part {
                Part::Expression(name) => Some(name.as_str()),
                Part::Literal(_) => None,
            });
        names.collect()
    }

    /// Returns whether the expression `name` has a value in each URI that the template matches: it
    /// stands once, and alone in its segment.
    pub(super) fn is_readable(&self, name: &str) -> bool {
        let is_named = |part: &Part| matches!(part, Part::Expression(one) if one == name);
        let mut named = self
            .segments
            .iter()
            .filter(|parts| parts.iter().any(is_named));
        let is_alone =
            |parts: &Vec<Part>| parts.iter().filter(|part| part.is_expression()).count() == 1;
        named.next().is_some_and(is_alone) && named.next().is_none()
    }

    /// Returns what the expression `name` stands for in a URI that the template matches.
    ///
    /// Handlers differ in how they decode a URI and in how they divide a segment between several
    /// expressions: a value that has to be decoded or divided is ambiguous.
    pub(super) fn value(&self, uri: &str, name: &str) -> ArgumentValue {
        let mut found = ArgumentValue::invalid(ArgumentProblem::Missing);
        let mut count = 0;
        for (parts, segment) in self.segments.iter().zip(uri.split('/')) {
            let is_named = |part: &&Part| matches!(part, Part::Expression(one) if one == name);
            let named = parts.iter().filter(is_named).count();
            count += named;
            if named > 0 {
                found = match value_in(parts, segment) {
                    Some(text) if !text.contains('%') => ArgumentValue::of(text),
                    _ => ArgumentValue::invalid(ArgumentProblem::Ambiguous),
                };
            }
        }
        if count > 1 {
            return ArgumentValue::invalid(ArgumentProblem::Ambiguous);
        }
        found
    }
}

impl Part {
    fn is_expression(&self) -> bool {
        matches!(self, Self::Expression(_))
    }
}

/// Returns what the only expression of a segment stands for; `None` where there are several.
fn value_in<'s>(parts: &[Part], segment: &'s str) -> Option<&'s str> {
    let (before, after) = match parts {
        [Part::Expression(_)] => ("", ""),
        [Part::Literal(before), Part::Expression(_)] => (before.as_str(), ""),
        [Part::Expression(_), Part::Literal(after)] => ("", after.as_str()),
        [
            Part::Literal(before),
            Part::Expression(_),
            Part::Literal(after),
        ] => (before.as_str(), after.as_str()),
        _ => return None,
    };
    segment.strip_prefix(before)?.strip_suffix(after)
}

/// Returns whether every server reads the text that the expressions match as a part of this segment.
fn is_unambiguous(parts: &[Part], segment: &str) -> bool {
    if !parts.iter().any(Part::is_expression) {
        return true;
    }
    let literals = parts.iter().map(|part| match part {
        Part::Literal(text) => ambiguities(text),
        Part::Expression(_) => 0,
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
        parts.push(Part::Expression(name.to_owned()));
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
            Part::Expression(_) => needed += 1,
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
