use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::task::Task;

/// The most tasks that are remembered.
const MAX_TASKS: usize = 256;

/// The last tasks. Clones are the same store.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    tasks: Arc<Mutex<Tasks>>,
}

#[derive(Debug, Default)]
struct Tasks {
    /// How many there were.
    made: u64,
    by_number: BTreeMap<u64, Arc<Task>>,
}

// === impl Store ===

impl Store {
    /// Begins a task, in this context or in one of its own, and forgets the oldest one.
    pub(super) fn begin(&self, context_id: Option<&str>, text: &str) -> Arc<Task> {
        let mut tasks = self.lock();
        tasks.made = tasks.made.wrapping_add(1);
        let number = tasks.made;
        let context_id = context_id.map_or_else(|| format!("context-{number}"), ToOwned::to_owned);
        let task = Arc::new(Task::new(format!("task-{number}"), context_id, text));
        tasks.by_number.insert(number, Arc::clone(&task));
        if tasks.by_number.len() > MAX_TASKS {
            tasks.by_number.pop_first();
        }
        task
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Task>> {
        let number = id.strip_prefix("task-")?.parse().ok()?;
        let task = self.lock().by_number.get(&number).cloned();
        task.filter(|task| task.id == id)
    }

    /// All tasks, the newest first.
    pub(super) fn newest(&self) -> Vec<Arc<Task>> {
        self.lock().by_number.values().rev().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
