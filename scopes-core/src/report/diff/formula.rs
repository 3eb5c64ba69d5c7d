//! A requirement as a formula over the names in a token, implications included.

use std::collections::HashMap;

use crate::report::contents::{Report, ReportedExpression};

/// What has to be true of the names in a token. More names never make it false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Formula {
    /// The name of this number is there.
    Name(usize),
    /// One of these is true; of none, never.
    Any(Vec<Formula>),
    /// Every one of these is true; there is at least one.
    All(Vec<Formula>),
}

impl Formula {
    /// Whether it is true where `there` says of each name whether it is there.
    pub(super) fn holds(&self, there: &[bool]) -> bool {
        match self {
            Self::Name(name) => there[*name],
            Self::Any(members) => members.iter().any(|member| member.holds(there)),
            Self::All(members) => members.iter().all(|member| member.holds(there)),
        }
    }
}

/// Which names bring each scope of a report.
pub(super) struct Vocabulary(Vec<Vec<usize>>);

/// The names of both reports, by number, and which of them bring what.
pub(super) fn number<'r>(old: &'r Report, new: &'r Report) -> (Vec<&'r str>, [Vocabulary; 2]) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut names = Vec::new();
    for scope in old.scopes.iter().chain(&new.scopes) {
        numbers.entry(scope.name.as_str()).or_insert_with(|| {
            names.push(scope.name.as_str());
            names.len() - 1
        });
    }
    let vocabulary = |report: &Report| {
        let mut brought_by = vec![Vec::new(); report.scopes.len()];
        for (place, scope) in report.scopes.iter().enumerate() {
            let number = numbers[scope.name.as_str()];
            brought_by[place].push(number);
            for implied in &scope.implied {
                brought_by[*implied].push(number);
            }
        }
        for names in &mut brought_by {
            names.sort_unstable();
            names.dedup();
        }
        Vocabulary(brought_by)
    };
    let vocabularies = [vocabulary(old), vocabulary(new)];
    (names, vocabularies)
}

impl Vocabulary {
    pub(super) fn formula(&self, expression: &ReportedExpression) -> Formula {
        let members = |members: &[ReportedExpression]| {
            let members = members.iter();
            members.map(|member| self.formula(member)).collect()
        };
        match expression {
            ReportedExpression::Scope(place) => match self.0[*place].as_slice() {
                [name] => Formula::Name(*name),
                names => Formula::Any(names.iter().copied().map(Formula::Name).collect()),
            },
            ReportedExpression::All(inner) if inner.is_empty() => Formula::Any(Vec::new()),
            ReportedExpression::Any(inner) => Formula::Any(members(inner)),
            ReportedExpression::All(inner) => Formula::All(members(inner)),
        }
    }
}
