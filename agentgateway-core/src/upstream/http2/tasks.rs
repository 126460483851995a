use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use hyper::rt::Executor;

pub(super) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where hyper leaves what it wants to run. The connection's driver takes it up, within the same poll.
#[derive(Clone, Default)]
pub(super) struct Tasks {
    left: Arc<Mutex<Vec<Task>>>,
}

impl Tasks {
    pub(super) fn take(&self) -> Vec<Task> {
        mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<F> Executor<F> for Tasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.left
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::pin(task));
    }
}
