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
use crate::registry::OperationKind;
use crate::scope::Requirement;

impl Request<'_> {
    /// The list without the entries that are denied to the caller, if `hide`. A caller without a token
    /// is shown what is public in any case, unless it is shown whole lists.
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
        let lists_public_alone = self.lists_public_alone();
        if (hide || lists_public_alone) && !self.is_probed() {
            let caller = self.caller();
            list.retain(
                |kind, name| match self.registry().requirements(kind, name) {
                    Some(required) => required.iter().all(|one| may_be_allowed(one, &caller)),
                    None => self.registry().passes_undeclared() && !lists_public_alone,
                },
            );
        }
        Ok(list)
    }

    /// The list whose entries say in their `_meta` what they require, if `describe`.
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
                    // Contradictions are an error at the start.
                    _ => None,
                }
            });
        }
        Ok(list)
    }

    /// The list of tools that say in their `_meta` how clients have to authenticate, if `describe`.
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

/// Returns whether the caller is allowed what needs `requirement` with some arguments.
fn may_be_allowed(requirement: &Requirement, caller: &Caller) -> bool {
    match caller.token() {
        Some(token) => requirement.may_be_satisfied_by(token.scopes()),
        None => requirement.is_public(),
    }
}

/// One page of a list.
pub trait List {
    /// Drops the entries that are not to be kept.
    fn retain(&mut self, keep: impl Fn(OperationKind, &str) -> bool);
    /// Puts into the `_meta` of each entry, under `key`, what `describe` says of it.
    fn describe(&mut self, key: &str, describe: impl Fn(OperationKind, &str) -> Option<Value>);
}

macro_rules! list {
    ($list:ty, $items:ident, $kind:ident, $name:ident) => {
        impl List for $list {
            /// Drops the entries that are not to be kept.
            fn retain(&mut self, keep: impl Fn(OperationKind, &str) -> bool) {
                self.$items
                    .retain(|item| keep(OperationKind::$kind, &item.$name));
                // What one caller may see is nothing to serve to another.
                if self.cache_scope.is_some() {
                    self.cache_scope = Some(CacheScope::Private);
                }
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

list!(ListToolsResult, tools, Tool, name);
list!(ListPromptsResult, prompts, Prompt, name);
list!(ListResourcesResult, resources, Resource, uri);
list!(ListSkillsResult, skills, Resource, uri);
list!(
    ListResourceTemplatesResult,
    resource_templates,
    Resource,
    uri_template
);
