//! Tasks that every instance of the server can be asked about.

#[cfg(feature = "store")]
pub(super) use self::in_store::SharedTasks;
#[cfg(not(feature = "store"))]
pub(super) use self::without_store::SharedTasks;

#[cfg(feature = "store")]
mod in_store {
    use std::sync::Arc;
    use std::time::Duration;

    use serde::{Deserialize, Serialize};

    use crate::error::AuthorizeError;
    use crate::mcp::tasks::{MAX_REQUIREMENTS, distinct};
    use crate::observe;
    use crate::registry::{Registry, Requirements, Shared};
    use crate::scope::{Requirement, StoredAccess};
    use crate::store::{Purpose, SharedStore, Unavailable};
    use crate::token::Principal;

    /// The time after which a task that was started is unknown to other instances.
    const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
    /// When clients may ask again for a task while the store is unavailable.
    const RETRY_AFTER: Duration = Duration::from_secs(1);

    /// The tasks of one resource in a store. The first principal with a task of an id has it.
    #[derive(Clone, Debug)]
    pub(in crate::mcp::gate) struct SharedTasks {
        store: SharedStore,
        resource: Arc<str>,
    }

    #[derive(Serialize, Deserialize)]
    struct StoredTask {
        principal: [u8; 32],
        requirements: Vec<StoredAccess>,
    }

    impl SharedTasks {
        pub(in crate::mcp::gate) fn new(store: SharedStore, resource: &str) -> Self {
            Self {
                store,
                resource: resource.into(),
            }
        }

        /// Stores a task. If that fails, it is unknown to other instances. Returns `false` if another
        /// principal has it.
        pub(in crate::mcp::gate) async fn keep(
            &self,
            registry: &Registry,
            principal: Principal,
            task: &str,
            requirements: Requirements,
        ) -> bool {
            let parts = [self.resource.as_bytes(), task.as_bytes()];
            let bytes = StoredTask::new(principal, &requirements);
            let Some(bytes) = bytes.to_bytes() else {
                return true;
            };
            let inserted = self.store.insert(Purpose::Task, &parts, &bytes, LIFETIME);
            if inserted.await != Ok(false) {
                return true;
            }
            let Ok(Some(before)) = self.stored(task).await else {
                return true;
            };
            if before.principal != *principal.as_bytes() {
                observe::task_held_by_another();
                return false;
            }
            // As in the table of this instance: the task requires what all of its calls require.
            let merged = before.to_requirements(registry).and_then(|before| {
                let both = before.iter().chain(requirements.iter()).cloned();
                let both = distinct(both.collect());
                (both.len() <= MAX_REQUIREMENTS).then(|| Requirements::from(both))
            });
            let merged = merged.and_then(|merged| StoredTask::new(principal, &merged).to_bytes());
            // Either result is the same here: the task is unknown, or requires more.
            let _ = match merged {
                Some(bytes) => {
                    let put = self.store.put(Purpose::Task, &parts, &bytes, LIFETIME);
                    put.await
                }
                None => self.store.remove(Purpose::Task, &parts).await,
            };
            true
        }

        /// Returns the requirements of the task, if `principal` has started it on any instance.
        pub(in crate::mcp::gate) async fn find(
            &self,
            registry: &Registry,
            principal: Principal,
            task: &str,
        ) -> Result<Option<Requirements>, AuthorizeError> {
            let stored = self.stored(task).await;
            let stored = stored.map_err(|Unavailable| AuthorizeError::Unavailable {
                retry_after: RETRY_AFTER,
            })?;
            let own = stored.filter(|stored| stored.principal == *principal.as_bytes());
            Ok(own.and_then(|stored| stored.to_requirements(registry)))
        }

        async fn stored(&self, task: &str) -> Result<Option<StoredTask>, Unavailable> {
            let parts = [self.resource.as_bytes(), task.as_bytes()];
            let bytes = self.store.get(Purpose::Task, &parts).await?;
            Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
        }
    }

    impl StoredTask {
        fn new(principal: Principal, requirements: &Requirements) -> Self {
            Self {
                principal: *principal.as_bytes(),
                requirements: requirements.iter().map(|one| one.to_stored()).collect(),
            }
        }

        fn to_bytes(&self) -> Option<Vec<u8>> {
            serde_json::to_vec(self).ok()
        }

        /// Returns `None` if this version of the program cannot read a requirement.
        fn to_requirements(&self, registry: &Registry) -> Option<Requirements> {
            let catalogs = registry.catalogs();
            let each = self.requirements.iter();
            let each = each.map(|stored| Requirement::from_stored(stored, &catalogs));
            let requirements = each.map(|one| one.map(Shared::from));
            requirements
                .collect::<Option<Vec<_>>>()
                .map(Requirements::from)
        }
    }
}

#[cfg(not(feature = "store"))]
mod without_store {
    use crate::error::AuthorizeError;
    use crate::registry::{Registry, Requirements};
    use crate::token::Principal;

    /// There are none without a store.
    #[derive(Clone, Debug)]
    pub(in crate::mcp::gate) enum SharedTasks {}

    impl SharedTasks {
        #[allow(clippy::unused_async, reason = "as with a store")]
        pub(in crate::mcp::gate) async fn keep(
            &self,
            _: &Registry,
            _: Principal,
            _: &str,
            _: Requirements,
        ) -> bool {
            match *self {}
        }

        #[allow(clippy::unused_async, reason = "as with a store")]
        pub(in crate::mcp::gate) async fn find(
            &self,
            _: &Registry,
            _: Principal,
            _: &str,
        ) -> Result<Option<Requirements>, AuthorizeError> {
            match *self {}
        }
    }
}
