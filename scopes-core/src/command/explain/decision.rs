//! The decision on one operation, and the reasons for it.

use std::fmt::Write as _;

use indexmap::IndexSet;
use serde_json::{Value, json};

use super::cases::{self, CaseDecision};
use crate::authorize::authorize_with;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::registry::ProtectedOperation;
use crate::report::safe_text::visible;
use crate::scope::{
    ArgumentProblem, ArgumentValue, Arguments, GrantedScopes, Requirement, ScopeSet,
};

/// The decision on one operation.
pub(super) struct Decision<'c> {
    operation: &'c ProtectedOperation,
    caller: &'c Caller,
    /// The requirement, with the values of the arguments where they are given.
    requirement: Requirement,
    outcome: Outcome,
}

enum Outcome {
    Allowed,
    Denied(AuthorizeError),
    /// It depends on arguments that are not given.
    Open(Vec<CaseDecision>),
}

impl<'c> Decision<'c> {
    pub(super) fn new(
        operation: &'c ProtectedOperation,
        caller: &'c Caller,
        given: &[(&str, ArgumentValue)],
    ) -> Self {
        let requirement = &operation.requirement;
        let arguments = Arguments::from(given);
        let outcome = match authorize_with(requirement, arguments, caller) {
            Ok(()) => Outcome::Allowed,
            Err(AuthorizeError::InvalidArgument(argument))
                if argument.problem() == ArgumentProblem::Missing =>
            {
                Outcome::Open(cases::decide(requirement, given, caller))
            }
            Err(refusal) => Outcome::Denied(refusal),
        };
        Self {
            operation,
            caller,
            requirement: requirement
                .resolve(arguments)
                .unwrap_or_else(|_| Requirement::clone(requirement)),
            outcome,
        }
    }

    /// Returns whether a call is allowed: every one, none, or, with `None`, some.
    pub(super) fn is_allowed(&self) -> Option<bool> {
        match &self.outcome {
            Outcome::Allowed => Some(true),
            Outcome::Denied(_) => Some(false),
            Outcome::Open(cases) if cases.iter().all(CaseDecision::is_denied) => Some(false),
            Outcome::Open(_) => None,
        }
    }

    fn name(&self) -> String {
        let (kind, name) = (self.operation.kind, visible(&self.operation.name));
        match &*self.operation.server {
            "" => format!("{kind} {name}"),
            server => format!("{kind} {name} of server {}", visible(server)),
        }
    }

    /// Returns the set to ask for, and the scopes in it that the token lacks.
    fn lacking(&self) -> (ScopeSet, ScopeSet) {
        match &self.outcome {
            Outcome::Denied(AuthorizeError::InsufficientScope(refusal)) => {
                (refusal.alternative().clone(), refusal.missing().clone())
            }
            Outcome::Denied(AuthorizeError::MissingToken) => {
                let all = self.requirement.alternative(&GrantedScopes::default());
                (all.clone(), all)
            }
            _ => (ScopeSet::new(), ScopeSet::new()),
        }
    }

    /// Returns the granted scopes of the requirement, each with the name that grants it.
    fn because(&self) -> Vec<String> {
        let Some(token) = self.caller.token() else {
            return Vec::new();
        };
        let scopes = self.requirement.access().leaves();
        let scopes = scopes.filter(|scope| scope.is_satisfied_by(token.scopes()));
        let scopes: IndexSet<_> = scopes.collect();
        let reasons = scopes.into_iter().map(|scope| {
            if token.scopes().contains(scope.as_str()) {
                return format!("{scope} is granted");
            }
            let through = token.scopes().names().find(|name| {
                let alone = GrantedScopes::parse(*name);
                alone.is_ok_and(|alone| scope.is_satisfied_by(&alone))
            });
            format!(
                "{scope} is implied by {}",
                through.unwrap_or("another scope")
            )
        });
        reasons.collect()
    }

    pub(super) fn explained(&self) -> String {
        let word = match self.is_allowed() {
            Some(true) => "allowed",
            Some(false) => "denied",
            None => "allowed with some arguments",
        };
        let mut text = format!("{}: {word}\n", self.name());
        let written = &self.operation.requirement;
        let _ = writeln!(text, "  requires  {written}");
        if self.requirement != **written {
            let _ = writeln!(text, "  resolved  {}", self.requirement);
        }
        for (place, reason) in self.because().iter().enumerate() {
            let head = if place == 0 { "because" } else { "" };
            let _ = writeln!(text, "  {head:<8}  {reason}");
        }
        match &self.outcome {
            Outcome::Allowed => {}
            Outcome::Denied(refusal) => self.refused(refusal, &mut text),
            Outcome::Open(cases) => {
                text.extend(cases.iter().map(CaseDecision::line));
                let names = written.arguments().into_iter();
                let names: Vec<_> = names.map(|name| format!("--arg {name}=..")).collect();
                let _ = writeln!(text, "  one call  {}", names.join(" "));
            }
        }
        text
    }

    fn refused(&self, refusal: &AuthorizeError, text: &mut String) {
        let _ = writeln!(text, "  refusal   {} {refusal}", refusal.status());
        let (ask_for, missing) = self.lacking();
        if missing != ask_for {
            let _ = writeln!(text, "  lacks     {missing}");
        }
        if !ask_for.is_empty() {
            let _ = writeln!(text, "  ask for   {ask_for}");
            return;
        }
        text.push_str(match refusal {
            AuthorizeError::MissingToken => "  ask for   a token, of any scope\n",
            AuthorizeError::InvalidArgument(_) => {
                "  ask for   nothing: no scope gives access with this value\n"
            }
            _ => "  ask for   nothing: no scope gives access\n",
        });
    }

    pub(super) fn json(&self) -> Value {
        let (ask_for, missing) = self.lacking();
        let (refusal, cases) = match &self.outcome {
            Outcome::Allowed => (None, None),
            Outcome::Denied(refusal) => (Some(refusal.to_string()), None),
            Outcome::Open(cases) => {
                let cases = cases.iter().map(CaseDecision::json);
                (None, Some(cases.collect::<Vec<_>>()))
            }
        };
        let mut json = json!({
            "server": self.operation.server,
            "kind": self.operation.kind.to_string(),
            "operation": self.operation.name,
            "allowed": self.is_allowed(),
            "requires": self.operation.requirement.to_string(),
            "because": self.because(),
            "refusal": refusal,
            "missing": missing,
            "ask_for": ask_for,
        });
        if let Some(cases) = cases {
            json["cases"] = json!(cases);
        }
        json
    }
}

/// Every operation, those first that are allowed.
pub(super) fn listed(decisions: &[Decision<'_>]) -> String {
    let mut text = String::new();
    for (headline, is_allowed) in [
        ("allowed", Some(true)),
        ("allowed with some arguments", None),
        ("denied", Some(false)),
    ] {
        let these = decisions.iter();
        let mut these = these
            .filter(|decision| decision.is_allowed() == is_allowed)
            .peekable();
        if these.peek().is_some() {
            let _ = writeln!(text, "{headline}:");
        }
        for decision in these {
            let (_, missing) = decision.lacking();
            let _ = if missing.is_empty() {
                writeln!(text, "  {}", decision.name())
            } else {
                writeln!(text, "  {}: lacks {missing}", decision.name())
            };
        }
    }
    text
}
