//! Lists without what the caller may not use.

use std::sync::{Arc, OnceLock};

use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, MetaObject,
};
use serde_json::Value;

use super::description::{self, description};
use crate::authorize::authorize;
use crate::caller::Caller;
use crate::mcp::Operations;
use crate::registry::{OperationKind, Registry};
use crate::scope::Requirement;

/// The lists of one server.
#[derive(Debug)]
pub struct Lists {
    server: &'static str,
    operations: OnceLock<Operations>,
}

impl Lists {
    /// Nothing is looked up yet.
    #[must_use]
    pub const fn of_server(server: &'static str) -> Self {
        Self {
            server,
            operations: OnceLock::new(),
        }
    }

    /// The list without the entries that `caller` may not use, if `hide`.
    ///
    /// # Errors
    ///
    /// That of the answer.
    pub fn permitted<L: List>(
        &self,
        answer: Result<L, ErrorData>,
        caller: &Caller,
        hide: bool,
    ) -> Result<L, ErrorData> {
        let mut list = answer?;
        if hide {
            list.retain(|kind, name| self.may_use(caller, kind, name));
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
            list.describe(|kind, name| match &*self.required(kind, name) {
                [first, others @ ..] if others.iter().all(|other| other == first) => {
                    description(first)
                }
                // Not annotated, or with contradictions, which the check at the start tells of.
                _ => None,
            });
        }
        Ok(list)
    }

    fn may_use(&self, caller: &Caller, kind: OperationKind, name: &str) -> bool {
        let required = self.required(kind, name);
        required
            .iter()
            .all(|required| authorize(required, caller).is_ok())
    }

    fn required(&self, kind: OperationKind, name: &str) -> Arc<[&'static Requirement]> {
        let of_server = || Operations::of(&Registry::of_program().of_server(self.server));
        let operations = self.operations.get_or_init(of_server);
        operations.requirements(kind, name)
    }
}

/// One page of a list.
pub trait List {
    fn retain(&mut self, keep: impl Fn(OperationKind, &str) -> bool);
    fn describe(&mut self, describe: impl Fn(OperationKind, &str) -> Option<Value>);
}

macro_rules! list {
    ($list:ty, $items:ident, $kind:ident, $name:ident) => {
        impl List for $list {
            fn retain(&mut self, keep: impl Fn(OperationKind, &str) -> bool) {
                self.$items
                    .retain(|item| keep(OperationKind::$kind, &item.$name));
                // What one caller may see is nothing to serve to another.
                if self.cache_scope.is_some() {
                    self.cache_scope = Some(CacheScope::Private);
                }
            }

            fn describe(&mut self, describe: impl Fn(OperationKind, &str) -> Option<Value>) {
                for item in &mut self.$items {
                    if let Some(description) = describe(OperationKind::$kind, &item.$name) {
                        let meta = item.meta.get_or_insert_with(MetaObject::new);
                        meta.0.insert(description::KEY.to_owned(), description);
                    }
                }
            }
        }
    };
}

list!(ListToolsResult, tools, Tool, name);
list!(ListPromptsResult, prompts, Prompt, name);
list!(ListResourcesResult, resources, Resource, uri);
list!(
    ListResourceTemplatesResult,
    resource_templates,
    Resource,
    uri_template
);
