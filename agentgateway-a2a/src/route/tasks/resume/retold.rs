//! A task as the updates of it: what a client may hear in the middle of a stream.

use agentgateway_core::json::{self, Raw, quote};
use bytes::{BufMut, Bytes, BytesMut};

use super::again::Again;
use crate::{
    A2aBinding, A2aVersion, TaskState,
    wire::{Answer, ResultKind, read_answer},
};

/// What a task has come to, as events of the client's stream.
#[derive(Debug)]
pub(super) struct Retold {
    pub(super) events: Bytes,
    pub(super) state: Option<TaskState>,
}

/// The data of an event, or a whole answer, that is a task; `None` where it is something else.
///
/// The state is told where it is another than `last`.
///
/// # Source
/// A2A v1.0, `StreamResponse`; A2A v0.3, `TaskStatusUpdateEvent` and `TaskArtifactUpdateEvent`.
pub(super) fn retold(again: &Again, text: &[u8], last: Option<TaskState>) -> Option<Retold> {
    let Answer::Result(item) = read_answer(text, again.call.binding()) else {
        return None;
    };
    let task_id = item.task_id.filter(|_| item.kind == ResultKind::Task)?;
    let ids = Ids {
        task: quote(&task_id),
        context: item.context_id.as_deref().map(quote),
    };
    let [status, artifacts] = found(again.call.binding(), text)?;
    let mut events = BytesMut::new();
    if let Some(artifacts) = artifacts.filter(|artifacts| !json::is_null(*artifacts)) {
        let told = json::elements(artifacts, |artifact| {
            let artifact = artifact.get().as_bytes();
            let members = [
                b"\"artifact\":",
                artifact,
                b",\"append\":false,\"lastChunk\":true",
            ];
            let result = ids.update(again, ("artifactUpdate", "artifact-update"), &members);
            events.put(again.event(&result));
        });
        told.ok()?;
    }
    let state = item.state;
    if let Some(status) = status.filter(|_| state != last) {
        let is_last = state.is_some_and(|state| state.is_terminal() || state.is_interrupted());
        let last = match (again.call.version(), is_last) {
            (A2aVersion::V0_3, true) => &b",\"final\":true"[..],
            (A2aVersion::V0_3, false) => &b",\"final\":false"[..],
            _ => b"",
        };
        let members = [b"\"status\":", status.get().as_bytes(), last];
        let result = ids.update(again, ("statusUpdate", "status-update"), &members);
        events.put(again.event(&result));
    }
    Some(Retold {
        events: events.freeze(),
        state,
    })
}

/// Status and artifacts of the task, bare or wrapped.
fn found(binding: A2aBinding, text: &[u8]) -> Option<[Option<Raw<'_>>; 2]> {
    let [task, status, artifacts] = match binding {
        A2aBinding::JsonRpc => {
            let [result] = json::members(text, ["result"]).ok()?;
            json::members_of(result?, MEMBERS).ok()?
        }
        _ => json::members(text, MEMBERS).ok()?,
    };
    match task {
        Some(task) => json::members_of(task, ["status", "artifacts"]).ok(),
        None => Some([status, artifacts]),
    }
}

const MEMBERS: [&str; 3] = ["task", "status", "artifacts"];

struct Ids {
    task: String,
    context: Option<String>,
}

impl Ids {
    /// One update, in the shape that the client reads.
    fn update(&self, again: &Again, (wrapper, kind): (&str, &str), members: &[&[u8]]) -> Vec<u8> {
        let is_flat =
            again.call.binding() == A2aBinding::JsonRpc && again.call.version() == A2aVersion::V0_3;
        let open = match is_flat {
            true => format!("{{\"kind\":\"{kind}\","),
            false => format!("{{\"{wrapper}\":{{"),
        };
        let close: &[u8] = if is_flat { b"}" } else { b"}}" };
        let context = self.context.as_ref();
        let context = context.map_or_else(String::new, |id| format!("\"contextId\":{id},"));
        let ids = format!("{open}\"taskId\":{},{context}", self.task);
        [ids.as_bytes(), &members.concat(), close].concat()
    }
}
