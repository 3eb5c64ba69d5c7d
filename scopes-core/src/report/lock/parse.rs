//! Reads a lock file.
//!
//! ```text
//! File      = "scopes.lock 1" { Section }
//! Section   = "packages" Text { "," Text } | "catalog" Text { Scope } | "undeclared" { Scope }
//!           | "server" Text { Operation } | "anonymous" Text ":" ( "public" | "whole" ) "lists"
//! Scope     = "scope" Text [ "implies" "(" Text { "," Text } ")" ] [ "baseline" ] [ "hidden" ]
//!             [ "requestable" ] ":" Text
//! Operation = Kind Text [ "at" Text ] [ "args" "(" Name "=" Text { "," Name "=" Text } ")" ]
//!             ":" ( "public" | "authenticated" | Needed )
//! Needed    = Text | ( "any" | "all" ) "(" [ Needed { "," Needed } ] ")"
//!           | "match" "(" Name { "," Values "=>" Needed } ")"
//! Values    = "_" | Text { "|" Text }
//! ```
//!
//! Each section, scope and operation is a line; `#` begins a comment. `Text` is a string as in JSON,
//! `Name` a `Text` or letters, digits, `_` and `.`.

use super::error::ParseLockError;
use super::line::Line;
use super::problem::{Expected, HEADER, LockProblem, MAX_DEPTH};
use crate::registry::{AnonymousLists, OperationKind};
use crate::report::contents::{Report, ReportedAnonymous, ReportedArgument, ReportedScope};
use crate::report::draft::{Draft, DraftOperation, DraftScope};
use crate::scope::requirement::tree::Join;
use crate::scope::{Access, ScopeName, Tree};

/// The parts of a report that were read so far.
#[derive(Default)]
struct Read {
    draft: Draft,
    section: Section,
}

#[derive(Default)]
enum Section {
    #[default]
    None,
    Catalog(Option<String>),
    Server(String),
}

pub(super) fn parse(text: &str) -> Result<Report, ParseLockError> {
    let mut lines = (1..).zip(text.lines());
    let problem = |line, problem| ParseLockError { line, problem };
    check_header(lines.next().map_or("", |(_, line)| line)).map_err(|wrong| problem(1, wrong))?;
    let mut read = Read::default();
    for (number, line) in lines {
        let mistake = |mistake| problem(number, mistake);
        if is_conflict(line) {
            return Err(problem(number, LockProblem::Conflict));
        }
        read.line(number, Line::new(line)).map_err(mistake)?;
    }
    read.draft.packages.sort_unstable();
    read.draft
        .finish()
        .map_err(|(number, mistake)| problem(number, LockProblem::Report(mistake)))
}

fn check_header(line: &str) -> Result<(), LockProblem> {
    let line = line.trim_start_matches('\u{feff}').trim();
    if line == HEADER {
        return Ok(());
    }
    if is_conflict(line) {
        return Err(LockProblem::Conflict);
    }
    match line.strip_prefix("scopes.lock ") {
        Some(version) => Err(LockProblem::OtherVersion(version.to_owned())),
        None => Err(LockProblem::Header),
    }
}

