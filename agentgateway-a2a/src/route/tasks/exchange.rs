use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::homes::{About, Homes};
use crate::{
    TaskState,
    layer::{OnTask, TaskNews},
};

/// How many tasks of one answer are written down; an answer is about one.
const MAX_TASKS: usize = 16;

/// What is learnt from one answer while it passes.
#[derive(Debug)]
pub(super) struct Exchange {
    homes: Arc<Homes>,
    /// The home that was known before, of a call that changes nothing: there is no news in it.
    known: Option<Arc<str>>,
    seen: Mutex<Seen>,
}

/// What the answer has told.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) home: Option<Arc<str>>,
    pub(super) task: Option<Box<str>>,
    pub(super) context: Option<Box<str>>,
    pub(super) state: Option<TaskState>,
    /// The last word was said.
    pub(super) is_over: bool,
    /// How much is written down of the task.
    written: Written,
    tasks: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Written {
    #[default]
    Nothing,
    Going,
    Ended,
}

impl Exchange {
    pub(super) fn new(homes: Arc<Homes>, known: Option<Arc<str>>) -> Arc<Self> {
        Arc::new(Self {
            homes,
            known,
            seen: Mutex::default(),
        })
    }

    /// Hears what is told of the answer.
    pub(super) fn ear(self: &Arc<Self>) -> OnTask {
        let this = Arc::clone(self);
        OnTask::new(move |news| this.hear(news))
    }

    /// This endpoint has answered.
    pub(super) fn answered_by(&self, home: &str) {
        let mut seen = self.lock();
        seen.home = Some(home.into());
        self.write(&mut seen);
    }

    pub(super) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    pub(super) fn hear(&self, news: &TaskNews<'_>) {
        let mut seen = self.lock();
        if let Some(task) = news
            .task_id
            .filter(|task| seen.task.as_deref() != Some(task))
        {
            seen.task = Some(task.into());
            seen.written = Written::Nothing;
            seen.tasks += 1;
        }
        if let Some(context) = news.context_id {
            if seen.context.as_deref() != Some(context) {
                seen.context = Some(context.into());
            }
        }
        seen.state = news.state.or(seen.state);
        seen.is_over |= news.is_last;
        self.write(&mut seen);
    }

    fn write(&self, seen: &mut Seen) {
        let (Some(home), Some(task)) = (&seen.home, &seen.task) else {
            return;
        };
        let ended = seen.state.is_some_and(TaskState::is_terminal);
        let now = if ended {
            Written::Ended
        } else {
            Written::Going
        };
        if now <= seen.written || seen.tasks > MAX_TASKS || self.known.as_ref() == Some(home) {
            return;
        }
        self.homes.put(About::Task(task), home, ended);
        if let (Written::Nothing, Some(context)) = (seen.written, &seen.context) {
            self.homes.put(About::Context(context), home, false);
        }
        seen.written = now;
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
