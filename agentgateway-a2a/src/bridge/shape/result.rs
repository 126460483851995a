use agentgateway_core::json::Raw;
use bytes::Bytes;

use super::{
    Shape, ShapeError,
    convert::Conversion,
    error::{Fault, Side},
    messages,
    payload::{self, Payload},
    push,
};
use crate::{A2aOperation, bridge::LossReport};

/// Turns the result of a call into that of v1.0.
///
/// Of an operation that streams it turns one event, without what the order of events asks for: see
/// [`EventsToV1`](super::EventsToV1). Agent cards are returned unchanged: they are more than one call's
/// matter. What is in the shape of v1.0 stays as it is.
///
/// # Errors
/// [`ShapeError`], of the agent's side, when the text is no result of the operation, or the operation has no
/// counterpart in v0.3.
pub fn result_to_v1(
    operation: &A2aOperation,
    from: Shape,
    result: &[u8],
    loss: &mut LossReport,
) -> Result<Bytes, ShapeError> {
    result_between(operation, from, Shape::V1_0, result, loss)
}

/// Turns the result of a call from that of v1.0 into that of another shape.
///
/// Of an operation that streams it turns one event: see [`EventsFromV1`](super::EventsFromV1). Agent cards are
/// returned unchanged.
///
/// # Errors
/// Those of [`result_to_v1`].
pub fn result_from_v1(
    operation: &A2aOperation,
    to: Shape,
    result: &[u8],
    loss: &mut LossReport,
) -> Result<Bytes, ShapeError> {
    result_between(operation, Shape::V1_0, to, result, loss)
}

fn result_between(
    operation: &A2aOperation,
    from: Shape,
    to: Shape,
    result: &[u8],
    loss: &mut LossReport,
) -> Result<Bytes, ShapeError> {
    use A2aOperation as Op;

    if from == to || operation.brings_card() {
        return Ok(Bytes::copy_from_slice(result));
    }
    let mut conversion = Conversion {
        from,
        to,
        side: Side::Answer,
        loss,
    };
    if *operation == Op::DeleteTaskPushNotificationConfig {
        return Ok(Bytes::from_static(match to {
            Shape::V0_3JsonRpc => b"null",
            _ => b"{}",
        }));
    }
    let raw = conversion.parse("result", result)?;
    let mut out = String::with_capacity(result.len().saturating_add(64));
    match operation {
        Op::SendMessage => sent(&mut conversion, raw, false, &mut out)?,
        Op::SendStreamingMessage | Op::SubscribeToTask => {
            sent(&mut conversion, raw, true, &mut out)?;
        }
        Op::GetTask | Op::CancelTask => conversion.object(&messages::TASK, raw, &mut out)?,
        Op::CreateTaskPushNotificationConfig | Op::GetTaskPushNotificationConfig => {
            push::config(&mut conversion, raw, &mut out)?;
        }
        Op::ListTaskPushNotificationConfigs => push::list(&mut conversion, raw, &mut out)?,
        _ => {
            let what = "result of this operation";
            return Err(conversion.fault(Fault::NoPeer { what }));
        }
    }
    Ok(out.into())
}

fn sent(
    conversion: &mut Conversion<'_>,
    raw: Raw<'_>,
    is_event: bool,
    out: &mut String,
) -> Result<(), ShapeError> {
    let found = payload::read(conversion, "result", raw)?
        .filter(|found| is_event || matches!(found.payload, Payload::Task | Payload::Message));
    match found {
        Some(found) => found.write(conversion, &[], out),
        None => Err(conversion.fault(Fault::Choice {
            place: "result",
            expected: if is_event {
                "a task, a message or an update"
            } else {
                "a task or a message"
            },
        })),
    }
}
