//! The page of interoperability has every client and every authorization server, in the versions that are
//! installed, and the README says the same as the page.

#![allow(clippy::expect_used, reason = "a test may panic")]

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use scopes_authorization_servers::versions::servers;
use scopes_interop::clients::NAMES;
use scopes_interop::versions::clients;

const PAGE: &str = include_str!("../docs/interop.md");
const README: &str = include_str!("../README.md");

/// The texts of the cells, row by row, with that of the heads first.
type Table = Vec<Vec<String>>;

fn tables(document: &str) -> Vec<Table> {
    let mut tables = Vec::new();
    for event in Parser::new_ext(document, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Table(_)) => tables.push(Table::new()),
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                tables.last_mut().expect("a table").push(Vec::new());
            }
            Event::Start(Tag::TableCell) => {
                let row = tables.last_mut().and_then(|table| table.last_mut());
                row.expect("a row").push(String::new());
            }
            Event::Text(text) | Event::Code(text) => {
                let row = tables.last_mut().and_then(|table| table.last_mut());
                if let Some(cell) = row.and_then(|row| row.last_mut()) {
                    cell.push_str(&text);
                }
            }
            Event::End(TagEnd::Table) => {
                // Text after the table is not in a cell.
                tables.last_mut().expect("a table").push(Vec::new());
            }
            _ => {}
        }
    }
    for table in &mut tables {
        table.pop();
    }
    tables
}

/// The tables of JWTs and of introspection.
fn results() -> [Table; 2] {
    let tables = tables(PAGE).into_iter();
    let results: Vec<Table> = tables.filter(|table| table[0].len() > 2).collect();
    results.try_into().expect("two tables")
}

/// The results of a table: server, client, and what the cell says.
fn cells(table: &Table) -> impl Iterator<Item = (&str, &str, &str)> {
    let (heads, rows) = table.split_first().expect("heads");
    rows.iter().flat_map(move |row| {
        let cells = heads.iter().zip(row).skip(2);
        cells.map(|(client, cell)| (row[0].as_str(), client.as_str(), cell.as_str()))
    })
}

/// How many of the cells are complete, of those that are run; `None` if none is.
fn complete<'a>(cells: impl Iterator<Item = &'a str>) -> Option<String> {
    let run: Vec<&str> = cells.filter(|cell| !cell.starts_with("not run")).collect();
    let complete = run
        .iter()
        .filter(|cell| cell.starts_with("complete"))
        .count();
    (!run.is_empty()).then(|| format!("{complete} of {}", run.len()))
}

#[test]
fn the_page_lists_what_is_installed() {
    let listed: Table = tables(PAGE).into_iter().flatten().collect();
    for (name, package) in clients().chain(servers()) {
        let row = vec![name.to_owned(), package.replace('`', "")];
        assert!(
            listed.contains(&row),
            "run `just interop`: {row:?} is missing"
        );
    }
}

#[test]
fn every_pair_is_run_or_says_what_is_missing() {
    let reasons = PAGE
        .lines()
        .filter_map(|line| line.split_once(". ")?.0.parse().ok());
    let reasons: Vec<usize> = reasons.collect();
    for table in results() {
        assert_eq!(table[0][2..], NAMES, "the clients of a table");
        for (server, _) in servers() {
            assert!(
                table.iter().any(|row| row[0] == server),
                "{server} is missing"
            );
        }
        for (server, client, cell) in cells(&table) {
            let reason = cell.strip_prefix("ends early (");
            let reason = reason.and_then(|rest| rest.strip_suffix(')')?.parse().ok());
            let is_run = cell == "complete" || cell == "complete, no 403";
            let has_reason = reason.is_some_and(|number: usize| reasons.contains(&number));
            let says_why = cell
                .strip_prefix("not run: ")
                .is_some_and(|why| !why.is_empty());
            assert!(
                is_run || has_reason || says_why,
                "{server}, {client}: {cell:?}"
            );
        }
    }
}

#[test]
fn every_result_has_a_date() {
    let (_, raw) = PAGE.split_once("```text\n").expect("raw results");
    let (raw, _) = raw.split_once("```").expect("an end");
    for line in raw.lines() {
        let (day, time) = line.split_at_checked(11).expect("a date");
        let digits = day.replace(|letter: char| letter.is_ascii_digit(), "0");
        assert_eq!(digits, "0000-00-00T", "{line}");
        assert!(time[8..].starts_with('Z'), "{line}");
    }
    let tables = results();
    let run = tables.iter().flat_map(cells);
    let run = run.filter(|(.., cell)| !cell.starts_with("not run"));
    assert_eq!(raw.lines().count(), run.count());
}

#[test]
fn the_readme_has_a_line_for_each() {
    let [by_signature, by_introspection] = results();
    let mut expected = Vec::new();
    for (client, _) in clients() {
        let tables = [&by_signature, &by_introspection];
        let all = tables.into_iter().flat_map(cells);
        let own = all.filter(|(_, name, _)| *name == client);
        let complete = complete(own.map(|(.., cell)| cell)).expect("a run");
        expected.push(format!("| {client} | {complete} |"));
    }
    for (server, _) in servers() {
        let [by_signature, by_introspection] = [&by_signature, &by_introspection].map(|table| {
            let own = cells(table).filter(|(name, ..)| *name == server);
            complete(own.map(|(.., cell)| cell)).unwrap_or_else(|| "not offered".to_owned())
        });
        expected.push(format!(
            "| {server} | {by_signature} | {by_introspection} |"
        ));
    }
    let missing: Vec<&String> = expected
        .iter()
        .filter(|line| !README.contains(*line))
        .collect();
    assert!(missing.is_empty(), "the README has no lines\n{missing:#?}");
}
