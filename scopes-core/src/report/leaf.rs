//! The leaf of a reported requirement, and which scopes bring it.

use super::contents::{Report, ReportedScope};
use crate::scope::catalog::template;

/// A scope in a requirement of a report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ReportedLeaf {
    /// The place of the scope in [`Report::scopes`].
    pub place: usize,
    /// What fills the placeholders of its name, in their order.
    pub fillings: Vec<Filling>,
}

/// What fills a placeholder in the name of a required scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Filling {
    /// The value of this argument; `{project}` in text.
    Argument(String),
    /// This value.
    Value(String),
    /// Any value will do, as in a [published](Report::published) report; `{*}` in text.
    Any,
}

impl ReportedLeaf {
    /// Returns the name of `scope`, with the fillings in its placeholders.
    pub(super) fn spelled(&self, scope: &ReportedScope) -> String {
        if self.fillings.is_empty() {
            return scope.name.to_string();
        }
        let mut fillings = self.fillings.iter();
        template::fill(scope.name.as_str(), |_| match fillings.next() {
            Some(Filling::Argument(argument)) => format!("{{{argument}}}"),
            Some(Filling::Value(value)) => value.clone(),
            Some(Filling::Any) | None => "{*}".to_owned(),
        })
    }
}

impl Filling {
    /// Reads what fills the placeholders of `template` in `name`; `None` if it does not stand for
    /// `name`.
    pub(super) fn read_all(template: &str, name: &str) -> Option<Vec<Self>> {
        let (mut template, mut name) = (template, name);
        let mut fillings = Vec::new();
        while let Some((literal, rest)) = template.split_once('{') {
            let filled = name.strip_prefix(literal)?;
            let (filling, behind) =
                filled.split_at(filled.find([':', '/']).unwrap_or(filled.len()));
            fillings.push(Self::read(filling)?);
            (template, name) = (rest.split_once('}')?.1, behind);
        }
        (template == name).then_some(fillings)
    }

    fn read(text: &str) -> Option<Self> {
        if template::is_value(text) {
            return Some(Self::Value(text.to_owned()));
        }
        let argument = text.strip_prefix('{')?.strip_suffix('}')?;
        match argument {
            "*" => Some(Self::Any),
            _ if argument.is_empty() || argument.contains(['{', '}', '*']) => None,
            _ => Some(Self::Argument(argument.to_owned())),
        }
    }
}

impl Report {
    /// Returns the scope at `place`, with those values for which it brings `needed`; any value where
    /// it makes no difference. `None` if it does not bring `needed`.
    pub(super) fn bringing(&self, place: usize, needed: &ReportedLeaf) -> Option<ReportedLeaf> {
        if place == needed.place {
            return Some(needed.clone());
        }
        let scope = &self.scopes[place];
        scope.implied.binary_search(&needed.place).ok()?;
        let mut fillings = vec![Filling::Any; scope.placeholders().count()];
        if !fillings.is_empty() {
            let placeholders = self.scopes[needed.place].placeholders();
            for (placeholder, filling) in placeholders.zip(&needed.fillings) {
                let at = scope.placeholders().position(|name| name == placeholder)?;
                fillings[at].clone_from(filling);
            }
        }
        Some(ReportedLeaf { place, fillings })
    }

    /// Returns whether `held` brings `needed`.
    pub(super) fn brings(&self, held: &ReportedLeaf, needed: &ReportedLeaf) -> bool {
        if needed.fillings.is_empty() {
            let implied = &self.scopes[held.place].implied;
            return held.place == needed.place || implied.binary_search(&needed.place).is_ok();
        }
        let Some(least) = self.bringing(held.place, needed) else {
            return false;
        };
        let mut fillings = least.fillings.iter().zip(&held.fillings);
        fillings.all(|(least, held)| *least == Filling::Any || least == held)
    }
}
