use bytes::Bytes;

use super::{
    Shape, ShapeError,
    convert::Conversion,
    error::{Fault, Side},
    messages, push,
    table::Table,
};
use crate::{A2aOperation, bridge::LossReport};

/// Turns the parameters of a call into those of v1.0: what stands in the `params` of its JSON-RPC.
///
/// Parameters of v0.3 over JSON-RPC are what stands in `params` there; those of the v0.3 protobuf are the JSON
/// form of its request message, with what HTTP+JSON has in path and query. No text at all is an empty
/// object. What is in the shape of v1.0 stays as it is.
///
/// # Errors
/// [`ShapeError`] when the text is not the parameters that it must be, or the operation has no counterpart in
/// v0.3 ([`NoPeer`](super::ShapeErrorKind::NoPeer)).
pub fn params_to_v1(
    operation: &A2aOperation,
    from: Shape,
    params: &[u8],
    loss: &mut LossReport,
) -> Result<Bytes, ShapeError> {
    params_between(operation, from, Shape::V1_0, params, loss)
}

/// Turns the parameters of a call from those of v1.0 into those of another shape.
///
/// A `historyLength` of 0 is none to v1.0 and all to v0.3: see [`wants_no_history`](super::wants_no_history).
///
/// # Errors
/// Those of [`params_to_v1`].
pub fn params_from_v1(
    operation: &A2aOperation,
    to: Shape,
    params: &[u8],
    loss: &mut LossReport,
) -> Result<Bytes, ShapeError> {
    params_between(operation, Shape::V1_0, to, params, loss)
}

fn params_between(
    operation: &A2aOperation,
    from: Shape,
    to: Shape,
    params: &[u8],
    loss: &mut LossReport,
) -> Result<Bytes, ShapeError> {
    if from == to || *operation == A2aOperation::AgentCard {
        return Ok(Bytes::copy_from_slice(params));
    }
    let mut conversion = Conversion {
        from,
        to,
        side: Side::Request,
        loss,
    };
    let text = match params.trim_ascii() {
        b"" => b"{}",
        text => text,
    };
    let raw = conversion.parse("params", text)?;
    let mut out = String::with_capacity(text.len().saturating_add(64));
    match how(
        operation,
        from == Shape::V0_3Proto || to == Shape::V0_3Proto,
    ) {
        How::Table(table) => conversion.object(table, raw, &mut out)?,
        How::CreatePush => push::create(&mut conversion, raw, &mut out)?,
        How::OnePush => push::one(&mut conversion, raw, &mut out)?,
        How::Not(what) => return Err(conversion.fault(Fault::NoPeer { what })),
    }
    Ok(out.into())
}

enum How {
    Table(&'static Table),
    CreatePush,
    OnePush,
    Not(&'static str),
}

fn how(operation: &A2aOperation, is_proto: bool) -> How {
    use A2aOperation as Op;

    How::Table(match operation {
        Op::SendMessage | Op::SendStreamingMessage => &messages::SEND_MESSAGE,
        Op::GetTask => &messages::GET_TASK,
        Op::CancelTask => &messages::CANCEL_TASK,
        Op::SubscribeToTask => &messages::SUBSCRIBE,
        Op::CreateTaskPushNotificationConfig => return How::CreatePush,
        Op::GetTaskPushNotificationConfig | Op::DeleteTaskPushNotificationConfig if is_proto => {
            return How::OnePush;
        }
        Op::GetTaskPushNotificationConfig | Op::DeleteTaskPushNotificationConfig => {
            &messages::PUSH_IDS
        }
        Op::ListTaskPushNotificationConfigs => &messages::LIST_PUSH,
        Op::GetExtendedAgentCard | Op::AgentCard => &messages::GET_CARD,
        Op::ListTasks => return How::Not("ListTasks"),
        Op::Unknown(_) => return How::Not("such method"),
    })
}
