use agentgateway_core::{
    json::{self, Raw},
    jsonrpc,
};

use super::{A2aBinding, TaskState, code};

/// The longest id that is kept from an answer, in bytes. A longer one is not reported.
const MAX_ID_BYTES: usize = 1024;

/// What kind of thing an answer or an event brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResultKind {
    /// A task.
    Task,
    /// A message: the answer without a task.
    Message,
    /// A change of a task's state.
    StatusUpdate,
    /// A piece of a task's output.
    ArtifactUpdate,
    /// Something else: a list, a push configuration, a card.
    Other,
}

impl ResultKind {
    /// A short stable name, that of v0.3.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Message => "message",
            Self::StatusUpdate => "status-update",
            Self::ArtifactUpdate => "artifact-update",
            Self::Other => "other",
        }
    }
}

/// What one answer, or one event of a stream, says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Result(Item),
    Error {
        code: Option<i64>,
        reason: Option<Box<str>>,
    },
    /// Not of a shape that is known here.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: ResultKind,
    pub(crate) task_id: Option<Box<str>>,
    pub(crate) context_id: Option<Box<str>>,
    pub(crate) state: Option<TaskState>,
    /// v0.3 says that the stream ends with this event.
    pub(crate) is_final: bool,
}

/// Reads the body of an answer, or the data of an event.
pub(crate) fn read_answer(text: &[u8], binding: A2aBinding) -> Answer {
    match binding {
        A2aBinding::JsonRpc => {
            let Ok([result, error]) = json::members(text, ["result", "error"]) else {
                return Answer::Unknown;
            };
            match (present(error), result) {
                (Some(error), _) => rpc_error(error),
                (None, Some(result)) => Answer::Result(read_item(result)),
                (None, None) => Answer::Unknown,
            }
        }
        // Its frames are no text.
        A2aBinding::Grpc => Answer::Unknown,
        A2aBinding::HttpJson => {
            let Ok(found) = json::members(text, MEMBERS) else {
                return Answer::Unknown;
            };
            let [.., error] = found;
            match present(error) {
                Some(error) => rest_error(error),
                None => Answer::Result(Members(found).item()),
            }
        }
    }
}

fn present(value: Option<Raw<'_>>) -> Option<Raw<'_>> {
    value.filter(|value| !json::is_null(*value))
}

const MEMBERS: [&str; 11] = [
    "kind",
    "task",
    "message",
    "statusUpdate",
    "artifactUpdate",
    "id",
    "taskId",
    "contextId",
    "status",
    "final",
    "error",
];

struct Members<'a>([Option<Raw<'a>>; MEMBERS.len()]);

fn read_item(result: Raw<'_>) -> Item {
    match json::members_of(result, MEMBERS) {
        Ok(found) => Members(found).item(),
        Err(_) => Item::other(),
    }
}

impl Members<'_> {
    /// Tells the three shapes apart: a `kind` (v0.3 over JSON-RPC), a wrapper with one member, or a
    /// bare task.
    fn item(&self) -> Item {
        let [
            kind,
            task,
            message,
            status_update,
            artifact_update,
            id,
            _,
            _,
            status,
            ..,
        ] = self.0;
        if let Some(kind) = kind.and_then(json::string) {
            return self.flat(match &*kind {
                "task" => ResultKind::Task,
                "message" => ResultKind::Message,
                "status-update" => ResultKind::StatusUpdate,
                "artifact-update" => ResultKind::ArtifactUpdate,
                _ => ResultKind::Other,
            });
        }
        let wrapped = [
            (task, ResultKind::Task),
            (message, ResultKind::Message),
            (status_update, ResultKind::StatusUpdate),
            (artifact_update, ResultKind::ArtifactUpdate),
        ];
        for (value, kind) in wrapped {
            if let Some(inner) = present(value) {
                return match json::members_of(inner, MEMBERS) {
                    Ok(found) => Members(found).flat(kind),
                    Err(_) => Item::other(),
                };
            }
        }
        self.flat(if id.is_some() && status.is_some() {
            ResultKind::Task
        } else {
            ResultKind::Other
        })
    }

    fn flat(&self, kind: ResultKind) -> Item {
        let [_, _, _, _, _, id, task_id, context_id, status, is_final, _] = self.0;
        let task_id = match kind {
            ResultKind::Task => id,
            ResultKind::Other => None,
            _ => task_id,
        };
        let known = kind != ResultKind::Other;
        Item {
            kind,
            task_id: short(task_id),
            context_id: short(context_id.filter(|_| known)),
            state: status.filter(|_| known).and_then(read_state),
            is_final: is_final.and_then(json::boolean).unwrap_or(false),
        }
    }
}

impl Item {
    const fn other() -> Self {
        Self {
            kind: ResultKind::Other,
            task_id: None,
            context_id: None,
            state: None,
            is_final: false,
        }
    }
}

fn read_state(status: Raw<'_>) -> Option<TaskState> {
    let [state] = json::members_of(status, ["state"]).ok()?;
    TaskState::parse(&json::string(state?)?)
}

