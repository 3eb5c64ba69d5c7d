//! Scope names with placeholders: `projects:{project}:write`.
//!
//! ```text
//! Name        = Segment ((":" | "/") Segment)*
//! Segment     = Placeholder | Literal
//! Placeholder = "{" Part ("." Part)* "}"
//! Part        = (letter | "_") (letter | digit | "_" | "-")*
//! ```
//!
//! A plain name is a template without placeholders.

#[cfg(test)]
mod overlaps;

/// The most bytes that a value has.
pub(crate) const MAX_VALUE_BYTES: usize = 128;

/// The most placeholders of one name: the guard reads their values without an allocation.
const MAX_PLACEHOLDERS: usize = 8;

/// The characters of scope names that a value cannot contain.
const NOT_IN_VALUES: &str = ":/*{},=;'";

/// A scope name in its segments.
#[derive(Default)]
pub(crate) struct ScopeTemplate {
    segments: Vec<Segment>,
    /// The characters between the segments, in order.
    separators: String,
}

enum Segment {
    Literal(String),
    Placeholder(String),
}

impl ScopeTemplate {
    /// Reads a scope name, or says what is wrong with its placeholders.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        check_placeholders(name)?;
        let is_separator = |c: char| matches!(c, ':' | '/');
        let template = Self {
            segments: name
                .split(is_separator)
                .map(Segment::parse)
                .collect::<Result<_, _>>()?,
            separators: name.chars().filter(|c| is_separator(*c)).collect(),
        };
        template.check_segments()?;
        Ok(template)
    }

    /// The names of the placeholders, in order.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Placeholder(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    pub(crate) fn has_placeholders(&self) -> bool {
        self.placeholders().next().is_some()
    }

    /// The characters between the segments: names that differ in them never overlap.
    pub(crate) fn separators(&self) -> &str {
        &self.separators
    }

    /// A name that both templates match, if there is one.
    pub(crate) fn overlap(&self, other: &Self) -> Option<String> {
        if self.separators != other.separators {
            return None;
        }
        let mut separators = self.separators.chars();
        let mut name = String::new();
        for (one, other) in self.segments.iter().zip(&other.segments) {
            name.push_str(one.overlap(other)?);
            name.extend(separators.next());
        }
        Some(name)
    }

    fn check_segments(&self) -> Result<(), String> {
        let placeholders: Vec<_> = self.placeholders().collect();
        if placeholders.len() > MAX_PLACEHOLDERS {
            return Err(format!(
                "this scope name has {} placeholders; use at most {MAX_PLACEHOLDERS}",
                placeholders.len()
            ));
        }
        for (place, name) in placeholders.iter().enumerate() {
            if placeholders[..place].contains(name) {
                return Err(format!(
                    "`{{{name}}}` appears twice in this scope name; give the second one another name"
                ));
            }
        }
        let is_fixed =
            |segment: &Segment| matches!(segment, Segment::Literal(text) if !text.is_empty());
        if !placeholders.is_empty() && !self.segments.iter().any(is_fixed) {
            return Err(format!(
                "scope name has only placeholders, so that it matches names of any meaning; add a \
                 fixed segment, such as `{0}s:{{{0}}}`",
                placeholders[0]
            ));
        }
        Ok(())
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        let name = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        match name.filter(|name| is_argument_name(name)) {
            Some(name) => Ok(Self::Placeholder(name.to_owned())),
            None if text.contains('{') => Err(format!(
                "segment `{text}` is more than a placeholder; a placeholder is a whole segment \
                 between `:` or `/`"
            )),
            None => Ok(Self::Literal(text.to_owned())),
        }
    }

    /// A text that both segments match, if there is one.
    fn overlap<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) => (one == other).then_some(one),
            (Self::Literal(text), Self::Placeholder(_))
            | (Self::Placeholder(_), Self::Literal(text)) => is_value(text).then_some(text),
            (Self::Placeholder(_), Self::Placeholder(_)) => Some("1"),
        }
    }
}

/// Each brace belongs to a `{name}`.
fn check_placeholders(name: &str) -> Result<(), String> {
    let mut from = 0;
    while let Some(at) = name[from..].find(['{', '}']).map(|at| from + at) {
        let end = name[at..].find('}').map(|end| at + end);
        let (Some(end), true) = (end, name[at..].starts_with('{')) else {
            let brace = &name[at..=at];
            return Err(format!(
                "scope name has an unmatched `{brace}` at byte {at}; a placeholder is `{{name}}`"
            ));
        };
        let inside = &name[at + 1..end];
        if inside.is_empty() {
            return Err(
                "`{}` names no argument; write its name in it, such as `{project}`".to_owned(),
            );
        }
        if !is_argument_name(inside) {
            return Err(not_a_name(&format!("{{{inside}}}")));
        }
        from = end + 1;
    }
    Ok(())
}

/// Says what is wrong with `text`, which stands where the name of an argument is expected.
pub(crate) fn not_a_name(text: &str) -> String {
    format!(
        "`{text}` does not name an argument; a name has ASCII letters, digits, `_` and `-` and \
         begins with a letter or `_`; a member of an object is written `project.id`"
    )
}

/// `Part ("." Part)*`
pub(crate) fn is_argument_name(name: &str) -> bool {
    name.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    })
}

/// Returns whether a placeholder can stand for `text`, a segment of a scope name.
fn is_value(text: &str) -> bool {
    (1..=MAX_VALUE_BYTES).contains(&text.len())
        && !text.contains(|c| NOT_IN_VALUES.contains(c))
        && !matches!(text, "." | "..")
}
