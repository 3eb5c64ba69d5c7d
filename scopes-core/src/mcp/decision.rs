//! The decision on what a message invokes, which the gate in front of a server and the handler in
//! it share.

use std::collections::HashSet;
use std::fmt;

use super::arguments::GivenArguments;
use super::message::ReadMessageError;
use super::methods::{Invocation, Reach};
use super::tasks::Tasks;
use crate::authorize::authorize;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::observe;
use crate::registry::{AnonymousLists, OperationKind, Registry, Requirements, Shared};
#[cfg(feature = "rmcp")]
use crate::scope::ScopeSet;
use crate::scope::{ArgumentValue, Expression, InvalidArgument, Requirement};
use crate::token::Principal;
use crate::tower::Challenges;

/// The maximum number of resources with arguments that one message may name: each has a requirement
/// of its own, and a refusal names all of them.
const MAX_RESOLVED: usize = 32;

/// The extension of a request that a gate has allowed. Without a field, it is not allocated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gated;

/// The settings of the gate that the server reads, an extension of the request too if there are any.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "rmcp"),
    expect(dead_code, reason = "only a handler made with rmcp reads it")
)]
pub(crate) struct GateSettings {
    /// The lists that a caller without a token is shown, if such callers are admitted.
    pub(crate) anonymous_lists: Option<AnonymousLists>,
    /// The challenges of the layer, for refusals in band.
    pub(super) challenges: Option<Challenges>,
}

#[cfg(feature = "rmcp")]
impl GateSettings {
    /// Returns the challenge of the layer for `refusal`.
    pub(crate) fn challenge(&self, refusal: &AuthorizeError) -> Option<String> {
        self.challenges.as_ref()?.of(refusal)
    }

    /// Returns `scopes` as clients request them.
    pub(crate) fn requested(&self, scopes: ScopeSet) -> ScopeSet {
        match &self.challenges {
            Some(challenges) => challenges.requested(scopes),
            None => scopes,
        }
    }
}

impl fmt::Debug for GateSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GateSettings")
            .finish_non_exhaustive()
    }
}

/// An allowed message, by whether its answer can start a task.
#[derive(Debug, PartialEq)]
pub(crate) enum Allowed {
    /// The answer starts no task.
    Plain,
    /// The answer can start a task; these are the requirements of the call.
    Call(Requirements),
}

/// Returned when a message is denied.
///
/// ```
/// use scopes_core::OperationKind;
/// use scopes_core::mcp::AuthorizeMessageError;
///
/// let denied = AuthorizeMessageError::Undeclared(OperationKind::Tool);
/// assert_eq!(denied.to_string(), "There is no such tool.");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorizeMessageError {
    /// The message cannot be read, or could be understood in two ways.
    Unreadable(ReadMessageError),
    /// The caller is refused.
    Refused(AuthorizeError),
    /// The registry lists no such operation.
    Undeclared(OperationKind),
    /// The caller has started no such task.
    UnknownTask,
    /// The method is denied to all callers.
    UnknownMethod,
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for AuthorizeMessageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for AuthorizeMessageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(formatter),
            Self::Refused(refusal) => refusal.fmt(formatter),
            Self::Undeclared(kind) => write!(formatter, "There is no such {kind}."),
            Self::UnknownTask => formatter.write_str("There is no such task."),
            Self::UnknownMethod => formatter.write_str("There is no such method."),
        }
    }
}

impl std::error::Error for AuthorizeMessageError {}

/// Decides whether `caller` may invoke what a message asks for.
pub(crate) fn decide(
    registry: &Registry,
    tasks: &Tasks,
    caller: &Caller,
    invocation: &Invocation<'_>,
) -> Result<Allowed, AuthorizeMessageError> {
    match invocation {
        Invocation::Session | Invocation::List => {
            observe::without_operation();
            Ok(Allowed::Plain)
        }
        Invocation::Operation(kind, name, arguments, reach) => {
            let found = declared(registry, caller, *kind, name, arguments)?;
            let requirements = found.unwrap_or_default();
            let each = || requirements.iter().map(AsRef::as_ref);
            allow(registry, each(), caller, *reach)?;
            observe::allowed(|| names_of(registry, each()), each);
            Ok(match kind {
                OperationKind::Tool => Allowed::Call(requirements),
                _ => Allowed::Plain,
            })
        }
        Invocation::Subscriptions(uris) => {
            let mut all = Vec::new();
            let mut resolved = 0;
            for uri in uris {
                let kind = OperationKind::Resource;
                let found = declared(registry, caller, kind, uri, &GivenArguments::None)?;
                let is_resolved = |one: &Shared<Requirement>| one.access() != one.written();
                resolved += found
                    .iter()
                    .flat_map(|all| all.iter())
                    .filter(|one| is_resolved(one))
                    .count();
                if resolved > MAX_RESOLVED {
                    let error = ReadMessageError::InvalidParams;
                    return Err(AuthorizeMessageError::Unreadable(error));
                }
                all.extend(found);
            }
            let each = || all.iter().flat_map(|all| all.iter()).map(AsRef::as_ref);
            allow(registry, each(), caller, Reach::Elsewhere)?;
            observe::allowed(|| names_of(registry, each()), each);
            Ok(Allowed::Plain)
        }
        Invocation::Task(task) => {
            let owner = caller.token().and_then(Principal::of);
            let started = owner.and_then(|owner| tasks.find(owner, task));
            let requirements = started.ok_or(AuthorizeMessageError::UnknownTask)?;
            let each = || requirements.iter().map(AsRef::as_ref);
            allow(registry, each(), caller, Reach::Task)?;
            observe::allowed(|| names_of(registry, each()), each);
            Ok(Allowed::Plain)
        }
        Invocation::AllTasks => Err(AuthorizeMessageError::UnknownMethod),
    }
}

