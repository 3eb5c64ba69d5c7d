//! The decision on what a message invokes: one for the gate in front of a server, and for the
//! handler in it.

use std::collections::HashSet;

use super::methods::Invocation;
use super::tasks::Tasks;
use crate::authorize::authorize;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::observe;
use crate::registry::{OperationKind, Registry, Requirements};
use crate::scope::{Expression, Requirement};
use crate::token::Principal;

/// Stands in the extensions of a request that a gate has let through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gated;

/// What the answer to an allowed message may tell of.
#[derive(Debug, PartialEq)]
pub(crate) enum Allowed {
    /// Nothing that belongs to anybody.
    Plain,
    /// A task, for the start of which this was required.
    Call(Requirements),
}

/// Why a message is denied.
#[derive(Debug)]
pub(crate) enum Denied {
    /// The caller lacks what is required.
    Refused(AuthorizeError),
    /// The registry lists no such operation.
    Undeclared(OperationKind),
    /// The caller has started no such task.
    NoTask,
    /// The method is denied to everybody.
    NoMethod,
}

/// Decides whether `caller` may invoke what a message asks for.
pub(crate) fn decide(
    registry: &Registry,
    tasks: &Tasks,
    caller: &Caller,
    invocation: &Invocation<'_>,
) -> Result<Allowed, Denied> {
    match invocation {
        Invocation::Session | Invocation::List => Ok(Allowed::Plain),
        Invocation::Operation(kind, name) => {
            let requirements = declared(registry, *kind, name)?.unwrap_or_default();
            allow(requirements.iter().map(AsRef::as_ref), caller)?;
            Ok(match kind {
                OperationKind::Tool => Allowed::Call(requirements),
                _ => Allowed::Plain,
            })
        }
        Invocation::Subscriptions(uris) => {
            let mut all = Vec::new();
            for uri in uris {
                all.extend(declared(registry, OperationKind::Resource, uri)?);
            }
            let each = all.iter().flat_map(|all| all.iter()).map(AsRef::as_ref);
            allow(each, caller)?;
            Ok(Allowed::Plain)
        }
        Invocation::Task(task) => {
            let owner = caller.token().and_then(Principal::of);
            let started = owner.and_then(|owner| tasks.find(owner, task));
            let requirements = started.ok_or(Denied::NoTask)?;
            allow(requirements.iter().map(AsRef::as_ref), caller)?;
            Ok(Allowed::Plain)
        }
        Invocation::AllTasks => Err(Denied::NoMethod),
    }
}

/// What is required for an operation; `None` where it is not declared and may pass.
fn declared(
    registry: &Registry,
    kind: OperationKind,
    name: &str,
) -> Result<Option<Requirements>, Denied> {
    let requirements = registry.requirements(kind, name);
    if requirements.is_none() && !registry.passes_undeclared() {
        observe::undeclared(kind, name);
        return Err(Denied::Undeclared(kind));
    }
    Ok(requirements)
}

/// Allows a caller who satisfies all `requirements`. A refusal names all of them, so that a client
/// asks its user once.
pub(crate) fn allow<'r>(
    requirements: impl Iterator<Item = &'r Requirement> + Clone,
    caller: &Caller,
) -> Result<(), Denied> {
    let mut refused = HashSet::new();
    let mut first = None;
    for requirement in requirements.clone() {
        if refused.contains(&identity(requirement)) {
            continue;
        }
        if let Err(refusal) = authorize(requirement, caller) {
            observe::guarded(requirement, caller, Some(&refusal));
            refused.insert(identity(requirement));
            first.get_or_insert(refusal);
        }
    }
    let Some(refusal) = first else {
        return Ok(());
    };
    let mut distinct = HashSet::new();
    let distinct: Vec<_> = requirements
        .filter(|one| distinct.insert(identity(one)))
        .collect();
    if distinct.len() == 1 {
        return Err(Denied::Refused(refusal));
    }
    let expressions = distinct.iter().filter_map(|one| one.expression().cloned());
    let all = authorize(&Requirement::all(expressions), caller).err();
    Err(Denied::Refused(all.unwrap_or(refusal)))
}

/// What requirements are told apart by.
fn identity(requirement: &Requirement) -> (bool, Option<&Expression>) {
    (requirement.is_public(), requirement.expression())
}
