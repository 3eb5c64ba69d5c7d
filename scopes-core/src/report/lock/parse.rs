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

use super::error::{LockProblem, ParseLockError};
use super::line::{DEPTH, Line};
use super::text::HEADER;
use crate::registry::OperationKind;
use crate::report::contents::{
    Report, ReportedExpression, ReportedOperation, ReportedRequirement, ReportedScope,
};
use crate::report::label::{KnownLabels, Labels};

/// What was read before every name is known.
#[derive(Default)]
struct Read {
    packages: Vec<String>,
    scopes: Vec<ReportedScope>,
    /// Of each scope, its line and what it implies.
    implies: Vec<(usize, Vec<String>)>,
    operations: Vec<(usize, Operation)>,
    section: Section,
}

#[derive(Default)]
enum Section {
    #[default]
    None,
    Catalog(Option<String>),
    Server(String),
}

struct Operation {
    server: String,
    kind: OperationKind,
    name: String,
    path: String,
    requires: Requires,
}

enum Requires {
    Public,
    Authenticated,
    Scopes(Needed),
}

enum Needed {
    Scope(String),
    Any(Vec<Needed>),
    All(Vec<Needed>),
}

pub(super) fn parse(text: &str) -> Result<Report, ParseLockError> {
    let mut lines = (1..).zip(text.lines());
    let problem = |line, problem| ParseLockError { line, problem };
    check_header(lines.next().map_or("", |(_, line)| line)).map_err(|wrong| problem(1, wrong))?;
    let mut read = Read::default();
    for (number, line) in lines {
        let mistake = |text| problem(number, LockProblem::Line(text));
        if is_conflict(line) {
            return Err(problem(number, LockProblem::Conflict));
        }
        read.line(number, Line::new(line)).map_err(mistake)?;
    }
    read.finish()
        .map_err(|(number, text)| problem(number, LockProblem::Line(text)))
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
        Some(version) => Err(LockProblem::Version(version.to_owned())),
        None => Err(LockProblem::Line(format!("expected `{HEADER}`"))),
    }
}

