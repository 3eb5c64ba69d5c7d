//! The tasks that principals have started, with the requirements of the calls that started them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::observe;
use crate::registry::{Requirements, Shared};
use crate::scope::Requirement;
use crate::token::Principal;

/// The maximum number of tasks that are kept. They take less than 20 MiB.
const MAX_TASKS: usize = 16_384;
/// The maximum number of tasks of one principal.
const MAX_TASKS_OF_PRINCIPAL: usize = 1024;
/// The maximum number of requirements of one task; with more, it is removed. Each call that answers
/// with the same task may add one.
pub(super) const MAX_REQUIREMENTS: usize = 8;
/// The maximum length of an id that is kept, in bytes.
const MAX_ID: usize = 512;
/// The time after which an unused task is removed.
const UNUSED: Duration = Duration::from_secs(24 * 60 * 60);
/// The minimum time between two searches for unused tasks.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// A bounded table of tasks. A task that is not in it is unknown.
///
/// A principal that starts too many loses its own tasks, the least recently used first. If the whole
/// table is full, the principal that has the most tasks loses one.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    by_principal: HashMap<Principal, TasksOfPrincipal>,
    principals: HashMap<Arc<str>, Principal>,
    /// The time of the last search for unused tasks.
    swept: Option<Instant>,
}

#[derive(Debug, Default)]
struct TasksOfPrincipal {
    tasks: HashMap<Arc<str>, Task>,
    used: Option<Instant>,
}

#[derive(Debug)]
struct Task {
    requirements: Requirements,
    used: Instant,
}

/// Another principal has a task of this id.
struct HeldByAnother;

impl Tasks {
    /// Keeps a task of `principal`. If another principal has a task of this id, the table does not
    /// change. If `principal` has one, it requires the requirements of both answers from now on.
    ///
    /// Returns whether the task is that of `principal`.
    pub(crate) fn keep(&self, principal: Principal, id: &str, requirements: Requirements) -> bool {
        if id.len() > MAX_ID {
            return false;
        }
        let now = Instant::now();
        let kept = self.table().keep(principal, id, requirements, now);
        if let Err(HeldByAnother) = kept {
            observe::task_held_by_another();
        }
        kept.is_ok()
    }

    /// Returns the requirements of the task `id`, if `principal` started it. A task of another
    /// principal is unknown.
    pub(crate) fn find(&self, principal: Principal, id: &str) -> Option<Requirements> {
        self.table().find(principal, id, Instant::now())
    }

