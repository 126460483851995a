use agentgateway_core::json::{self, Raw};
use bytes::Bytes;

use super::{
    Shape, ShapeError,
    convert::Conversion,
    error::{Fault, Side},
    messages,
    payload::{self, Payload},
    write::Object,
};
use crate::bridge::{Loss, LossReport};

/// Turns what a v0.3 agent pushes into what a v1.0 client expects: an event of a stream.
///
/// v0.3 pushes the task. Some agents that speak v0.3 push the events of v1.0 all the same; these stay as
/// they are, and so does what is in the shape of v1.0.
///
/// # Errors
/// [`ShapeError`], of the agent's side, when it is neither.
///
/// # Source
/// A2A v0.3, section 9.5 (push notifications); A2A v1.0, section 4.3.3.
pub fn push_payload_to_v1(
    from: Shape,
    payload: &[u8],
    loss: &mut LossReport,
) -> Result<Bytes, ShapeError> {
    if from == Shape::V1_0 {
        return Ok(Bytes::copy_from_slice(payload));
    }
    let mut conversion = conversion(from, Shape::V1_0, loss);
    let raw = conversion.parse("notification", payload)?;
    let [id, kind, task, message, status, artifact] = json::members_of(
        raw,
        [
            "id",
            "kind",
            "task",
            "message",
            "statusUpdate",
            "artifactUpdate",
        ],
    )
    .map_err(|error| conversion.json("notification", error))?;
    let is_event = id.or(kind).is_none() && task.or(message).or(status).or(artifact).is_some();
    if is_event && from == Shape::V0_3JsonRpc {
        return Ok(Bytes::copy_from_slice(payload));
    }
    let mut out = String::with_capacity(payload.len().saturating_add(64));
    if from == Shape::V0_3Proto && !is_event {
        let mut object = Object::open(&mut out);
        conversion.object(&messages::TASK, raw, object.name("task"))?;
        object.close();
    } else {
        let found = payload::read(&mut conversion, "notification", raw)?;
        found
            .ok_or_else(|| no_notification(&conversion))?
            .write(&mut conversion, &[], &mut out)?;
    }
    Ok(out.into())
}

/// Turns what a v1.0 agent pushes into what a v0.3 client expects: the task.
///
/// Of an update, which is all that v1.0 pushes of a change, the task has the ids and the status or the
/// artifact ([`Loss::PushedTask`]). Who can ask the agent for the whole task should.
///
/// # Errors
/// [`ShapeError`], of the agent's side, when it is no event of v1.0, or a message, which v0.3 does not push
/// ([`NoPeer`](super::ShapeErrorKind::NoPeer)).
///
/// # Source
/// A2A v0.3, section 9.5 (push notifications); A2A v1.0, section 4.3.3.
pub fn push_payload_from_v1(
    to: Shape,
    payload: &[u8],
    loss: &mut LossReport,
) -> Result<Bytes, ShapeError> {
    if to == Shape::V1_0 {
        return Ok(Bytes::copy_from_slice(payload));
    }
    let mut conversion = conversion(Shape::V1_0, to, loss);
    let raw = conversion.parse("notification", payload)?;
    let found = payload::read(&mut conversion, "notification", raw)?
        .ok_or_else(|| no_notification(&conversion))?;
    let snapshot;
    let task = match found.payload {
        Payload::Task => found.value,
        Payload::Message => {
            let what = "notification of a message";
            return Err(conversion.fault(Fault::NoPeer { what }));
        }
        update => {
            conversion.loss.add(Loss::PushedTask);
            snapshot = payload::snapshot(&conversion, update, found.value, true)?;
            conversion.parse("notification", snapshot.as_bytes())?
        }
    };
    task_of(&mut conversion, task)
}

fn task_of(conversion: &mut Conversion<'_>, task: Raw<'_>) -> Result<Bytes, ShapeError> {
    let mut out = String::with_capacity(task.get().len().saturating_add(64));
    conversion.object(&messages::TASK, task, &mut out)?;
    Ok(out.into())
}

const fn conversion(from: Shape, to: Shape, loss: &mut LossReport) -> Conversion<'_> {
    Conversion {
        from,
        to,
        side: Side::Answer,
        loss,
    }
}

fn no_notification(conversion: &Conversion<'_>) -> ShapeError {
    conversion.fault(Fault::Choice {
        place: "notification",
        expected: "a task or an update",
    })
}
