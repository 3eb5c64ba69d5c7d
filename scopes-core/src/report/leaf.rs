//! The leaf of a reported requirement.

use crate::scope::catalog::template;

/// A scope in a requirement of a report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ReportedLeaf {
    /// The place of the scope in the report's list.
    pub(crate) place: usize,
    /// The fillings of the placeholders in its name, in their order.
    pub(crate) fillings: Vec<Filling>,
}

/// The filling of a placeholder in the name of a required scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Filling {
    /// The value of this argument; `{project}` in text.
    Argument(String),
    /// This value.
    Value(String),
    /// Any value will do, as in a published report; `{*}` in text.
    Any,
}

impl ReportedLeaf {
    /// Returns the name of its scope, `name`, with the fillings in the placeholders.
    pub(super) fn spelled(&self, name: &str) -> String {
        if self.fillings.is_empty() {
            return name.to_owned();
        }
        let mut fillings = self.fillings.iter();
        template::fill(name, |_| match fillings.next() {
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
