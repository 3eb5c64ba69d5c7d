//! The names that tokens can have, and what each brings.
//!
//! A template stands for a name for each value, so names are made for the requirements at hand: with
//! the values that they name, with each argument as a value of its own, and with one further value.
//! More values make no difference: `docs/decisions/loosening.md` says why.

use std::collections::HashMap;

use crate::report::contents::Report;
use crate::report::leaf::{Filling, ReportedLeaf};

/// The scopes of a report, by the names in tokens.
pub(super) struct Vocabulary<'r> {
    pub(super) report: &'r Report,
    /// The places of those without placeholders.
    plain: HashMap<&'r str, Vec<usize>>,
    templates: Vec<usize>,
    /// For each scope, the places of those that bring it, itself included.
    bringing: Vec<Vec<usize>>,
}

/// A name in a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) text: String,
    /// `true` if placeholders stand in it, for values that nothing names.
    is_pattern: bool,
}

impl<'r> Vocabulary<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let mut plain: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut templates = Vec::new();
        let mut bringing: Vec<Vec<usize>> = (0..report.scopes.len()).map(|own| vec![own]).collect();
        for (place, scope) in report.scopes.iter().enumerate() {
            if scope.is_template() {
                templates.push(place);
            } else {
                plain.entry(scope.name.as_str()).or_default().push(place);
            }
            for implied in &scope.implied {
                bringing[*implied].push(place);
            }
        }
        Self {
            report,
            plain,
            templates,
            bringing,
        }
    }

    /// Returns the names that bring `leaf`, with what they need and nothing more, and the place of the
    /// scope of each.
    pub(super) fn names<'v>(
        &'v self,
        leaf: &'v ReportedLeaf,
    ) -> impl Iterator<Item = (Name, usize)> + 'v {
        let places = self.bringing[leaf.place].iter();
        places.filter_map(|place| {
            let held = self.report.bringing(*place, leaf)?;
            let is_value = |filling: &Filling| matches!(filling, Filling::Value(_));
            let name = Name {
                text: held.spelled(self.report.scopes[*place].name.as_str()),
                is_pattern: !held.fillings.iter().all(is_value),
            };
            Some((name, *place))
        })
    }

    /// Returns the scopes that a token of this name has, without those that they imply.
    pub(super) fn held(&self, name: &Name) -> Vec<ReportedLeaf> {
        let text = name.text.as_str();
        let plain = self.plain.get(text).filter(|_| !name.is_pattern);
        let plain = plain.into_iter().flatten().map(|place| ReportedLeaf {
            place: *place,
            fillings: Vec::new(),
        });
        // Braces in the name of an undeclared scope are characters like others.
        let templates = self.templates.iter();
        let templates = templates.filter(|_| name.is_pattern || !text.contains('{'));
        let instances = templates.filter_map(|place| {
            let template = self.report.scopes[*place].name.as_str();
            let fillings = Filling::read_all(template, text)?;
            Some(ReportedLeaf {
                place: *place,
                fillings,
            })
        });
        plain.chain(instances).collect()
    }

    /// Returns whether one of `held` brings `needed`.
    pub(super) fn brings(&self, held: &[ReportedLeaf], needed: &ReportedLeaf) -> bool {
        held.iter().any(|held| self.report.brings(held, needed))
    }
}
