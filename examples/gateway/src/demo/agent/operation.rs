use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    super::value::either,
    fault::Fault,
    shape::Shape,
    store::Store,
    task::{Task, Updates, first_word},
};

/// The longest id of a context that is taken over from a client.
const MAX_ID_BYTES: usize = 256;

/// The default and the greatest size of a page of tasks.
const PAGE: (u64, u64) = (50, 100);

/// The names under which a version asks for push notifications.
const PUSH: [(&str, &str); 3] = [
    (
        "taskPushNotificationConfig",
        "task_push_notification_config",
    ),
    ("pushNotificationConfig", "push_notification_config"),
    ("pushNotification", "push_notification"),
];

/// What can be asked of the agent, in any version and binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Send,
    Stream,
    Get,
    List,
    Cancel,
    Subscribe,
    Push,
    ExtendedCard,
}

/// What an operation gives.
pub(super) enum Outcome {
    One(Value),
    Many(Arc<Task>, Updates),
}

// === impl Operation ===

impl Operation {
    /// Runs the operation. A message is answered when its task is settled, or at once on demand.
    ///
    /// # Cancel safety
    ///
    /// A task that was begun lives on.
    pub(super) async fn run(
        self,
        store: &Store,
        shape: Shape,
        params: &Value,
    ) -> Result<Outcome, Fault> {
        match self {
            Self::Send | Self::Stream => self.send(store, shape, params).await,
            Self::Get => {
                let task = find(store, params)?;
                Ok(Outcome::One(shape.task(&task, &task.snapshot())))
            }
            Self::Cancel => {
                let task = find(store, params)?;
                if !task.cancel() {
                    return Err(Fault::TASK_NOT_CANCELABLE);
                }
                Ok(Outcome::One(shape.task(&task, &task.snapshot())))
            }
            Self::Subscribe => {
                let task = find(store, params)?;
                if task.snapshot().state.is_settled() {
                    return Err(Fault::UNSUPPORTED);
                }
                let updates = task.updates();
                Ok(Outcome::Many(task, updates))
            }
            Self::List => list(store, params).map(Outcome::One),
            Self::Push => Err(Fault::NO_PUSH),
            Self::ExtendedCard => Err(Fault::NO_EXTENDED_CARD),
        }
    }

    async fn send(self, store: &Store, shape: Shape, params: &Value) -> Result<Outcome, Fault> {
        let message = Message::read(shape, either(params, "message", "request"))?;
        let wanted = &params["configuration"];
        if PUSH
            .iter()
            .any(|(camel, own)| !either(wanted, camel, own).is_null())
        {
            return Err(Fault::NO_PUSH);
        }
        let task = match message.task_id {
            Some(id) => message.resume(&store.find(id).ok_or(Fault::TASK_NOT_FOUND)?)?,
            None if first_word(&message.text) == "message" => {
                let id = format!("answer-to-{}", message.id);
                let said = format!("echo: {}", message.text);
                let answer = shape.message(&id, message.context_id, &said);
                return Ok(Outcome::One(shape.sent("message", answer)));
            }
            None => store.begin(message.context_id, &message.text),
        };
        if self == Self::Stream {
            let updates = task.updates();
            return Ok(Outcome::Many(task, updates));
        }
        let at_once = either(wanted, "returnImmediately", "return_immediately") == true
            || wanted["blocking"] == false;
        let mut snapshot = task.snapshot();
        while !at_once && !snapshot.state.is_settled() {
            sleep(task.pause).await;
            snapshot = task.snapshot();
        }
        Ok(Outcome::One(
            shape.sent("task", shape.task(&task, &snapshot)),
        ))
    }
}

/// A message of the user's.
struct Message<'a> {
    id: &'a str,
    task_id: Option<&'a str>,
    context_id: Option<&'a str>,
    text: String,
}

// === impl Message ===

impl<'a> Message<'a> {
    fn read(shape: Shape, message: &'a Value) -> Result<Self, Fault> {
        let id = |camel: &str, own: &str| {
            either(message, camel, own)
                .as_str()
                .filter(|id| !id.is_empty())
        };
        let too_long = |id: Option<&str>| id.is_some_and(|id| id.len() > MAX_ID_BYTES);
        let message_id = id("messageId", "message_id");
        let message_id = message_id.ok_or(Fault::params("`message.messageId` is missing"))?;
        let context_id = id("contextId", "context_id");
        if too_long(Some(message_id)) || too_long(context_id) {
            return Err(Fault::params("an id is over 256 bytes"));
        }
        let parts = message[shape.parts_key()]
            .as_array()
            .filter(|parts| !parts.is_empty());
        let parts = parts.ok_or(Fault::params("the message has no parts"))?;
        let texts: Vec<&str> = parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect();
        if texts.is_empty() {
            return Err(Fault::CONTENT_TYPE);
        }
        Ok(Self {
            id: message_id,
            task_id: id("taskId", "task_id"),
            context_id,
            text: texts.join(" "),
        })
    }

    /// Goes on with a task that asked.
    fn resume(&self, task: &Arc<Task>) -> Result<Arc<Task>, Fault> {
        if self.context_id.is_some_and(|id| id != task.context_id) {
            return Err(Fault::params("the task is of another context"));
        }
        if !task.resume(&self.text) {
            return Err(Fault::UNSUPPORTED);
        }
        Ok(Arc::clone(task))
    }
}

fn find(store: &Store, params: &Value) -> Result<Arc<Task>, Fault> {
    let id = params["id"]
        .as_str()
        .ok_or(Fault::params("`id` is missing"))?;
    store.find(id).ok_or(Fault::TASK_NOT_FOUND)
}

/// A page of the tasks. A page's token is the number of the tasks before it.
///
/// # Source
///
/// A2A v1.0, "List Tasks".
fn list(store: &Store, params: &Value) -> Result<Value, Fault> {
    let size = match &params["pageSize"] {
        Value::Null => PAGE.0,
        size => size
            .as_u64()
            .filter(|size| (1..=PAGE.1).contains(size))
            .ok_or(Fault::params("`pageSize` is not within 1 to 100"))?,
    };
    let first = match params["pageToken"].as_str().unwrap_or_default() {
        "" => 0,
        token => token
            .parse()
            .map_err(|_| Fault::params("no such `pageToken`"))?,
    };
    let context_id = params["contextId"].as_str().filter(|id| !id.is_empty());
    let state = params["status"]
        .as_str()
        .filter(|name| *name != "TASK_STATE_UNSPECIFIED");
    let tasks = store
        .newest()
        .into_iter()
        .map(|task| (task.snapshot(), task));
    let tasks: Vec<_> = tasks
        .filter(|(_, task)| context_id.is_none_or(|id| id == task.context_id))
        .filter(|(now, _)| state.is_none_or(|state| state == Shape::V1.state(now.state)))
        .collect();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let with_artifacts = params["includeArtifacts"] == true;
    let page: Vec<Value> = tasks
        .iter()
        .skip(first)
        .take(size)
        .map(|(now, task)| {
            let mut value = Shape::V1.task(task, now);
            if let (false, Some(members)) = (with_artifacts, value.as_object_mut()) {
                members.remove("artifacts");
            }
            value
        })
        .collect();
    let next = Some(first.saturating_add(size)).filter(|next| *next < tasks.len());
    Ok(json!({
        "nextPageToken": next.map(|next| next.to_string()).unwrap_or_default(),
        "pageSize": size,
        "totalSize": tasks.len(),
        "tasks": page,
    }))
}