/// Returns whether `invocation` names an operation that is declared to be public.
pub(crate) fn is_public(registry: &Registry, invocation: &Invocation<'_>) -> bool {
    let Invocation::Operation(kind, name, ..) = invocation else {
        return false;
    };
    let requirements = registry.requirements(*kind, name);
    requirements.is_some_and(|all| !all.is_empty() && all.iter().all(|one| one.is_public()))
}

/// Returns the requirements of an operation; `None` if it is undeclared and the registry lets
/// undeclared operations pass.
fn declared(
    registry: &Registry,
    caller: &Caller,
    kind: OperationKind,
    name: &str,
    arguments: &GivenArguments<'_>,
) -> Result<Option<Requirements>, AuthorizeMessageError> {
    let read = |name: &str| arguments.value(name);
    let requirements = registry
        .resolved(kind, name, read)
        .map_err(|argument| invalid(caller, kind, name, argument))?;
    if requirements.is_none() && !registry.passes_undeclared() {
        observe::undeclared(kind, name, caller);
        return Err(AuthorizeMessageError::Undeclared(kind));
    }
    Ok(requirements)
}

/// The denial of a call with an invalid argument. A caller without a token is asked for one first.
#[cold]
fn invalid(
    caller: &Caller,
    kind: OperationKind,
    name: &str,
    argument: InvalidArgument,
) -> AuthorizeMessageError {
    let refusal = match caller.token() {
        Some(_) => AuthorizeError::InvalidArgument(argument),
        None => AuthorizeError::MissingToken,
    };
    // The name of a resource is a URI with values, which are not logged.
    let operation = (kind != OperationKind::Resource).then(|| name.to_owned());
    observe::denied(|| operation.clone(), caller, &refusal);
    AuthorizeMessageError::Refused(refusal)
}

/// Allows a caller who satisfies all `requirements`. A refusal names all of them, so that a client
/// asks its user once.
pub(crate) fn allow<'r>(
    registry: &Registry,
    mut requirements: impl Iterator<Item = &'r Requirement>,
    caller: &Caller,
    reach: Reach,
) -> Result<(), AuthorizeMessageError> {
    let Some(first) = requirements.next() else {
        return Ok(());
    };
    let mut refusal = refusal_of(registry, first, caller, reach);
    // A message may name many operations with the same requirement. Most name one operation, for
    // which nothing is allocated.
    let mut decided = HashSet::new();
    let mut further = Vec::new();
    for requirement in requirements {
        let identity = identity(requirement);
        if identity != self::identity(first) && decided.insert(identity) {
            further.push(requirement);
            let another = refusal_of(registry, requirement, caller, reach);
            refusal = refusal.or(another);
        }
    }
    refusal.map_or(Ok(()), |refusal| {
        Err(refuse(first, &further, refusal, caller))
    })
}

fn refusal_of(
    registry: &Registry,
    requirement: &Requirement,
    caller: &Caller,
    reach: Reach,
) -> Option<AuthorizeError> {
    let decision = if requirement.takes_arguments() {
        without_arguments(requirement, caller, reach)
    } else {
        authorize(requirement, caller)
    };
    let refusal = decision.err()?;
    observe::denied(|| name_of(registry, requirement), caller, &refusal);
    Some(refusal)
}

/// Decides on a requirement with arguments that only the guard of the function can read, as far as
/// possible without them.
#[cold]
fn without_arguments(
    requirement: &Requirement,
    caller: &Caller,
    reach: Reach,
) -> Result<(), AuthorizeError> {
    let token = caller.token().ok_or(AuthorizeError::MissingToken)?;
    if reach != Reach::Elsewhere && requirement.may_be_satisfied_by(token.scopes()) {
        return Ok(());
    }
    let names = requirement.arguments().into_iter();
    let every: Vec<_> = names.map(|name| (name, ArgumentValue::every())).collect();
    match requirement.resolve(every.as_slice().into()) {
        Ok(every) => authorize(&every, caller),
        // The guard decides, and its refusal names the scopes.
        Err(_) if reach == Reach::Function => Ok(()),
        Err(argument) => Err(argument.into()),
    }
}

/// Returns the name of the operation with this requirement, with or without values. It is compared by
/// address, because another operation may have an equal one.
fn name_of(registry: &Registry, requirement: &Requirement) -> Option<String> {
    let operations = registry.operations();
    let mut found = operations.iter();
    let operation = found.find(|operation| requirement.is_of(&operation.requirement));
    operation.map(|operation| operation.name.to_string())
}

/// Returns the names of the operations with these requirements, separated by commas.
fn names_of<'r>(
    registry: &Registry,
    requirements: impl Iterator<Item = &'r Requirement>,
) -> Option<String> {
    let names = requirements.filter_map(|requirement| name_of(registry, requirement));
    let mut names: Vec<_> = names.collect();
    names.dedup();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The refusal for `first` and `further` requirements together; `refusal` is that for one of them.
#[cold]
fn refuse(
    first: &Requirement,
    further: &[&Requirement],
    refusal: AuthorizeError,
    caller: &Caller,
) -> AuthorizeMessageError {
    if further.is_empty() {
        return AuthorizeMessageError::Refused(refusal);
    }
    let each = std::iter::once(&first).chain(further);
    let expressions = each.filter_map(|one| one.expression().cloned());
    let all = authorize(&Requirement::all(expressions), caller).err();
    AuthorizeMessageError::Refused(all.unwrap_or(refusal))
}

/// Returns what is equal for equal requirements.
fn identity(requirement: &Requirement) -> (bool, Option<&Expression>) {
    (requirement.is_public(), requirement.expression())
}
