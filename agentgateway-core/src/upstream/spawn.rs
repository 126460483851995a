use std::{fmt, pin::Pin, sync::Arc};

/// What the client asks the application to run beside the exchange.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a task in the background, where the application wants it.
#[derive(Clone)]
pub(crate) struct Spawn {
    run: Arc<dyn Fn(Task) + Send + Sync>,
}

impl Spawn {
    pub(crate) fn new(run: impl Fn(Task) + Send + Sync + 'static) -> Self {
        Self { run: Arc::new(run) }
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        (self.run)(Box::pin(task));
    }
}

impl Default for Spawn {
    /// The tokio runtime in which the request is polled.
    fn default() -> Self {
        Self::new(|task| {
            tokio::spawn(task);
        })
    }
}

impl fmt::Debug for Spawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawn").finish_non_exhaustive()
    }
}
