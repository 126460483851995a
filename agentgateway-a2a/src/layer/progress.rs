use agentgateway_core::rescue::Ending;

use crate::wire::{Answer, ResultKind, TaskState};

/// How far an event stream has come.
///
/// # Source
/// A2A v1.0, sections 3.1.2 and 3.1.6 (streaming operations), 11.7 (a stream closes when the task
/// is terminal or interrupted); A2A v0.3, section 7.2 (`final`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The stream of a method that is not known here: nobody can tell its end.
    Endless,
    /// The task goes on.
    Open,
    /// The task waits for the client: the stream may end, or go on. Its end is no marker: a stream
    /// that breaks here is broken.
    Interrupted,
    /// The last word was said.
    Ended,
}

impl Progress {
    pub(crate) fn take(&mut self, answer: &Answer) {
        if matches!(self, Self::Endless | Self::Ended) {
            return;
        }
        match answer {
            Answer::Error { .. } => *self = Self::Ended,
            Answer::Result(item) => {
                let terminal = item.state.is_some_and(TaskState::is_terminal);
                if item.is_final || terminal || item.kind == ResultKind::Message {
                    *self = Self::Ended;
                } else if item.state.is_some_and(TaskState::is_interrupted) {
                    *self = Self::Interrupted;
                } else if item.state.is_some() {
                    *self = Self::Open;
                }
            }
            Answer::Unknown => {}
        }
    }

    pub(crate) const fn ending(self) -> Ending {
        match self {
            Self::Endless | Self::Interrupted => Ending::Endless,
            Self::Open => Ending::Truncated,
            Self::Ended => Ending::Complete,
        }
    }
}
