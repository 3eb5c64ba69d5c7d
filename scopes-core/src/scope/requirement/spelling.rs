//! A requirement as it is written in an attribute:
//! `all(a, match(action, "list" | "get" => b, _ => c))`.

use std::fmt::{self, Write as _};

use super::tree::{Access, Match, Node, Tree};

impl<L: Clone + 'static> Tree<L> {
    /// Returns the tree as text. `leaf` spells the leaves; `code` marks the names and values of
    /// arguments, and `or` stands between values.
    pub(crate) fn spelled(
        &self,
        leaf: &dyn Fn(&L) -> String,
        code: &dyn Fn(String) -> String,
        or: &str,
    ) -> String {
        self.fold(&mut |node| match node {
            Node::Leaf(one) => leaf(one),
            Node::Group(join, members) => format!("{}({})", join.as_str(), members.join(", ")),
            Node::Match(Match { argument, arms }, requires) => {
                let mut text = format!("match({}", code(argument_name(argument)));
                for (arm, requires) in arms.iter().zip(requires) {
                    let values: Vec<_> =
                        arm.values.iter().map(|value| code(quoted(value))).collect();
                    let values = if values.is_empty() {
                        "_".to_owned()
                    } else {
                        values.join(or)
                    };
                    let _ = write!(text, ", {values} => {requires}");
                }
                text + ")"
            }
        })
    }
}

impl<L: Clone + fmt::Display + 'static> fmt::Display for Tree<L> {
    /// As in the attribute, with each leaf by its name: `any(a, all(b, c))`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.spelled(&L::to_string, &|text| text, " | "))
    }
}

impl<L: Clone + fmt::Display + 'static> fmt::Display for Access<L> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => formatter.write_str("public"),
            Self::Authenticated => formatter.write_str("authenticated"),
            Self::Scopes(expression) => expression.fmt(formatter),
        }
    }
}

/// Returns the name of an argument, between quotes unless it can stand in an attribute without.
pub(crate) fn argument_name(name: &str) -> String {
    let is_part =
        |part: &str| part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if name.split('.').all(is_part) && name.bytes().all(is_in_name) {
        return name.to_owned();
    }
    quoted(name)
}

/// Returns whether the byte is allowed in the name of an argument that is written without quotes.
pub(crate) fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// Returns the text between quotes, as in JSON. Characters other than ASCII, letters and digits are
/// escaped: they can be invisible, or change the display of the text around them.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ if character.is_alphanumeric() => quoted.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
        }
    }
    quoted.push('"');
    quoted
}
