//! Reads a lock file.
//!
//! ```text
//! File      = "scopes.lock 1" { Section }
//! Section   = "packages" Text { "," Text } | "catalog" Text { Scope } | "undeclared" { Scope }
//!           | "server" Text { Operation }
//! Scope     = "scope" Text [ "implies" "(" Text { "," Text } ")" ] [ "baseline" ] [ "hidden" ] ":" Text
//! Operation = Kind Text [ "at" Text ] ":" ( "public" | "authenticated" | Needed )
//! Needed    = Text | ( "any" | "all" ) "(" [ Needed { "," Needed } ] ")"
//! ```
//!
//! Each section, scope and operation is a line; `#` begins a comment. `Text` is a string as in JSON.

use super::error::ParseLockError;
use super::line::Line;
use super::problem::{Expected, HEADER, LockProblem, MAX_DEPTH};
use crate::registry::OperationKind;
use crate::report::contents::{Report, ReportedScope};
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
                while line.take(',') {
                    self.draft.packages.push(line.text()?);
                }
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
        let (mut baseline, mut hidden) = (false, false);
        while let Some(word) = line.word() {
            match word {
                "implies" => {
                    line.expect('(')?;
                    implies.push(line.text()?);
                    while line.take(',') {
                        implies.push(line.text()?);
                    }
                    line.expect(')')?;
                }
                "baseline" => baseline = true,
                "hidden" => hidden = true,
                other => return Err(LockProblem::UnknownFlag(other.to_owned())),
            }
        }
        line.expect(':')?;
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
        let path = match line.word() {
            None => String::new(),
            Some("at") => line.text()?,
            Some(other) => return Err(LockProblem::NotAt(other.to_owned())),
        };
        line.expect(':')?;
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
        });
        Ok(())
    }
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
        _ => return Err(line.expected(Expected::Group)),
    };
    line.expect('(')?;
    let mut members = Vec::new();
    while !line.take(')') {
        if !members.is_empty() {
            line.expect(',')?;
        }
        members.push(if line.is_text() {
            Tree::Leaf(line.text()?)
        } else {
            let word = line.word();
            group(word, line, depth + 1)?
        });
    }
    Ok(join.of(members))
}
