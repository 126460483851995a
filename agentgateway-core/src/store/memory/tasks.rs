use std::{sync::Arc, time::Duration};

use super::{expiring::Expiring, shards::FEWEST_KEYS};
use crate::store::{Later, StoreError, TaskIndex};

/// Default of [`MemoryTasks::with_max_tasks`].
const MAX_TASKS: usize = 65_536;

/// Homes of tasks, in the memory of this process.
///
/// It answers at once and never fails. Over its bound it forgets the tasks that were not asked for
/// longest, roughly.
#[derive(Debug)]
pub struct MemoryTasks(Expiring<Arc<str>>);

impl MemoryTasks {
    /// With room for 65,536 tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_tasks(MAX_TASKS)
    }

    /// With room for so many tasks, roughly, and for one at least.
    #[must_use]
    pub fn with_max_tasks(tasks: usize) -> Self {
        Self(Expiring::new(tasks, FEWEST_KEYS, |_, _| 1))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Default for MemoryTasks {
    fn default() -> Self {
        Self::new()
    }
}

impl TaskIndex for MemoryTasks {
    fn put(&self, task: &str, home: &str, lifetime: Duration) -> Later<Result<(), StoreError>> {
        self.0.put(task, home.into(), lifetime);
        Later::Now(Ok(()))
    }

    fn home(&self, task: &str) -> Later<Result<Option<Arc<str>>, StoreError>> {
        Later::Now(Ok(self.0.get(task)))
    }

    fn remove(&self, task: &str) -> Later<Result<(), StoreError>> {
        self.0.remove(task);
        Later::Now(Ok(()))
    }
}