    /// Forgets the task `id`, if `principal` has it.
    pub(super) fn forget(&self, principal: Principal, id: &str) {
        let mut table = self.table();
        if table.principals.get(id) == Some(&principal) {
            table.forget(principal, id);
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // A panic cannot leave the table half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The requirements, each once.
pub(super) fn distinct(requirements: Vec<Shared<Requirement>>) -> Vec<Shared<Requirement>> {
    let mut distinct: Vec<Shared<Requirement>> = Vec::new();
    for requirement in requirements {
        if !distinct.contains(&requirement) {
            distinct.push(requirement);
        }
    }
    distinct
}

impl Table {
    fn keep(
        &mut self,
        principal: Principal,
        id: &str,
        requirements: Requirements,
        now: Instant,
    ) -> Result<(), HeldByAnother> {
        if let Some(holder) = self.principals.get(id) {
            if *holder != principal {
                return Err(HeldByAnother);
            }
            let mut is_too_much = false;
            if let Some(task) = self.task(principal, id, now) {
                let mut both = task.requirements.to_vec();
                both.extend(requirements.iter().cloned());
                let both = distinct(both);
                is_too_much = both.len() > MAX_REQUIREMENTS;
                task.requirements = both.into();
            }
            if is_too_much {
                self.forget(principal, id);
            }
            return Ok(());
        }
        self.make_room(principal, now);
        let id: Arc<str> = id.into();
        self.principals.insert(Arc::clone(&id), principal);
        let its = self.by_principal.entry(principal).or_default();
        its.used = Some(now);
        let used = now;
        its.tasks.insert(id, Task { requirements, used });
        Ok(())
    }

    fn find(&mut self, principal: Principal, id: &str, now: Instant) -> Option<Requirements> {
        let task = self.task(principal, id, now)?;
        Some(task.requirements.clone())
    }

    /// The task, which is used now.
    fn task(&mut self, principal: Principal, id: &str, now: Instant) -> Option<&mut Task> {
        let its = self.by_principal.get_mut(&principal)?;
        let task = its.tasks.get_mut(id)?;
        task.used = now;
        its.used = Some(now);
        Some(task)
    }

    /// Makes room for one more task of `principal`.
    fn make_room(&mut self, principal: Principal, now: Instant) {
        let swept = *self.swept.get_or_insert(now);
        if now.saturating_duration_since(swept) >= SWEEP_INTERVAL {
            self.sweep(now);
        }
        let its = self.by_principal.get(&principal);
        if its.is_some_and(|its| its.tasks.len() >= MAX_TASKS_OF_PRINCIPAL) {
            self.forget_one(principal);
        } else if self.principals.len() >= MAX_TASKS {
            let load = |its: &TasksOfPrincipal| (its.tasks.len(), Reverse(its.used));
            let all = self.by_principal.iter();
            if let Some((&most, _)) = all.max_by_key(|(_, its)| load(its)) {
                self.forget_one(most);
            }
        }
    }

    /// Removes the least recently used task of `principal`.
    fn forget_one(&mut self, principal: Principal) {
        let Some(its) = self.by_principal.get(&principal) else {
            return;
        };
        let oldest = its.tasks.iter().min_by_key(|(_, task)| task.used);
        if let Some(id) = oldest.map(|(id, _)| Arc::clone(id)) {
            self.forget(principal, &id);
        }
    }

    fn forget(&mut self, principal: Principal, id: &str) {
        self.principals.remove(id);
        if let Some(its) = self.by_principal.get_mut(&principal) {
            its.tasks.remove(id);
            if its.tasks.is_empty() {
                self.by_principal.remove(&principal);
            }
        }
    }

    fn sweep(&mut self, now: Instant) {
        let principals = &mut self.principals;
        self.by_principal.retain(|_, its| {
            its.tasks.retain(|id, task| {
                let is_used = now.saturating_duration_since(task.used) < UNUSED;
                if !is_used {
                    principals.remove(id);
                }
                is_used
            });
            !its.tasks.is_empty()
        });
        self.by_principal.shrink_to_fit();
        self.principals.shrink_to_fit();
        self.swept = Some(now);
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test")]
mod tests {
    use super::*;
    use crate::token::{AcceptToken, Claims, PresentedToken};

    #[test]
    fn unused_tasks_are_forgotten_and_used_ones_are_not() {
        let token = PresentedToken::bearer("token");
        let token = AcceptToken::of(token).token_with(Claims::default());
        let principal = Principal::of(&token).expect("a principal");
        let (mut table, start) = (Table::default(), Instant::now());
        let keep = |table: &mut Table, number: usize, now| {
            let kept = table.keep(principal, &number.to_string(), Requirements::default(), now);
            assert!(kept.is_ok());
        };
        (0..10).for_each(|number| keep(&mut table, number, start));
        let almost = start + UNUSED / 2;
        assert!(table.find(principal, "7", almost).is_some());
        keep(&mut table, 10, almost);
        assert_eq!(table.principals.len(), 11);

        let later = start + UNUSED;
        keep(&mut table, 11, later);
        let its = &table.by_principal[&principal].tasks;
        let mut ids: Vec<&str> = its.keys().map(|id| &**id).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["10", "11", "7"]);
        assert_eq!(table.principals.len(), 3);
    }
}
