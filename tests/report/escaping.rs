//! Whatever names and descriptions hold, no format takes it for its own.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use scopes_core::report::{Diff, Report};
use serde_json::json;
use unicode_width::UnicodeWidthStr;

/// Texts of the characters that mean something somewhere.
fn any_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => proptest::char::any(),
        4 => proptest::sample::select(
            "|`\\\n\r\t<>&\"'*_[]()#!~=+-@;,:{}$ \u{1b}\u{7}\u{9b}\u{202e}\u{2066}\u{200b}\u{feff}ab"
                .chars()
                .collect::<Vec<_>>(),
        ),
    ];
    let texts = proptest::collection::vec(character, 0..24);
    let texts = texts.prop_map(|characters| characters.into_iter().collect());
    prop_oneof![
        6 => texts,
        1 => Just("=HYPERLINK(\"https://evil.example\")".to_owned()),
        1 => Just("</script><script>alert(1)</script>".to_owned()),
        1 => Just("<!--".to_owned()),
        1 => Just("| a | b |\n|---|---|".to_owned()),
        1 => Just("\u{1b}]0;title\u{7}".to_owned()),
        1 => Just("x".repeat(200)),
    ]
}

/// A scope name: any of the characters of RFC 6749.
fn any_scope_name() -> impl Strategy<Value = String> {
    "[!#-\\[\\]-~]{1,12}"
}

/// A report in which every text is any text.
fn any_report() -> impl Strategy<Value = Report> {
    let scopes = proptest::collection::btree_map(any_scope_name(), any_text(), 1..4);
    (scopes, any_text(), any_text(), any_text()).prop_map(|(scopes, server, catalog, operation)| {
        let names: Vec<_> = scopes.keys().cloned().collect();
        let scopes: Vec<_> = scopes
            .iter()
            .map(|(name, description)| {
                // In a catalog, braces are those of placeholders.
                let catalog = (!name.contains(['{', '}'])).then_some(&catalog);
                json!({ "name": name, "catalog": catalog, "description": description })
            })
            .collect();
        let needed: Vec<_> = names.iter().map(|name| json!({ "scope": name })).collect();
        let choice = json!({ "match": { "argument": operation, "arms": [
            { "values": [server, catalog], "requires": needed[0] },
            { "requires": { "any": needed } },
        ]}});
        let arguments = json!([{ "name": operation, "expression": server }]);
        serde_json::from_value(json!({
            "schema": "scopes-report", "version": 1, "packages": [catalog], "scopes": scopes,
            "servers": [{ "name": server, "operations": [
                { "kind": "tool", "name": operation, "requires": choice, "arguments": arguments },
                { "kind": "prompt", "name": operation, "path": server, "requires": { "any": needed } },
                { "kind": "prompt", "name": operation, "path": catalog, "requires": { "any": needed } },
            ]}],
        }))
        .expect("a report")
    })
}

fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text on one line, as every format shows it.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(' '),
            _ => shown.push(character),
        }
    }
    shown
}

/// The tables of a Markdown text, cell by cell, and whether there is anything else in it.
fn tables(markdown: &str) -> (Vec<Vec<String>>, bool) {
    let (mut rows, mut cell, mut other) = (Vec::new(), None, false);
    for event in Parser::new_ext(
        markdown,
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS,
    ) {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => cell = Some(String::new()),
            Event::End(TagEnd::TableCell) => {
                let row: &mut Vec<String> = rows.last_mut().expect("a row");
                row.extend(cell.take());
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(cell) = &mut cell {
                    cell.push_str(&text);
                }
            }
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::Start(
                Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::BlockQuote(_)
                | Tag::List(_)
                | Tag::CodeBlock(_),
            ) => other = true,
            _ => {}
        }
    }
    (rows, other)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_terminal_gets_no_control_character(report in any_report(), other in any_report()) {
        let table = report.plain_table();
        prop_assert!(table.chars().all(|character| character == '\n' || !is_deceptive(character)));
        for line in table.lines() {
            prop_assert!(line.width() <= 80, "{line}");
        }
        let diff = Diff::between(&report, &other).to_string();
        prop_assert!(diff.chars().all(|character| character == '\n' || !is_deceptive(character)));
        for line in diff.lines() {
            prop_assert!(line.starts_with("- ") || line.ends_with(':'), "{line}");
        }
    }

    #[test]
    fn markdown_has_our_tables_and_nothing_else(report in any_report()) {
        let markdown = report.markdown();
        let (rows, other) = tables(&markdown);
        prop_assert!(!other, "{markdown}");
        let scopes = report.scopes();
        // Three operations, and each of two cases of one.
        prop_assert_eq!(rows.len(), 2 + scopes.len() + 5, "{}", markdown);
        for (row, scope) in rows[1..].iter().zip(scopes) {
            prop_assert_eq!(row.len(), 4);
            prop_assert_eq!(&row[0], scope.name.as_str());
            if !scope.description.contains(is_deceptive) {
                let shown = shown(&scope.description);
                prop_assert_eq!(row[1].trim(), shown.trim());
            }
        }
        let operation = rows.last().expect("a row");
        prop_assert_eq!(operation.len(), 3 + scopes.len());
        let name = report.operation_labels().pop().expect("an operation");
        if !name.contains(is_deceptive) {
            let shown = shown(&name);
            prop_assert_eq!(operation[0].trim(), shown.trim());
        }
    }

    #[test]
    fn a_comment_has_our_lists_and_nothing_else(report in any_report(), other in any_report()) {
        let markdown = Diff::between(&report, &other).markdown();
        for event in Parser::new_ext(&markdown, Options::all()) {
            let ours = !matches!(
                event,
                Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Table(_) | Tag::CodeBlock(_) | Tag::Emphasis)
            );
            prop_assert!(ours, "{markdown}\n{event:?}");
        }
    }

    #[test]
    fn no_cell_is_a_formula(report in any_report()) {
        let csv = report.csv();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        prop_assert_eq!(rows.len(), 5);
        for cell in rows.iter().flat_map(csv::StringRecord::iter) {
            prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            prop_assert!(!cell.contains(is_deceptive), "{cell:?}");
        }
    }

    #[test]
    fn json_and_lock_hold_every_text(report in any_report()) {
        let json = report.json();
        prop_assert!(json.chars().all(|character| character == '\n' || !is_deceptive(character)));
        let read: Report = serde_json::from_str(&json).expect("our own JSON");
        prop_assert_eq!(&read, &report);
        let lock = report.lock();
        prop_assert!(lock.chars().all(|character| character == '\n' || !is_deceptive(character)));
        let locked = Report::from_lock(&lock).expect("our own lock file");
        prop_assert_eq!(Diff::between(&locked, &report), Diff::default());
    }
}
