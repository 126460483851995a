use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Extensions;

use super::homes::{About, Homes};
use crate::{
    TaskState,
    layer::{A2aReport, AnswerTap},
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

    /// Hears what the layer outside reads in the answer.
    pub(super) fn listen(self: &Arc<Self>, answer: &mut Extensions) {
        let this = Arc::clone(self);
        AnswerTap::insert(answer, move |report| this.hear(report));
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

    fn hear(&self, report: &A2aReport) {
        let mut seen = self.lock();
        if report.task_id.is_some() && report.task_id != seen.task {
            seen.task.clone_from(&report.task_id);
            seen.written = Written::Nothing;
            seen.tasks += 1;
        }
        if report.context_id.is_some() && report.context_id != seen.context {
            seen.context.clone_from(&report.context_id);
        }
        seen.state = report.state.or(seen.state);
        seen.is_over |= report.is_over;
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
