//! Names with placeholders: `projects:{project}:write` stands for a scope of each project.
//!
//! A placeholder is a whole segment between `:`, `/` and the ends of the name, and a value fills
//! exactly one. So a name and the values of its placeholders determine each other, and no value can
//! extend into another segment.

use crate::scope::name::is_scope_byte;

const SEPARATORS: [char; 2] = [':', '/'];
/// The longest value, in bytes.
const MAX_VALUE: usize = 128;
/// The maximum number of placeholders of one template.
pub(crate) const MAX_PLACEHOLDERS: usize = 8;

/// Returns whether `name` has placeholders.
pub(crate) const fn is_template(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'{' {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns whether two names are equal apart from the names of their placeholders.
pub(crate) const fn is_same_shape(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let (mut left, mut right) = (0, 0);
    while left < one.len() && right < other.len() {
        if one[left] != other[right] {
            return false;
        }
        if one[left] == b'{' {
            left = end_of_placeholder(one, left);
            right = end_of_placeholder(other, right);
        } else {
            left += 1;
            right += 1;
        }
    }
    left >= one.len() && right >= other.len()
}

/// Returns where the placeholder that begins at `at` ends: its `}`, which both names have to have.
const fn end_of_placeholder(name: &[u8], mut at: usize) -> usize {
    while at < name.len() && name[at] != b'}' {
        at += 1;
    }
    at
}

/// Returns whether each placeholder of the name is a whole segment, and none is repeated.
#[cfg(feature = "report")]
pub(crate) fn is_well_formed(name: &str) -> bool {
    let braces = ['{', '}'];
    let is_placeholder = |segment: &str| {
        let inner = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(['{', '}', '*']))
    };
    let mut segments = name.split(SEPARATORS);
    let mut seen = std::collections::HashSet::new();
    segments.all(|segment| !segment.contains(braces) || is_placeholder(segment))
        && placeholders(name).all(|placeholder| seen.insert(placeholder))
}

/// Returns the names of the placeholders, in order.
pub(crate) fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    let parts = template.split('{').skip(1);
    parts.filter_map(|part| Some(part.split_once('}')?.0))
}

/// Returns whether a placeholder can have this value: of the characters of RFC 6749 section 3.3
/// those that neither separate segments nor mislead the readers of a challenge, and no dot segment.
pub(crate) fn is_value(text: &str) -> bool {
    let is_allowed = |byte: &u8| IN_VALUES[usize::from(*byte)];
    (1..=MAX_VALUE).contains(&text.len())
        && text.as_bytes().iter().all(is_allowed)
        && !matches!(text, "." | "..")
}

static IN_VALUES: [bool; 256] = {
    let mut allowed = [false; 256];
    let mut byte: u8 = 0x21;
    while byte < 0x7F {
        allowed[byte as usize] = is_scope_byte(byte)
            && !matches!(
                byte,
                b':' | b'/' | b'*' | b'{' | b'}' | b',' | b'=' | b';' | b'\''
            );
        byte += 1;
    }
    allowed
};

/// Calls `each` with the value of each placeholder, in order, and returns whether the template
/// matches `name`.
pub(crate) fn read_values<'n>(
    mut template: &str,
    mut name: &'n str,
    mut each: impl FnMut(&'n str),
) -> bool {
    while let Some((literal, rest)) = template.split_once('{') {
        let (Some(filled), Some((_, after))) = (name.strip_prefix(literal), rest.split_once('}'))
        else {
            return false;
        };
        let (value, behind) = filled.split_at(filled.find(SEPARATORS).unwrap_or(filled.len()));
        if !is_value(value) {
            return false;
        }
        each(value);
        (template, name) = (after, behind);
    }
    template == name
}

/// Returns the separators between the segments of a name: names that differ in them never overlap.
pub(crate) fn separators(name: &str) -> impl Iterator<Item = &str> {
    name.matches(SEPARATORS)
}

/// Returns a name that both match, if there is one. Either may have placeholders.
pub(crate) fn overlap(one: &str, other: &str) -> Option<String> {
    if !separators(one).eq(separators(other)) {
        return None;
    }
    let mut between = separators(one);
    let mut name = String::new();
    for (one, other) in one.split(SEPARATORS).zip(other.split(SEPARATORS)) {
        let segment = match (is_template(one), is_template(other)) {
            (false, false) => (one == other).then_some(one),
            (true, false) => is_value(other).then_some(other),
            (false, true) => is_value(one).then_some(one),
            (true, true) => Some("1"),
        };
        name.push_str(segment?);
        name.extend(between.next());
    }
    Some(name)
}

/// Returns the name with `value` in place of each placeholder.
pub(crate) fn fill<V: AsRef<str>>(template: &str, mut value: impl FnMut(&str) -> V) -> String {
    let mut name = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((literal, behind)) = rest.split_once('{') {
        let (placeholder, after) = behind.split_once('}').unwrap_or((behind, ""));
        name.push_str(literal);
        name.push_str(value(placeholder).as_ref());
        rest = after;
    }
    name.push_str(rest);
    name
}
