//! "did you mean" and other compile errors that are found during const evaluation, where the usual
//! crates for edit distance cannot run.

use super::declaration::ScopeDeclaration;

/// Longer names are not compared; a typo in them is reported without a suggestion.
const LONGEST: usize = 128;
/// The maximum length of a message, in bytes. Longer ones are cut off.
const MESSAGE: usize = 1024;

/// Returns the declared name nearest to `name`, if one is near enough for a typo.
pub(crate) const fn nearest(
    declarations: &'static [ScopeDeclaration],
    name: &str,
) -> Option<&'static str> {
    let mut nearest = None;
    let mut least = usize::MAX;
    let mut at = 0;
    while at < declarations.len() {
        if let Some(distance) = distance(declarations[at].name, name)
            && distance < least
        {
            nearest = Some(declarations[at].name);
            least = distance;
        }
        at += 1;
    }
    nearest
}

/// Returns the edit distance of `name` from `meant` if it can be a typo: up to a third of the
/// letters.
///
/// Ignores the names of placeholders.
pub(crate) const fn distance(meant: &str, name: &str) -> Option<usize> {
    if meant.len() > LONGEST || name.len() > LONGEST {
        return None;
    }
    let (meant, name) = (Shape::of(meant), Shape::of(name));
    let (meant, name) = (meant.bytes(), name.bytes());
    let longer = if meant.len() > name.len() {
        meant.len()
    } else {
        name.len()
    };
    let allowed = longer.div_ceil(3);
    if meant.len().abs_diff(name.len()) > allowed {
        return None;
    }
    let distance = edits(meant, name);
    if distance <= allowed {
        Some(distance)
    } else {
        None
    }
}

/// A name whose placeholders are all `{}`.
struct Shape {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Shape {
    const fn of(name: &str) -> Self {
        let name = name.as_bytes();
        let mut shape = Self {
            bytes: [0; LONGEST],
            length: 0,
        };
        let mut at = 0;
        let mut is_placeholder = false;
        while at < name.len() {
            is_placeholder = is_placeholder && name[at] != b'}';
            if !is_placeholder {
                shape.bytes[shape.length] = name[at];
                shape.length += 1;
            }
            is_placeholder = is_placeholder || name[at] == b'{';
            at += 1;
        }
        shape
    }

    const fn bytes(&self) -> &[u8] {
        self.bytes.split_at(self.length).0
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours between two short texts.
const fn edits(from: &[u8], to: &[u8]) -> usize {
    let mut before = [0; LONGEST + 1];
    let mut row = [0; LONGEST + 1];
    let mut column = 0;
    while column <= to.len() {
        row[column] = column;
        column += 1;
    }
    let mut line = 1;
    while line <= from.len() {
        let mut next = [0; LONGEST + 1];
        next[0] = line;
        let mut column = 1;
        while column <= to.len() {
            let same = from[line - 1] == to[column - 1];
            let mut least = row[column - 1] + if same { 0 } else { 1 };
            least = smaller(least, row[column] + 1);
            least = smaller(least, next[column - 1] + 1);
            let swapped = line > 1
                && column > 1
                && from[line - 1] == to[column - 2]
                && from[line - 2] == to[column - 1];
            if swapped {
                least = smaller(least, before[column - 2] + 1);
            }
            next[column] = least;
            column += 1;
        }
        before = row;
        row = next;
        line += 1;
    }
    row[to.len()]
}

const fn smaller(one: usize, other: usize) -> usize {
    if one < other { one } else { other }
}

/// Fails the compilation: `name` is unknown. The message has a suggestion.
#[track_caller]
pub(crate) const fn unknown_scope(
    catalog: &str,
    declarations: &'static [ScopeDeclaration],
    name: &str,
) -> ! {
    let mut message = Message::new();
    message.push("unknown scope `");
    message.push(name);
    if let Some(nearest) = nearest(declarations, name) {
        message.push("`; did you mean `");
        message.push(nearest);
        message.push("`?");
    } else {
        message.push("`; ");
        message.push(catalog);
        message.push(" declares: ");
        message.push_names(declarations);
    }
    panic!("{}", message.as_str())
}

/// Fails the compilation: `name` is repeated.
#[track_caller]
pub(crate) const fn repeated_scope(name: &str) -> ! {
    let mut message = Message::new();
    message.push("`");
    message.push(name);
    message.push("` appears twice in this group; remove this one");
    panic!("{}", message.as_str())
}

/// Fails the compilation: a template is named by its variant.
#[track_caller]
pub(crate) const fn template_by_variant(name: &str) -> ! {
    let mut message = Message::new();
    message.push("this scope has placeholders; write its name: `\"");
    message.push(name);
    message.push("\"`");
    panic!("{}", message.as_str())
}

struct Message {
    text: [u8; MESSAGE],
    len: usize,
}

impl Message {
    const fn new() -> Self {
        Self {
            text: [0; MESSAGE],
            len: 0,
        }
    }

    const fn push(&mut self, part: &str) {
        let bytes = part.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.len < MESSAGE {
            self.text[self.len] = bytes[at];
            self.len += 1;
            at += 1;
        }
    }

    /// Adds as many names as fit.
    const fn push_names(&mut self, declarations: &[ScopeDeclaration]) {
        let mut at = 0;
        while at < declarations.len() {
            if self.len + declarations[at].name.len() + 8 > MESSAGE {
                self.push(", ...");
                return;
            }
            self.push(if at == 0 { "`" } else { ", `" });
            self.push(declarations[at].name);
            self.push("`");
            at += 1;
        }
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.text.split_at(self.len).0) {
            Ok(text) => text,
            // The name was cut in the middle of a character.
            Err(_) => "unknown scope",
        }
    }
}
