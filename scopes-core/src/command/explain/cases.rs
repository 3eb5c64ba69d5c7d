//! The decision on an operation whose arguments are not given: value by value.

use serde_json::{Value, json};

use crate::authorize::authorize_with;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::report::cases::{self, ArgumentValues};
use crate::scope::catalog::template;
use crate::scope::{
    ArgumentProblem, ArgumentValue, Arguments, GrantedScopes, Requirement, ScopeSet,
};

/// More combinations of values are decided together.
const CASES: usize = 256;

/// The decision for some values of the arguments.
pub(super) struct CaseDecision {
    /// The values, as text; empty where none are chosen by.
    when: String,
    answer: Answer,
}

enum Answer {
    Allowed,
    /// With some values in the placeholders.
    Some,
    Denied {
        lacks: ScopeSet,
    },
}

/// Decides for each value that the requirement chooses by, of the arguments that are not given.
pub(super) fn decide(
    requirement: &Requirement,
    given: &[(&str, ArgumentValue)],
    caller: &Caller,
) -> Vec<CaseDecision> {
    let known: Vec<ArgumentValues> = given
        .iter()
        .filter_map(|(name, _)| {
            let value = Arguments::from(given).value(name).ok()?;
            Some(ArgumentValues {
                argument: (*name).to_owned(),
                values: vec![value.to_owned()],
            })
        })
        .collect();
    let chosen = requirement
        .expression()
        .and_then(|expression| cases::choose(expression, &known));
    let Some(chosen) = chosen else {
        // No arm has a value that is given.
        let lacks = ScopeSet::new();
        return vec![CaseDecision {
            when: cases::text_of(&known),
            answer: Answer::Denied { lacks },
        }];
    };
    let is_filling = |argument: &str| {
        let templates = chosen.leaves().filter(|scope| scope.template().is_some());
        let mut placeholders = templates.flat_map(|scope| template::placeholders(scope.as_str()));
        placeholders.any(|placeholder| placeholder == argument)
    };
    let Some(cases) = cases::cases(&[&chosen], &is_filling, CASES) else {
        return vec![CaseDecision {
            when: String::new(),
            answer: answer(&Requirement::scopes(chosen), given, caller),
        }];
    };
    let decisions = cases.into_iter().map(|case| {
        let values = case.values.iter().filter_map(|known| {
            let value = known.values.first()?;
            Some((known.argument.as_str(), ArgumentValue::of(value)))
        });
        let values: Vec<_> = given.iter().cloned().chain(values).collect();
        let when = cases::text_of(&case.values);
        let tree = case.trees.into_iter().flatten().next();
        let answer = match tree {
            Some(tree) => answer(&Requirement::scopes(tree), &values, caller),
            None => Answer::Denied {
                lacks: ScopeSet::new(),
            },
        };
        CaseDecision { when, answer }
    });
    decisions.collect()
}

fn answer(requirement: &Requirement, values: &[(&str, ArgumentValue)], caller: &Caller) -> Answer {
    let none = GrantedScopes::default();
    let granted = caller.token().map_or(&none, |token| token.scopes());
    match authorize_with(requirement, values.into(), caller) {
        Ok(()) => Answer::Allowed,
        Err(AuthorizeError::InvalidArgument(argument))
            if argument.problem() == ArgumentProblem::Missing =>
        {
            if requirement.may_be_satisfied_by(granted) {
                return Answer::Some;
            }
            let lacks = requirement.alternative(granted);
            Answer::Denied { lacks }
        }
        Err(AuthorizeError::InsufficientScope(refusal)) => Answer::Denied {
            lacks: refusal.missing().clone(),
        },
        Err(_) => Answer::Denied {
            lacks: ScopeSet::new(),
        },
    }
}

impl CaseDecision {
    pub(super) fn is_denied(&self) -> bool {
        matches!(self.answer, Answer::Denied { .. })
    }

    pub(super) fn line(&self) -> String {
        let (word, about) = match &self.answer {
            Answer::Allowed => ("allowed", String::new()),
            Answer::Some => ("allowed", "with some values of the placeholders".to_owned()),
            Answer::Denied { lacks } if lacks.is_empty() => ("denied", String::new()),
            Answer::Denied { lacks } => ("denied", format!("lacks {lacks}")),
        };
        let when = Some(&self.when).filter(|when| !when.is_empty());
        let when = when.map(|when| format!("if {when}"));
        let about = Some(about).filter(|about| !about.is_empty());
        let parts: Vec<String> = when.into_iter().chain(about).collect();
        format!("  {word:<8}  {}\n", parts.join(": "))
    }

    pub(super) fn json(&self) -> Value {
        let (allowed, missing) = match &self.answer {
            Answer::Allowed => (Some(true), ScopeSet::new()),
            Answer::Some => (None, ScopeSet::new()),
            Answer::Denied { lacks } => (Some(false), lacks.clone()),
        };
        json!({ "when": self.when, "allowed": allowed, "missing": missing })
    }
}
