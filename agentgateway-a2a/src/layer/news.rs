use std::{fmt, sync::Arc};

use super::Progress;
use crate::wire::{Answer, TaskState};

/// What an answer, or one event of a stream, says of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskNews<'a> {
    /// The task that it names.
    pub task_id: Option<&'a str>,
    /// The conversation that it names.
    pub context_id: Option<&'a str>,
    /// How the task stands, where it says that.
    pub state: Option<TaskState>,
    /// Nothing follows: it is an answer in one piece, an error, or a stream's last word.
    pub is_last: bool,
}

impl<'a> TaskNews<'a> {
    pub(crate) fn of(answer: &'a Answer, is_last: bool) -> Self {
        match answer {
            Answer::Result(item) => Self {
                task_id: item.task_id.as_deref(),
                context_id: item.context_id.as_deref(),
                state: item.state,
                is_last,
            },
            Answer::Error { .. } | Answer::Unknown => Self {
                is_last,
                ..Self::default()
            },
        }
    }

    /// An event of a stream that has come as far as this with it.
    pub(crate) fn of_event(answer: &'a Answer, progress: Progress) -> Self {
        Self::of(answer, progress == Progress::Ended)
    }
}

/// Is told what the answer to a call says of tasks, while it passes.
///
/// A service inside of [`A2aLayer`](crate::A2aLayer) puts it into its response's extensions. So what the
/// layer reads is read once. It is told of every JSON answer and every event that the layer looks at,
/// before the client has it; of gRPC, of what the [bridge](crate::bridge) translates for a client of gRPC,
/// which finds it in the request's extensions. It runs in a `poll`: it must not block.
#[derive(Clone)]
pub struct OnTask(Arc<dyn Fn(&TaskNews<'_>) + Send + Sync>);

impl OnTask {
    /// Tells this.
    pub fn new(told: impl Fn(&TaskNews<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    pub(crate) fn tell(&self, news: &TaskNews<'_>) {
        (self.0)(news);
    }
}

impl fmt::Debug for OnTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnTask").finish_non_exhaustive()
    }
}
