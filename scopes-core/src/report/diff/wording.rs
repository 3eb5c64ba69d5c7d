//! A diff in sentences.

use std::fmt::{self, Write as _};

use super::{
    AnonymousChange, ArgumentChange, Diff, Difference, OperationChange, OperationName, ScopeChange,
    Verdict, Witness,
};
use crate::registry::AnonymousLists;
use crate::report::cases::ArgumentValues;
use crate::report::safe_text::{markdown, markdown_code, quoted, visible};

/// The style of names and texts.
#[derive(Clone, Copy)]
struct Style {
    /// A name, or a requirement.
    code: fn(&str) -> String,
    /// A description, in quotes.
    quote: fn(&str) -> String,
}

const PLAIN: Style = Style {
    code: |name| format!("`{}`", visible(name)),
    quote: quoted,
};

const MARKDOWN: Style = Style {
    code: markdown_code,
    quote: |text| markdown(&quoted(text)),
};

/// So many operations are named where they have all changed for the same reason.
const NAMED: usize = 5;

/// A headline, and what stands below it.
type Section = (&'static str, Vec<String>);

impl Diff {
    /// Returns the diff as Markdown, for a comment on a pull request.
    #[must_use]
    pub fn markdown(&self) -> String {
        let headline = match self.verdict() {
            Verdict::Same => "**Scopes: nothing has changed.**",
            Verdict::Changed => "**Scopes: no caller is allowed more than before.**",
            Verdict::Loosened => "**Scopes: a caller is allowed more than before.**",
        };
        let mut text = format!("{headline}\n");
        for (headline, sentences) in self.sections(MARKDOWN) {
            let _ = writeln!(text, "\n#### {headline}\n");
            for sentence in sentences {
                let _ = writeln!(text, "- {sentence}");
            }
        }
        text
    }

    fn sections(&self, style: Style) -> Vec<Section> {
        let mut loosened = self.through_implications(style, true);
        let mut tightened = self.through_implications(style, false);
        for change in &self.anonymous {
            let section = if change.is_loosening() {
                &mut loosened
            } else {
                &mut tightened
            };
            section.push(change.sentence(style));
        }
        let (mut operations, mut same) = (Vec::new(), Vec::new());
        for change in &self.operations {
            match change {
                OperationChange::Added {
                    operation,
                    requires,
                    public,
                } => {
                    let operation = name(operation, style);
                    if *public {
                        loosened.push(format!(
                            "Every caller is allowed to call {operation}, which is new and public."
                        ));
                    } else {
                        let requires = (style.code)(requires);
                        operations.push(format!("Added: {operation}, which requires {requires}."));
                    }
                }
                OperationChange::Removed {
                    operation,
                    required,
                    public,
                } => {
                    let operation = name(operation, style);
                    let required = (style.code)(required);
                    if *public {
                        operations.push(format!("Removed: {operation}, which was public."));
                    } else {
                        loosened.push(format!(
                            "No longer guarded: {operation}, which required {required}. Either it was removed, or its annotation was and every caller is allowed to call it; check which."
                        ));
                    }
                }
                OperationChange::Changed {
                    was, is, arguments, ..
                } => {
                    let sentences = arguments.iter();
                    loosened.extend(sentences.map(|one| one.sentence(is, style)));
                    if !was.is_called_like(is) {
                        let (was, is) = (name(was, style), name(is, style));
                        operations.push(format!("Renamed: {was} is now {is}."));
                    }
                    if let Some((sentence, is_looser, is_tighter)) = change.sentence(style) {
                        let section = match (is_looser, is_tighter) {
                            (true, _) => &mut loosened,
                            (false, true) => &mut tightened,
                            (false, false) => &mut same,
                        };
                        section.push(sentence);
                    }
                }
            }
        }
        let scopes = self.scopes.iter().map(|change| change.sentence(style));
        let sections = [
            ("Loosened", loosened),
            ("Tightened", tightened),
            ("Written otherwise, for the same callers", same),
            ("Operations", operations),
            ("Scopes", scopes.collect()),
        ];
        let sections = sections.into_iter();
        sections
            .filter(|(_, sentences)| !sentences.is_empty())
            .collect()
    }

    /// Operations that require the same as before, of other callers: together, by whom.
    fn through_implications(&self, style: Style, gained: bool) -> Vec<String> {
        let mut groups: Vec<(&Witness, Vec<&OperationName>)> = Vec::new();
        for change in &self.operations {
            let OperationChange::Changed {
                is,
                required,
                requires,
                gains,
                loses,
                ..
            } = change
            else {
                continue;
            };
            let witness = if gained { gains } else { loses };
            let Some(witness) = witness.as_ref().filter(|_| required == requires) else {
                continue;
            };
            match groups.iter_mut().find(|(known, _)| *known == witness) {
                Some((_, operations)) => operations.push(is),
                None => groups.push((witness, vec![is])),
            }
        }
        let sentence = |(witness, operations): (&Witness, Vec<&OperationName>)| {
            let named = operations.iter().take(NAMED);
            let named = named.map(|operation| name(operation, style));
            let mut named = named.collect::<Vec<_>>().join(", ");
            if operations.len() > NAMED {
                let _ = write!(named, " and {} more", operations.len() - NAMED);
            }
            let may = if gained { "may now" } else { "may no longer" };
            format!(
                "{} {may} call {named}, by what scopes imply.",
                caller(witness, style)
            )
        };
        groups.into_iter().map(sentence).collect()
    }
}

impl OperationChange {
    /// Returns a sentence about a changed requirement, with whether it is looser and whether it is
    /// tighter.
    fn sentence(&self, style: Style) -> Option<(String, bool, bool)> {
        let Self::Changed {
            is,
            required,
            requires,
            gains,
            loses,
            ..
        } = self
        else {
            return None;
        };
        if required == requires {
            return None;
        }
        let operation = name(is, style);
        let requirement = format!(
            "which required {} and now requires {}",
            (style.code)(required),
            (style.code)(requires)
        );
        let sentence = match (gains, loses) {
            (Some(gains), None) => format!(
                "{} may now call {operation}, {requirement}.",
                caller(gains, style)
            ),
            (None, Some(loses)) => format!(
                "{} may no longer call {operation}, {requirement}.",
                caller(loses, style)
            ),
            (Some(gains), Some(loses)) => format!(
                "{} may now call {operation}, {requirement}; {} no longer may.",
                caller(gains, style),
                lower(&caller(loses, style))
            ),
            (None, None) => format!("The same callers may call {operation}, {requirement}."),
        };
        Some((sentence, gains.is_some(), loses.is_some()))
    }
}

impl AnonymousChange {
    fn sentence(&self, style: Style) -> String {
        let handler = (style.code)(&self.handler);
        match (self.from, self.to) {
            (_, None) => format!("Callers without a token are no longer admitted by {handler}."),
            (None, Some(AnonymousLists::Public)) => format!(
                "Callers without a token are admitted by {handler} to public operations, and to lists of these."
            ),
            (None, Some(AnonymousLists::Whole)) => format!(
                "Callers without a token are admitted by {handler} to public operations, and to whole lists."
            ),
            (Some(_), Some(AnonymousLists::Whole)) => {
                format!("Callers without a token are shown whole lists by {handler}.")
            }
            (Some(_), Some(AnonymousLists::Public)) => format!(
                "Callers without a token are shown only public operations in the lists of {handler}."
            ),
        }
    }
}

impl ArgumentChange {
    fn sentence(&self, operation: &OperationName, style: Style) -> String {
        let expressions = |all: &[String]| {
            let all = all.iter().map(|one| (style.code)(one));
            let all = all.collect::<Vec<_>>().join(" and ");
            if all.is_empty() {
                "the binding of that name".to_owned()
            } else {
                all
            }
        };
        format!(
            "Argument {} of {} is now read from {}, and was read from {}. Expressions are not compared: check that both give the same value.",
            (style.code)(&self.name),
            name(operation, style),
            expressions(&self.to),
            expressions(&self.from)
        )
    }
}

impl ScopeChange {
    fn sentence(&self, style: Style) -> String {
        match self {
            Self::Added { scope, description } if description.is_empty() => {
                format!("Added: {}.", (style.code)(scope))
            }
            Self::Added { scope, description } => {
                let (scope, description) = ((style.code)(scope), (style.quote)(description));
                format!("Added: {scope}, {description}.")
            }
            Self::Removed { scope } => format!("Removed: {}.", (style.code)(scope)),
            Self::Changed { scope, differences } => {
                let differences = differences.iter();
                let differences = differences.map(|difference| difference.words(style));
                let differences = differences.collect::<Vec<_>>().join("; ");
                format!("Changed: {} {differences}.", (style.code)(scope))
            }
        }
    }
}

impl Difference {
    fn words(&self, style: Style) -> String {
        let all = |names: &[String]| {
            if names.is_empty() {
                return "nothing".to_owned();
            }
            let names = names.iter().map(|name| (style.code)(name));
            names.collect::<Vec<_>>().join(" ")
        };
        let one = |name: &Option<String>| match name {
            Some(name) => (style.code)(name),
            None => "no catalog".to_owned(),
        };
        match self {
            Self::Catalog { from, to } => {
                format!("was declared by {}, and is by {}", one(from), one(to))
            }
            Self::Description { from, to } => {
                let (from, to) = ((style.quote)(from), (style.quote)(to));
                format!("was described as {from}, and is as {to}")
            }
            Self::Implies { from, to } => {
                format!("implied {}, and now implies {}", all(from), all(to))
            }
            Self::Baseline(true) => "is now named in every 401".to_owned(),
            Self::Baseline(false) => "is no longer named in every 401".to_owned(),
            Self::Hidden(true) => "is now hidden".to_owned(),
            Self::Hidden(false) => "is no longer hidden".to_owned(),
            Self::Requestable(true) => {
                "is now requested with the values of its placeholders".to_owned()
            }
            Self::Requestable(false) => {
                "is no longer requested with the values of its placeholders".to_owned()
            }
        }
    }
}

fn name(operation: &OperationName, style: Style) -> String {
    let OperationName {
        server,
        kind,
        name,
        path,
    } = operation;
    let mut name = (style.code)(name);
    if let Some(path) = path {
        let _ = write!(name, " at {}", (style.code)(path));
    }
    match server.as_str() {
        "" => format!("{kind} {name}"),
        server => format!("{kind} {name} of server {}", (style.code)(server)),
    }
}

fn caller(witness: &Witness, style: Style) -> String {
    match witness {
        Witness::Anonymous => "A caller without a token".to_owned(),
        Witness::Scopes { scopes, values } => {
            let scopes = scopes.iter().map(|scope| (style.code)(scope.as_str()));
            let scopes = scopes.collect::<Vec<_>>().join(" and ");
            let caller = if scopes.is_empty() {
                "A caller with any token, without scopes,".to_owned()
            } else {
                format!("A caller with {scopes} alone")
            };
            if values.is_empty() {
                return caller;
            }
            let values = values.iter().map(|known| condition(known, style));
            let values = values.collect::<Vec<_>>().join(" and ");
            format!("{}, where {values},", caller.trim_end_matches(','))
        }
        Witness::Unknown => {
            "The requirements are too large to compare; treated as loosened: a caller".to_owned()
        }
    }
}

fn condition(known: &ArgumentValues, style: Style) -> String {
    let values = known.values.iter().map(|value| (style.quote)(value));
    let values = values.collect::<Vec<_>>().join(" or ");
    let argument = (style.code)(&known.argument);
    if values.is_empty() {
        format!("{argument} has any other value")
    } else {
        format!("{argument} is {values}")
    }
}

fn lower(sentence: &str) -> String {
    let mut characters = sentence.chars();
    let first = characters
        .next()
        .map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

impl fmt::Display for Diff {
    /// The sentences, one on each line, what is looser first.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for (headline, sentences) in self.sections(PLAIN) {
            write!(formatter, "{gap}{headline}:")?;
            for sentence in sentences {
                write!(formatter, "\n- {sentence}")?;
            }
            gap = "\n";
        }
        Ok(())
    }
}
