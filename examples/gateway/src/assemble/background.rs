use tokio::{runtime::Handle, task::AbortHandle};

/// A task that ends when this is dropped.
#[derive(Debug)]
pub(super) struct Background(Option<AbortHandle>);

impl Background {
    /// Without a runtime, as in a check, nothing runs.
    pub(super) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        let runtime = Handle::try_current().ok();
        Self(runtime.map(|runtime| runtime.spawn(task).abort_handle()))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
