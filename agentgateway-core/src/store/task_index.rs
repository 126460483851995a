use std::{sync::Arc, time::Duration};

use super::{Later, StoreError};

/// Knows which endpoint is home to a task.
///
/// Who owns a task is no part of it: a tenant belongs into the task's name.
pub trait TaskIndex: Send + Sync + 'static {
    /// Writes down the home of a task, for this long.
    fn put(&self, task: &str, home: &str, lifetime: Duration) -> Later<Result<(), StoreError>>;

    /// The home of a task, where it is known.
    fn home(&self, task: &str) -> Later<Result<Option<Arc<str>>, StoreError>>;

    /// Forgets a task.
    fn remove(&self, task: &str) -> Later<Result<(), StoreError>>;
}
