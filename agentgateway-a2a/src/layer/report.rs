use http::Extensions;

use crate::{
    bridge::{LossReport, Speech},
    policy::card::Served,
    wire::{Answer, ResultKind, TaskState},
};

/// What the answer to one call told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct A2aReport {
    /// The task that the answer is about: of a stream, the last one that was named.
    pub task_id: Option<Box<str>>,
    /// The conversation that the answer belongs to.
    pub context_id: Option<Box<str>>,
    /// How the task stands, by the last word.
    pub state: Option<TaskState>,
    /// What the answer, or the last event, brought.
    pub result: Option<ResultKind>,
    /// How many events of a stream came.
    pub events: u64,
    /// The answer is an error: of JSON-RPC, of HTTP+JSON, or by its status.
    pub failed: bool,
    /// Nothing follows: it was an answer in one piece, an error, or a stream's last word.
    pub is_over: bool,
    /// The JSON-RPC code of an error.
    pub error_code: Option<i64>,
    /// The reason of an error, such as `TASK_NOT_FOUND`.
    pub error_reason: Option<Box<str>>,
    /// What the agent was spoken to in, where that is not what the client speaks.
    pub translated: Option<Speech>,
    /// What the translation left out, of the request and of the answer; of a stream so far as it came.
    pub losses: LossReport,
    /// How many URLs of an agent card were rewritten.
    pub urls_rewritten: usize,
    /// The agent's signatures were taken out of the card, since it changed or is signed anew.
    pub signatures_removed: bool,
    /// The gateway has signed the card.
    pub card_signed: bool,
    /// Whether the agent's signatures of the card are trusted; `None` where they were not checked. A card that
    /// is refused for them is an answer that failed.
    pub card_trusted: Option<bool>,
}

impl A2aReport {
    /// What an answer that came, came as: `None` when it reports no failure.
    ///
    /// The error's reason, else its JSON-RPC code, else `_OTHER`.
    #[must_use]
    pub fn error_type(&self) -> Option<String> {
        let named = || match (&self.error_reason, self.error_code) {
            (Some(reason), _) => reason.to_string(),
            (None, Some(code)) => code.to_string(),
            (None, None) => "_OTHER".to_owned(),
        };
        self.is_failure().then(named)
    }

    /// Whether the answer that came reports a failure.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        self.failed
    }

    /// Takes over what was done to a card.
    pub(super) const fn take_card(&mut self, served: &Served) {
        self.urls_rewritten = served.urls;
        self.signatures_removed = served.signatures_removed;
        self.card_signed = served.signed;
        self.card_trusted = served.trusted;
    }

    /// Takes over what the bridge inside tells.
    pub(super) fn take_translation(&mut self, extensions: &Extensions) {
        self.translated = extensions.get::<Speech>().copied();
        self.losses = extensions.get::<LossReport>().copied().unwrap_or_default();
    }

    /// Takes over what an answer or an event says; what it does not say stays.
    pub(super) fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Result(item) => {
                self.result = Some(item.kind);
                self.task_id = item.task_id.or_else(|| self.task_id.take());
                self.context_id = item.context_id.or_else(|| self.context_id.take());
                self.state = item.state.or(self.state);
            }
            Answer::Error { code, reason } => {
                self.failed = true;
                self.error_code = code;
                self.error_reason = reason;
            }
            Answer::Unknown => {}
        }
    }
}
