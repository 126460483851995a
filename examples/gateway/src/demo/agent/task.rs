use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::super::{answer::PAUSE, words::chunks};

/// The most bytes of a text that are said again.
const MAX_TEXT_BYTES: usize = 4096;

/// The pause between the chunks of a slow task, and how many they are.
const SLOW: (Duration, usize) = (Duration::from_millis(100), 100);

/// A task: a plan of steps, of which one more is done with each pause.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) context_id: String,
    /// The time that each step takes.
    pub(super) pause: Duration,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    /// Never empty. The last step settles the task.
    plan: Vec<Step>,
    /// The step that was done at `since`.
    done: usize,
    since: Instant,
}

#[derive(Clone, Debug)]
enum Step {
    State(State),
    Chunk(String),
}

/// The states that this agent's tasks are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Submitted,
    Working,
    InputRequired,
    Completed,
    Canceled,
}

/// A task as it stands.
pub(super) struct Snapshot {
    pub(super) state: State,
    /// What was said so far; empty when there is no artifact yet.
    pub(super) said: String,
}

/// What a stream tells of a task.
pub(super) enum Update {
    Whole(Snapshot),
    State(State),
    Chunk {
        text: String,
        append: bool,
        last: bool,
    },
}

// === impl Task ===

impl Task {
    /// A task that begins now.
    pub(super) fn new(id: String, context_id: String, text: &str) -> Self {
        let mut plan = vec![Step::State(State::Submitted), Step::State(State::Working)];
        let slow = first_word(text) == "slow";
        if first_word(text) == "ask" {
            plan.push(Step::State(State::InputRequired));
        } else {
            plan.extend(echo(text, slow));
        }
        Self {
            id,
            context_id,
            pause: if slow { SLOW.0 } else { PAUSE },
            progress: Mutex::new(Progress {
                plan,
                done: 0,
                since: Instant::now(),
            }),
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.at_now().1
    }

    /// Goes on with a task that asked. False when it did not ask.
    pub(super) fn resume(&self, text: &str) -> bool {
        let mut progress = self.lock();
        if progress.state(progress.done_at(self.pause)) != State::InputRequired {
            return false;
        }
        progress.done = progress.plan.len();
        progress.since = Instant::now();
        progress.plan.push(Step::State(State::Working));
        progress.plan.extend(echo(text, false));
        true
    }

    /// Ends the task as canceled. False when it has ended.
    pub(super) fn cancel(&self) -> bool {
        let mut progress = self.lock();
        let done = progress.done_at(self.pause);
        if progress.state(done).is_terminal() {
            return false;
        }
        progress.done = done.saturating_add(1);
        progress.since = Instant::now();
        let kept = progress.done;
        progress.plan.truncate(kept);
        progress.plan.push(Step::State(State::Canceled));
        true
    }

    /// The task as it stands, and then its steps to the end of its plan, each when it is done.
    ///
    /// To be asked once in each pause.
    pub(super) fn updates(self: &Arc<Self>) -> Updates {
        Updates {
            task: Arc::clone(self),
            next: Next::Snapshot,
        }
    }

    /// The number of the last step that is done, and the task as it stands.
    fn at_now(&self) -> (usize, Snapshot) {
        let progress = self.lock();
        let done = progress.done_at(self.pause);
        let snapshot = Snapshot {
            state: progress.state(done),
            said: progress.said(done),
        };
        (done, snapshot)
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Progress ===

impl Progress {
    /// The number of the last step that is done.
    fn done_at(&self, pause: Duration) -> usize {
        let passed = self.since.elapsed().as_millis() / pause.as_millis().max(1);
        let passed = usize::try_from(passed).unwrap_or(usize::MAX);
        self.done
            .saturating_add(passed)
            .min(self.plan.len().saturating_sub(1))
    }

    fn state(&self, done: usize) -> State {
        let steps = self.plan.iter().take(done.saturating_add(1)).rev();
        let mut states = steps.filter_map(|step| match step {
            Step::State(state) => Some(*state),
            Step::Chunk(_) => None,
        });
        states.next().unwrap_or(State::Submitted)
    }

    fn said(&self, done: usize) -> String {
        self.plan
            .iter()
            .take(done.saturating_add(1))
            .filter_map(Step::text)
            .collect()
    }

    fn update(&self, number: usize) -> Option<Update> {
        let is_chunk = |step: &Step| step.text().is_some();
        Some(match self.plan.get(number)? {
            Step::State(state) => Update::State(*state),
            Step::Chunk(text) => Update::Chunk {
                text: text.clone(),
                append: self.plan.iter().take(number).any(is_chunk),
                last: !self
                    .plan
                    .iter()
                    .skip(number.saturating_add(1))
                    .any(is_chunk),
            },
        })
    }
}

// === impl Step ===

impl Step {
    fn text(&self) -> Option<&str> {
        match self {
            Self::State(_) => None,
            Self::Chunk(text) => Some(text),
        }
    }
}

// === impl State ===

impl State {
    const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled)
    }

    /// Whether nothing more happens by itself.
    pub(super) const fn is_settled(self) -> bool {
        self.is_terminal() || matches!(self, Self::InputRequired)
    }
}

/// The updates of a task, for one stream.
pub(super) struct Updates {
    task: Arc<Task>,
    next: Next,
}

enum Next {
    Snapshot,
    Step(usize),
    End,
}

// === impl Updates ===

impl Iterator for Updates {
    type Item = Update;

    fn next(&mut self) -> Option<Update> {
        let (number, update) = match self.next {
            Next::Snapshot => {
                let (done, snapshot) = self.task.at_now();
                (done, Some(Update::Whole(snapshot)))
            }
            Next::Step(number) => (number, self.task.lock().update(number)),
            Next::End => return None,
        };
        let following = number.saturating_add(1);
        let more = following < self.task.lock().plan.len();
        self.next = if more {
            Next::Step(following)
        } else {
            Next::End
        };
        update
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, matches!(self.next, Next::End).then_some(0))
    }
}

/// The steps of saying a text again.
fn echo(text: &str, slow: bool) -> impl Iterator<Item = Step> {
    let end = (0..=MAX_TEXT_BYTES)
        .rev()
        .find_map(|end| text.get(..end.min(text.len())));
    let mut said = chunks(&format!("echo: {}", end.unwrap_or_default()));
    if slow {
        said.resize(SLOW.1.max(said.len()), ".".to_owned());
    }
    let steps = said.into_iter().map(Step::Chunk);
    steps.chain([Step::State(State::Completed)])
}

/// What the text asks for.
pub(super) fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}
