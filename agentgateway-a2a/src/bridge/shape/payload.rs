//! What an answer to a message or an event of a stream holds.

use agentgateway_core::json::{self, Raw};

use super::{
    Shape,
    convert::{Conversion, Members},
    error::{Fault, ShapeError},
    messages,
    table::{Table, spelled},
    write::Object,
};
use crate::bridge::Loss;

/// The four things that a stream may say; the first two are also answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    Task,
    Message,
    StatusUpdate,
    ArtifactUpdate,
}

/// A payload as it was read.
pub(super) struct Found<'a> {
    pub(super) payload: Payload,
    pub(super) value: Raw<'a>,
    /// What stands beside it.
    more: Vec<(String, Raw<'a>)>,
}

// === impl Payload ===

impl Payload {
    const ALL: [Self; 4] = [
        Self::Task,
        Self::Message,
        Self::StatusUpdate,
        Self::ArtifactUpdate,
    ];

    pub(super) fn table(self) -> &'static Table {
        match self {
            Self::Task => &messages::TASK,
            Self::Message => &messages::MESSAGE,
            Self::StatusUpdate => &messages::STATUS_UPDATE,
            Self::ArtifactUpdate => &messages::ARTIFACT_UPDATE,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Message => "message",
            Self::StatusUpdate => "statusUpdate",
            Self::ArtifactUpdate => "artifactUpdate",
        }
    }

    fn of_name(shape: Shape, name: &str) -> Option<Self> {
        let name = spelled(shape, name);
        match (&*name, shape) {
            ("msg", Shape::V0_3Proto) => Some(Self::Message),
            (name, _) => Self::ALL.into_iter().find(|payload| payload.name() == name),
        }
    }

    fn of_kind(kind: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|payload| payload.table().kind == Some(kind))
    }
}

/// Reads the payload; `None` when it is of a kind that is not known.
pub(super) fn read<'a>(
    conversion: &mut Conversion<'_>,
    place: &'static str,
    raw: Raw<'a>,
) -> Result<Option<Found<'a>>, ShapeError> {
    if conversion.from == Shape::V0_3JsonRpc {
        let payload = by_kind(conversion, place, raw)?;
        return Ok(payload.map(|payload| Found {
            payload,
            value: raw,
            more: Vec::new(),
        }));
    }
    let mut found = None;
    let mut more = Vec::new();
    conversion.each_member(place, raw, |this, name, value| {
        match Payload::of_name(this.from, name) {
            Some(_) if json::is_null(value) => {}
            Some(payload) if found.is_none() => found = Some((payload, value)),
            Some(_) => {
                return Err(this.fault(Fault::Choice {
                    place,
                    expected: "a task, a message or an update, and one of them only",
                }));
            }
            None => more.push((name.to_owned(), value)),
        }
        Ok(())
    })?;
    Ok(found.map(|(payload, value)| Found {
        payload,
        value,
        more,
    }))
}

/// By `kind`, and by the members that only one of them has where there is none.
fn by_kind(
    conversion: &Conversion<'_>,
    place: &'static str,
    raw: Raw<'_>,
) -> Result<Option<Payload>, ShapeError> {
    let [kind, message_id, artifact, task_id, id, status] = json::members_of(
        raw,
        ["kind", "messageId", "artifact", "taskId", "id", "status"],
    )
    .map_err(|error| conversion.json(place, error))?;
    if let Some(kind) = kind.filter(|kind| !json::is_null(*kind)) {
        return Ok(json::string(kind).and_then(|kind| Payload::of_kind(&kind)));
    }
    Ok(match (message_id, artifact, task_id, id, status) {
        (Some(_), ..) => Some(Payload::Message),
        (_, Some(_), Some(_), ..) => Some(Payload::ArtifactUpdate),
        (_, _, Some(_), None, Some(_)) => Some(Payload::StatusUpdate),
        (_, _, _, Some(_), Some(_)) => Some(Payload::Task),
        _ => None,
    })
}

// === impl Found ===

impl Found<'_> {
    /// Writes it in the other shape, with members behind its own.
    pub(super) fn write(
        &self,
        conversion: &mut Conversion<'_>,
        behind: &Members<'_>,
        out: &mut String,
    ) -> Result<(), ShapeError> {
        let table = self.payload.table();
        if conversion.to == Shape::V0_3JsonRpc {
            if !self.more.is_empty() {
                conversion.loss.add(Loss::BesidePayload);
            }
            return conversion.object_with(table, self.value, out, &[], behind);
        }
        let mut object = Object::open(out);
        let value = object.name(self.payload.name());
        conversion.object_with(table, self.value, value, &[], behind)?;
        for (name, value) in &self.more {
            match Payload::of_name(conversion.to, name) {
                Some(_) => conversion.loss.add(Loss::Clash),
                None => object.raw(name, *value),
            }
        }
        object.close();
        Ok(())
    }
}

/// A task as far as one of its updates, in v1.0, tells of it.
///
/// That artifacts come says that the task is being worked on.
pub(super) fn snapshot(
    conversion: &Conversion<'_>,
    payload: Payload,
    update: Raw<'_>,
    with_artifact: bool,
) -> Result<String, ShapeError> {
    let place = payload.table().name;
    let [task, context, status, artifact] =
        json::members_of(update, ["taskId", "contextId", "status", "artifact"])
            .map_err(|error| conversion.json(place, error))?;
    let task = task.ok_or_else(|| {
        conversion.fault(Fault::Member {
            place,
            name: "taskId",
            expected: "the id of the task",
        })
    })?;
    let mut out = String::new();
    let mut object = Object::open(&mut out);
    object.raw("id", task);
    if let Some(context) = context {
        object.raw("contextId", context);
    }
    match status {
        Some(status) if payload == Payload::StatusUpdate => object.raw("status", status),
        _ => object.json("status", r#"{"state":"TASK_STATE_WORKING"}"#),
    }
    if let Some(artifact) = artifact.filter(|_| with_artifact) {
        object.json("artifacts", &format!("[{}]", artifact.get()));
    }
    object.close();
    Ok(out)
}
