use serde_json::{Value, json};

use super::{
    super::value::set,
    task::{Snapshot, State, Task, Update},
};

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Version 1.0, in both bindings.
    V1,
    /// Version 0.3 in JSON-RPC.
    V03,
    /// Version 0.3 in HTTP+JSON: the JSON form of its protocol buffers.
    V03Rest,
}

/// The question of a task that asks.
const QUESTION: &str = "What else?";

// === impl Shape ===

impl Shape {
    /// The key of a message's parts.
    pub(super) const fn parts_key(self) -> &'static str {
        match self {
            Self::V1 | Self::V03 => "parts",
            Self::V03Rest => "content",
        }
    }

    /// The name of a state.
    pub(super) const fn state(self, state: State) -> &'static str {
        match (self, state) {
            (Self::V03, State::Submitted) => "submitted",
            (Self::V03, State::Working) => "working",
            (Self::V03, State::InputRequired) => "input-required",
            (Self::V03, State::Completed) => "completed",
            (Self::V03, State::Canceled) => "canceled",
            (_, State::Submitted) => "TASK_STATE_SUBMITTED",
            (_, State::Working) => "TASK_STATE_WORKING",
            (_, State::InputRequired) => "TASK_STATE_INPUT_REQUIRED",
            (_, State::Completed) => "TASK_STATE_COMPLETED",
            (Self::V1, State::Canceled) => "TASK_STATE_CANCELED",
            (Self::V03Rest, State::Canceled) => "TASK_STATE_CANCELLED",
        }
    }

    /// The answer to a message, which is a `task` or a `message`.
    pub(super) fn sent(self, kind: &str, value: Value) -> Value {
        match self {
            Self::V03 => value,
            Self::V1 | Self::V03Rest => json!({kind: value}),
        }
    }

    pub(super) fn task(self, task: &Task, snapshot: &Snapshot) -> Value {
        let mut value = json!({
            "id": task.id,
            "contextId": task.context_id,
            "status": self.status(task, snapshot.state),
        });
        if !snapshot.said.is_empty() {
            set(
                &mut value,
                "artifacts",
                json!([self.artifact(&snapshot.said)]),
            );
        }
        self.with_kind("task", value)
    }

    /// A message of the agent's.
    pub(super) fn message(self, id: &str, context_id: Option<&str>, text: &str) -> Value {
        let mut value = json!({
            "messageId": id,
            "role": if self == Self::V03 { "agent" } else { "ROLE_AGENT" },
            self.parts_key(): [self.part(text)],
        });
        if let Some(context_id) = context_id {
            set(&mut value, "contextId", context_id);
        }
        self.with_kind("message", value)
    }

    /// An element of a stream.
    pub(super) fn update(self, task: &Task, update: &Update) -> Value {
        match update {
            Update::Whole(snapshot) => self.sent("task", self.task(task, snapshot)),
            Update::State(state) => {
                let mut value = json!({
                    "taskId": task.id,
                    "contextId": task.context_id,
                    "status": self.status(task, *state),
                });
                if self != Self::V1 {
                    set(&mut value, "final", state.is_settled());
                }
                self.sent("statusUpdate", self.with_kind("status-update", value))
            }
            Update::Chunk { text, append, last } => {
                let value = json!({
                    "taskId": task.id,
                    "contextId": task.context_id,
                    "artifact": self.artifact(text),
                    "append": append,
                    "lastChunk": last,
                });
                self.sent("artifactUpdate", self.with_kind("artifact-update", value))
            }
        }
    }

    fn status(self, task: &Task, state: State) -> Value {
        let mut status = json!({"state": self.state(state)});
        if state == State::InputRequired {
            let id = format!("{}-question", task.id);
            set(
                &mut status,
                "message",
                self.message(&id, Some(&task.context_id), QUESTION),
            );
        }
        status
    }

    fn artifact(self, text: &str) -> Value {
        json!({"artifactId": "echo", "name": "echo", "parts": [self.part(text)]})
    }

    fn part(self, text: &str) -> Value {
        self.with_kind("text", json!({"text": text}))
    }

    /// Version 0.3 in JSON-RPC names the kind of each value.
    fn with_kind(self, kind: &str, mut value: Value) -> Value {
        if self == Self::V03 {
            set(&mut value, "kind", kind);
        }
        value
    }
}
