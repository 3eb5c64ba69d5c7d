//! Lists without the entries that are denied to the caller.

use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListSkillsResult, ListToolsResult, MetaObject,
};
use serde_json::Value;

use super::description::{self, description};
use super::security_schemes;
use super::server::Request;
use crate::caller::Caller;
use crate::mcp::arguments::GivenArguments;
use crate::registry::{OperationKind, Requirements};
use crate::scope::{InvalidArgument, Requirement};

impl Request<'_> {
    /// Returns the list, without the entries that are denied to the caller if `hide` is set. A caller
    /// without a token is shown public operations alone, unless the handler shows it whole lists.
    ///
    /// # Errors
    ///
    /// That of the answer.
    pub fn permitted<L: List>(
        &self,
        answer: Result<L, ErrorData>,
        hide: bool,
    ) -> Result<L, ErrorData> {
        let mut list = answer?;
        if self.lists_differ_by_caller() {
            list.make_private();
        }
        let lists_public_alone = self.lists_public_alone();
        if (hide || lists_public_alone) && !self.is_probed() {
            list.make_private();
            let caller = self.caller();
            list.retain(|kind, name| match self.required::<L>(kind, name) {
                Ok(Some(required)) => required.iter().all(|one| may_be_allowed(one, &caller)),
                Ok(None) => self.registry().passes_undeclared() && !lists_public_alone,
                Err(_) => false,
            });
        }
        Ok(list)
    }

    /// Returns what an entry requires. A URI is decided by its values, as by the gate.
    fn required<L: List>(
        &self,
        kind: OperationKind,
        name: &str,
    ) -> Result<Option<Requirements>, InvalidArgument> {
        if L::HAS_VALUES {
            let given = GivenArguments::None;
            return self
                .registry()
                .resolved(kind, name, |argument| given.value(argument));
        }
        Ok(self.registry().requirements(kind, name))
    }

    /// Returns the list, with the requirement of each entry in its `_meta` if `describe` is set.
    ///
    /// # Errors
    ///
    /// That of the answer.
    pub fn described<L: List>(
        &self,
        answer: Result<L, ErrorData>,
        describe: bool,
    ) -> Result<L, ErrorData> {
        let mut list = answer?;
        if describe {
            list.describe(description::KEY, |kind, name| {
                let required = self.registry().requirements(kind, name)?;
                match &*required {
                    [first, others @ ..] if others.iter().all(|other| other == first) => {
                        description(first)
                    }
                    // Conflicting requirements are an error at the start.
                    _ => None,
                }
            });
        }
        Ok(list)
    }

    /// Returns the list of tools; with `describe`, each says in its `_meta` how clients authenticate.
    ///
    /// # Errors
    ///
    /// That of the answer.
    pub fn with_security_schemes<L: List>(
        &self,
        answer: Result<L, ErrorData>,
        describe: bool,
    ) -> Result<L, ErrorData> {
        let mut list = answer?;
        if describe {
            list.describe(security_schemes::KEY, |kind, name| {
                let required = self.registry().requirements(kind, name)?;
                let requested = |scopes| self.requested(scopes);
                Some(security_schemes::of(
                    &required,
                    self.takes_anonymous(),
                    requested,
                ))
            });
        }
        Ok(list)
    }
}

/// Returns whether the caller satisfies `requirement` with some arguments.
fn may_be_allowed(requirement: &Requirement, caller: &Caller) -> bool {
    match caller.token() {
        Some(token) => requirement.may_be_satisfied_by(token.scopes()),
        None => requirement.is_public(),
    }
}

/// One page of a list.
pub trait List {
    /// `true` if the entries are URIs and not templates.
    const HAS_VALUES: bool;

    /// Keeps shared caches from serving the list of one caller to another.
    fn make_private(&mut self);
    /// Removes the entries for which `keep` returns `false`.
    fn retain(&mut self, keep: impl Fn(OperationKind, &str) -> bool);
    /// Puts the result of `describe` into the `_meta` of each entry, under `key`.
    fn describe(&mut self, key: &str, describe: impl Fn(OperationKind, &str) -> Option<Value>);
}

macro_rules! list {
    ($list:ty, $items:ident, $kind:ident, $name:ident, $has_values:literal) => {
        impl List for $list {
            const HAS_VALUES: bool = $has_values;

            fn make_private(&mut self) {
                // Without a scope of the handler, rmcp makes it private.
                if self.cache_scope.is_some() {
                    self.cache_scope = Some(CacheScope::Private);
                }
            }

            fn retain(&mut self, keep: impl Fn(OperationKind, &str) -> bool) {
                self.$items
                    .retain(|item| keep(OperationKind::$kind, &item.$name));
            }

            fn describe(
                &mut self,
                key: &str,
                describe: impl Fn(OperationKind, &str) -> Option<Value>,
            ) {
                for item in &mut self.$items {
                    if let Some(description) = describe(OperationKind::$kind, &item.$name) {
                        let meta = item.meta.get_or_insert_with(MetaObject::new);
                        meta.0.insert(key.to_owned(), description);
                    }
                }
            }
        }
    };
}

list!(ListToolsResult, tools, Tool, name, false);
list!(ListPromptsResult, prompts, Prompt, name, false);
list!(ListResourcesResult, resources, Resource, uri, true);
list!(ListSkillsResult, skills, Resource, uri, true);
list!(
    ListResourceTemplatesResult,
    resource_templates,
    Resource,
    uri_template,
    false
);