fn is_conflict(line: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

impl Read {
    fn line(&mut self, number: usize, mut line: Line<'_>) -> Result<(), LockProblem> {
        if line.is_empty() {
            return Ok(());
        }
        let next = line.next();
        match line.word() {
            Some("packages") => {
                self.draft.packages.push(line.text()?);
                while line.take(",") {
                    self.draft.packages.push(line.text()?);
                }
            }
            Some("anonymous") => {
                let handler = line.text()?;
                line.expect(":")?;
                let lists = lists(&mut line)?;
                let anonymous = ReportedAnonymous { handler, lists };
                self.draft.anonymous.push(anonymous);
            }
            Some("catalog") => self.section = Section::Catalog(Some(line.text()?)),
            Some("undeclared") => self.section = Section::Catalog(None),
            Some("server") => self.section = Section::Server(line.text()?),
            Some("scope") => self.scope(number, &mut line)?,
            Some(word) => {
                let kind = word.parse();
                let kind = kind.map_err(|_| LockProblem::UnknownLine(word.to_owned()))?;
                self.operation(number, kind, &mut line)?;
            }
            None => return Err(LockProblem::Expected(Expected::Word, next)),
        }
        line.end()
    }

    fn scope(&mut self, number: usize, line: &mut Line<'_>) -> Result<(), LockProblem> {
        let Section::Catalog(catalog) = &self.section else {
            return Err(LockProblem::ScopeOutsideCatalog);
        };
        let name: ScopeName = line.text()?.parse().map_err(LockProblem::ScopeName)?;
        let mut implies = Vec::new();
        let (mut baseline, mut hidden, mut requestable) = (false, false, false);
        while let Some(word) = line.word() {
            match word {
                "implies" => {
                    line.expect("(")?;
                    implies.push(line.text()?);
                    while line.take(",") {
                        implies.push(line.text()?);
                    }
                    line.expect(")")?;
                }
                "baseline" => baseline = true,
                "hidden" => hidden = true,
                "requestable" => requestable = true,
                other => return Err(LockProblem::UnknownFlag(other.to_owned())),
            }
        }
        line.expect(":")?;
        let description = line.text()?;
        let is_same =
            |known: &&DraftScope| known.scope.name == name && known.scope.catalog == *catalog;
        if let Some(known) = self.draft.scopes.iter().find(is_same) {
            return Err(LockProblem::RepeatedScope(name.to_string(), known.line));
        }
        let scope = ReportedScope {
            catalog: catalog.clone(),
            name,
            description,
            implies: Vec::new(),
            implied: Vec::new(),
            baseline,
            hidden,
            requestable,
        };
        self.draft.scopes.push(DraftScope {
            line: number,
            scope,
            implies,
        });
        Ok(())
    }

    fn operation(
        &mut self,
        number: usize,
        kind: OperationKind,
        line: &mut Line<'_>,
    ) -> Result<(), LockProblem> {
        let Section::Server(server) = &self.section else {
            return Err(LockProblem::OperationOutsideServer);
        };
        let server = server.clone();
        let name = line.text()?;
        let (mut path, mut arguments) = (String::new(), Vec::new());
        while let Some(word) = line.word() {
            match word {
                "at" if path.is_empty() => path = line.text()?,
                "args" if arguments.is_empty() => arguments = read_arguments(line)?,
                other => return Err(LockProblem::NotAt(other.to_owned())),
            }
        }
        line.expect(":")?;
        let requires = if line.is_text() {
            Access::Scopes(Tree::Leaf(line.text()?))
        } else {
            match line.word() {
                Some("public") => Access::Public,
                Some("authenticated") => Access::Authenticated,
                word => Access::Scopes(group(word, line, 0)?),
            }
        };
        self.draft.operations.push(DraftOperation {
            line: number,
            server,
            kind,
            name,
            path,
            requires,
            arguments,
            description: String::new(),
        });
        Ok(())
    }
}

fn lists(line: &mut Line<'_>) -> Result<AnonymousLists, LockProblem> {
    let expected = line.expected(Expected::Lists);
    let lists = line.word().and_then(AnonymousLists::from_word);
    match (lists, line.word()) {
        (Some(lists), Some("lists")) => Ok(lists),
        _ => Err(expected),
    }
}

fn read_arguments(line: &mut Line<'_>) -> Result<Vec<ReportedArgument>, LockProblem> {
    let mut arguments = Vec::new();
    line.expect("(")?;
    loop {
        let name = line.name()?;
        line.expect("=")?;
        let expression = Some(line.text()?);
        arguments.push(ReportedArgument { name, expression });
        if !line.take(",") {
            line.expect(")")?;
            return Ok(arguments);
        }
    }
}

fn needed(line: &mut Line<'_>, depth: usize) -> Result<Tree<String>, LockProblem> {
    if line.is_text() {
        return Ok(Tree::Leaf(line.text()?));
    }
    let word = line.word();
    group(word, line, depth)
}

fn group(
    word: Option<&str>,
    line: &mut Line<'_>,
    depth: usize,
) -> Result<Tree<String>, LockProblem> {
    if depth > MAX_DEPTH {
        return Err(LockProblem::TooDeep);
    }
    let join = match word {
        Some("any") => Join::Any,
        Some("all") => Join::All,
        Some("match") => return choice(line, depth),
        _ => return Err(line.expected(Expected::Group)),
    };
    line.expect("(")?;
    let mut members = Vec::new();
    while !line.take(")") {
        if !members.is_empty() {
            line.expect(",")?;
        }
        members.push(needed(line, depth + 1)?);
    }
    Ok(join.of(members))
}

fn choice(line: &mut Line<'_>, depth: usize) -> Result<Tree<String>, LockProblem> {
    line.expect("(")?;
    let argument = line.name()?;
    let mut arms = Vec::new();
    while !line.take(")") {
        line.expect(",")?;
        let values = values(line)?;
        line.expect("=>")?;
        arms.push((values, needed(line, depth + 1)?));
    }
    Ok(Tree::matching(argument, arms))
}

fn values(line: &mut Line<'_>) -> Result<Vec<String>, LockProblem> {
    let mut values = Vec::new();
    if line.take("_") {
        return Ok(values);
    }
    loop {
        if !line.is_text() {
            return Err(line.expected(Expected::Value));
        }
        values.push(line.text()?);
        if !line.take("|") {
            return Ok(values);
        }
    }
}