fn short(value: Option<Raw<'_>>) -> Option<Box<str>> {
    let text = json::string(value?)?;
    (!text.is_empty() && text.len() <= MAX_ID_BYTES).then(|| text.into())
}

fn rpc_error(error: Raw<'_>) -> Answer {
    let number = jsonrpc::error_code(error);
    let [data] = json::members_of(error, ["data"]).unwrap_or_default();
    let reason = detail_reason(data).or_else(|| number.and_then(code::reason).map(Box::from));
    Answer::Error {
        code: number,
        reason,
    }
}

fn rest_error(error: Raw<'_>) -> Answer {
    let [status, details] = json::members_of(error, ["status", "details"]).unwrap_or_default();
    Answer::Error {
        code: None,
        reason: detail_reason(details).or_else(|| short(status)),
    }
}

/// The `reason` of the first detail that has one: a `google.rpc.ErrorInfo`.
fn detail_reason(details: Option<Raw<'_>>) -> Option<Box<str>> {
    let mut reason = None;
    json::elements(details?, |detail| {
        if let (None, Ok([found])) = (&reason, json::members_of(detail, ["reason"])) {
            reason = short(found);
        }
    })
    .ok()?;
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str, binding: A2aBinding) -> Item {
        match read_answer(text.as_bytes(), binding) {
            Answer::Result(item) => item,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn facts(item: &Item) -> (ResultKind, &str, &str, Option<TaskState>, bool) {
        let text = |id: &Option<Box<str>>| id.as_deref().unwrap_or("-").to_owned().leak() as &str;
        (
            item.kind,
            text(&item.task_id),
            text(&item.context_id),
            item.state,
            item.is_final,
        )
    }

    #[test]
    fn reads_the_shapes_of_v0_3_over_json_rpc() {
        use ResultKind::{ArtifactUpdate, Message, StatusUpdate, Task};
        for (result, expected) in [
            (
                r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"working"},"history":[{"kind":"message"}]}"#,
                (Task, "t", "c", Some(TaskState::Working), false),
            ),
            (
                r#"{"kind":"message","messageId":"m","role":"agent","parts":[],"contextId":"c"}"#,
                (Message, "-", "c", None, false),
            ),
            (
                r#"{"kind":"status-update","taskId":"t","contextId":"c","status":{"state":"input-required"},"final":true}"#,
                (StatusUpdate, "t", "c", Some(TaskState::InputRequired), true),
            ),
            (
                r#"{"kind":"artifact-update","taskId":"t","contextId":"c","artifact":{"status":{"state":"failed"}}}"#,
                (ArtifactUpdate, "t", "c", None, false),
            ),
        ] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#);
            assert_eq!(facts(&item(&text, A2aBinding::JsonRpc)), expected);
        }
    }

    #[test]
    fn reads_the_wrappers_of_v1_0_and_of_http_json() {
        use ResultKind::{Message, Other, StatusUpdate, Task};
        for (result, expected) in [
            (
                r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}"#,
                (Task, "t", "c", Some(TaskState::Completed), false),
            ),
            (
                r#"{"message":{"messageId":"m","content":[{"text":"x"}]}}"#,
                (Message, "-", "-", None, false),
            ),
            (
                r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_CANCELLED"},"final":true}}"#,
                (StatusUpdate, "t", "c", Some(TaskState::Canceled), true),
            ),
            (
                r#"{"id":"t","status":{"state":"TASK_STATE_WORKING"}}"#,
                (Task, "t", "-", Some(TaskState::Working), false),
            ),
            (
                r#"{"tasks":[],"nextPageToken":""}"#,
                (Other, "-", "-", None, false),
            ),
        ] {
            assert_eq!(facts(&item(result, A2aBinding::HttpJson)), expected);
            let text = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#);
            assert_eq!(facts(&item(&text, A2aBinding::JsonRpc)), expected);
        }
    }

    #[test]
    fn reads_errors() {
        for (text, binding, expected) in [
            (
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no"}}"#,
                A2aBinding::JsonRpc,
                (Some(-32001), Some("TASK_NOT_FOUND")),
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no","data":[{},{"reason":"MINE"}]}}"#,
                A2aBinding::JsonRpc,
                (Some(-1), Some("MINE")),
            ),
            (
                r#"{"error":{"code":404,"status":"NOT_FOUND","details":[{"reason":"TASK_NOT_FOUND"}]}}"#,
                A2aBinding::HttpJson,
                (None, Some("TASK_NOT_FOUND")),
            ),
            (r#"{"error":"broken"}"#, A2aBinding::HttpJson, (None, None)),
        ] {
            let expected = Answer::Error {
                code: expected.0,
                reason: expected.1.map(Box::from),
            };
            assert_eq!(read_answer(text.as_bytes(), binding), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_answer_is_unknown() {
        for text in ["", "[]", "null", "{", r#"{"jsonrpc":"2.0","id":1}"#] {
            assert_eq!(
                read_answer(text.as_bytes(), A2aBinding::JsonRpc),
                Answer::Unknown
            );
        }
    }
}