fn is_conflict(line: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

impl Read {
    fn line(&mut self, number: usize, mut line: Line<'_>) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        let before = line.before();
        match line.word() {
            Some("packages") => {
                self.packages.push(line.text()?);
                while line.take(',') {
                    self.packages.push(line.text()?);
                }
            }
            Some("catalog") => self.section = Section::Catalog(Some(line.text()?)),
            Some("undeclared") => self.section = Section::Catalog(None),
            Some("server") => self.section = Section::Server(line.text()?),
            Some("scope") => self.scope(number, &mut line)?,
            Some(word) => match kind(word) {
                Some(kind) => self.operation(number, kind, &mut line)?,
                None => {
                    return Err(format!(
                        "`{word}` is none of packages, catalog, undeclared, scope, server, tool, prompt, resource, method, function"
                    ));
                }
            },
            None => return Err(format!("expected a word {before}")),
        }
        line.end()
    }

    fn scope(&mut self, number: usize, line: &mut Line<'_>) -> Result<(), String> {
        let Section::Catalog(catalog) = &self.section else {
            return Err("a scope stands below its catalog, or below `undeclared`".to_owned());
        };
        let name = line.text()?;
        let name = name.parse().map_err(|error| format!("{error}"))?;
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
                other => return Err(format!("`{other}` is none of implies, baseline, hidden")),
            }
        }
        line.expect(':')?;
        let description = line.text()?;
        let is_same = |known: &ReportedScope| known.name == name && known.catalog == *catalog;
        if let Some(place) = self.scopes.iter().position(is_same) {
            let first = self.implies[place].0;
            return Err(format!(
                "scope {name:?} stands in line {first} already",
                name = name.as_str()
            ));
        }
        self.scopes.push(ReportedScope {
            catalog: catalog.clone(),
            name,
            description,
            implies: Vec::new(),
            implied: Vec::new(),
            baseline,
            hidden,
        });
        self.implies.push((number, implies));
        Ok(())
    }

    fn operation(
        &mut self,
        number: usize,
        kind: OperationKind,
        line: &mut Line<'_>,
    ) -> Result<(), String> {
        let Section::Server(server) = &self.section else {
            return Err("an operation stands below its server".to_owned());
        };
        let server = server.clone();
        let name = line.text()?;
        let path = match line.word() {
            None => String::new(),
            Some("at") => line.text()?,
            Some(other) => return Err(format!("expected `at` or `:`, not `{other}`")),
        };
        line.expect(':')?;
        let requires = if line.is_text() {
            Requires::Scopes(Needed::Scope(line.text()?))
        } else {
            match line.word() {
                Some("public") => Requires::Public,
                Some("authenticated") => Requires::Authenticated,
                word => Requires::Scopes(group(word, line, 0)?),
            }
        };
        let operation = Operation {
            server,
            kind,
            name,
            path,
            requires,
        };
        self.operations.push((number, operation));
        Ok(())
    }

    fn finish(mut self) -> Result<Report, (usize, String)> {
        let labels = Labels::of(&self.scopes);
        let known = labels.known().map_err(|error| (1, error))?;
        for (scope, (number, implies)) in self.scopes.iter_mut().zip(&self.implies) {
            let places = implies.iter().map(|label| known.find(label));
            let places: Result<_, _> = places.collect();
            scope.implies = places.map_err(|error| (*number, error))?;
        }
        let mut operations = Vec::with_capacity(self.operations.len());
        for (number, operation) in self.operations {
            operations.push(ReportedOperation {
                server: operation.server,
                kind: operation.kind,
                name: operation.name,
                path: operation.path,
                requirement: match operation.requires {
                    Requires::Public => ReportedRequirement::Public,
                    Requires::Authenticated => ReportedRequirement::Authenticated,
                    Requires::Scopes(needed) => ReportedRequirement::Scopes(
                        expression(needed, &known).map_err(|error| (number, error))?,
                    ),
                },
            });
        }
        self.packages.sort_unstable();
        Ok(Report::assembled(self.packages, self.scopes, operations))
    }
}

fn group(word: Option<&str>, line: &mut Line<'_>, depth: usize) -> Result<Needed, String> {
    if depth > DEPTH {
        return Err(format!("groups stand more than {DEPTH} deep"));
    }
    let group: fn(Vec<Needed>) -> Needed = match word {
        Some("any") => Needed::Any,
        Some("all") => Needed::All,
        _ => {
            return Err(format!(
                "expected a scope in quotes, `any(..)` or `all(..)` {}",
                line.before()
            ));
        }
    };
    line.expect('(')?;
    let mut members = Vec::new();
    while !line.take(')') {
        if !members.is_empty() {
            line.expect(',')?;
        }
        members.push(if line.is_text() {
            Needed::Scope(line.text()?)
        } else {
            let word = line.word();
            self::group(word, line, depth + 1)?
        });
    }
    Ok(group(members))
}

fn expression(needed: Needed, known: &KnownLabels<'_>) -> Result<ReportedExpression, String> {
    let members = |members: Vec<Needed>| -> Result<Vec<_>, String> {
        let members = members.into_iter();
        members.map(|member| expression(member, known)).collect()
    };
    Ok(match needed {
        Needed::Scope(label) => ReportedExpression::Scope(known.find(&label)?),
        Needed::Any(inner) => ReportedExpression::Any(members(inner)?),
        Needed::All(inner) => ReportedExpression::All(members(inner)?),
    })
}

fn kind(word: &str) -> Option<OperationKind> {
    Some(match word {
        "tool" => OperationKind::Tool,
        "prompt" => OperationKind::Prompt,
        "resource" => OperationKind::Resource,
        "method" => OperationKind::Method,
        "function" => OperationKind::Function,
        _ => return None,
    })
}
