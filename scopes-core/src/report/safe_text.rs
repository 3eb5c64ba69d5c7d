//! Text of others, made harmless for a place where it is shown.

use std::fmt::Write as _;

/// Returns whether the character is displayed as something else, or changes how others are displayed:
/// control characters, and those that direct the flow of text or take no room.
pub(super) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The text on one line, with deceptive characters spelt out: `\u{202e}`.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\n' | '\t') {
            visible.push(' ');
        } else if is_deceptive(character) {
            let _ = write!(visible, "\\u{{{:x}}}", u32::from(character));
        } else {
            visible.push(character);
        }
    }
    visible
}

/// The text between quotes, as JSON has it, with deceptive characters escaped as well.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if is_deceptive(character) => escape(character, &mut quoted),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// The same JSON, with the deceptive characters of its strings escaped.
pub(crate) fn json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && is_deceptive(character) {
            escape(character, &mut safe);
        } else {
            safe.push(character);
        }
    }
    safe
}

fn escape(character: char, json: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        let _ = write!(json, "\\u{unit:04x}");
    }
}

/// Returns a text that no program takes for a formula when it reads CSV: a quote goes before it.
pub(super) fn no_formula(text: &str) -> String {
    let text = visible(text);
    let first = text.trim_start().chars().next();
    let is_formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
    );
    if is_formula { format!("'{text}") } else { text }
}

/// A name inside of Markdown: code, or, where it has characters that would end the code or a cell
/// of a table, plain text.
pub(super) fn markdown_code(name: &str) -> String {
    let name = visible(name);
    let ends_it = |character: char| matches!(character, '`' | '|' | '\\');
    if name.is_empty() || name.contains(ends_it) || name.trim() != name {
        return markdown(&name);
    }
    format!("`{name}`")
}

/// Plain text inside of Markdown, in a cell of a table or after other text: nothing of it is markup.
pub(super) fn markdown(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' | '<' | '>' | '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '$' | '@'
            | '!' | ':' | '"' => {
                let _ = write!(markdown, "&#{};", u32::from(character));
            }
            _ => markdown.push(character),
        }
    }
    markdown
}
