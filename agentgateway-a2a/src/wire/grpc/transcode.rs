use agentgateway_core::json::Raw;
use bytes::Bytes;
use prost::Message;

use super::{
    GrpcError,
    proto_json::{Losses, ProtoJson, Writer},
    v0_3, v1_0,
};
use crate::wire::{A2aOperation, A2aVersion};

/// A protobuf message that was made of JSON, and what it could not carry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carried {
    /// The message, without a frame.
    pub bytes: Bytes,
    /// What was lost, each kind once: `unknown member`, `precision of a number`, `unknown
    /// enumeration name`. Empty when nothing was.
    pub lost: Vec<&'static str>,
}

/// The ProtoJSON of a request.
///
/// # Errors
/// [`GrpcError`] when the bytes are not the message, when a value of it has no JSON, or when the
/// version does not have the operation.
pub fn request_to_json(
    version: A2aVersion,
    operation: &A2aOperation,
    message: &[u8],
) -> Result<Bytes, GrpcError> {
    (request(version, operation)?.to_json)(message)
}

/// The protobuf message of a request that is written in ProtoJSON.
///
/// # Errors
/// [`GrpcError`] when the text is not JSON, when a value is not one of its field, when it is nested
/// too deep, or when the version does not have the operation.
pub fn request_from_json(
    version: A2aVersion,
    operation: &A2aOperation,
    json: &[u8],
) -> Result<Carried, GrpcError> {
    (request(version, operation)?.from_json)(json)
}

/// The ProtoJSON of an answer: of the only one, or of an item where the operation streams.
///
/// # Errors
/// As [`request_to_json`].
pub fn response_to_json(
    version: A2aVersion,
    operation: &A2aOperation,
    message: &[u8],
) -> Result<Bytes, GrpcError> {
    (response(version, operation)?.to_json)(message)
}

/// The protobuf message of an answer that is written in ProtoJSON: of the only one, or of an item
/// where the operation streams. Where an operation answers nothing, `null` is `{}`.
///
/// # Errors
/// As [`request_from_json`].
pub fn response_from_json(
    version: A2aVersion,
    operation: &A2aOperation,
    json: &[u8],
) -> Result<Carried, GrpcError> {
    (response(version, operation)?.from_json)(json)
}

/// The ProtoJSON of an item of a stream.
///
/// # Errors
/// As [`request_to_json`].
pub fn event_to_json(version: A2aVersion, message: &[u8]) -> Result<Bytes, GrpcError> {
    (event(version)?.to_json)(message)
}

/// The protobuf message of an item of a stream that is written in ProtoJSON.
///
/// # Errors
/// As [`request_from_json`].
pub fn event_from_json(version: A2aVersion, json: &[u8]) -> Result<Carried, GrpcError> {
    (event(version)?.from_json)(json)
}

/// Both ways of one type of message.
struct Transcoder {
    to_json: fn(&[u8]) -> Result<Bytes, GrpcError>,
    from_json: fn(&[u8]) -> Result<Carried, GrpcError>,
}

impl Transcoder {
    const fn of<M: Message + Default + ProtoJson>() -> Self {
        Self {
            to_json: |message| {
                let mut out = Writer::default();
                M::decode(message)?.write(&mut out)?;
                Ok(out.finish())
            },
            from_json: |json| {
                let mut losses = Losses::default();
                let message = M::read(Raw::parse(json)?, &mut losses)?;
                Ok(Carried {
                    bytes: message.encode_to_vec().into(),
                    lost: losses.into_names(),
                })
            },
        }
    }
}

fn request(version: A2aVersion, operation: &A2aOperation) -> Result<Transcoder, GrpcError> {
    use A2aOperation as Op;
    Ok(match (version, operation) {
        (A2aVersion::V1_0, Op::SendMessage | Op::SendStreamingMessage) => {
            Transcoder::of::<v1_0::SendMessageRequest>()
        }
        (A2aVersion::V1_0, Op::GetTask) => Transcoder::of::<v1_0::GetTaskRequest>(),
        (A2aVersion::V1_0, Op::ListTasks) => Transcoder::of::<v1_0::ListTasksRequest>(),
        (A2aVersion::V1_0, Op::CancelTask) => Transcoder::of::<v1_0::CancelTaskRequest>(),
        (A2aVersion::V1_0, Op::SubscribeToTask) => Transcoder::of::<v1_0::SubscribeToTaskRequest>(),
        (A2aVersion::V1_0, Op::CreateTaskPushNotificationConfig) => {
            Transcoder::of::<v1_0::TaskPushNotificationConfig>()
        }
        (A2aVersion::V1_0, Op::GetTaskPushNotificationConfig) => {
            Transcoder::of::<v1_0::GetTaskPushNotificationConfigRequest>()
        }
        (A2aVersion::V1_0, Op::ListTaskPushNotificationConfigs) => {
            Transcoder::of::<v1_0::ListTaskPushNotificationConfigsRequest>()
        }
        (A2aVersion::V1_0, Op::DeleteTaskPushNotificationConfig) => {
            Transcoder::of::<v1_0::DeleteTaskPushNotificationConfigRequest>()
        }
        (A2aVersion::V1_0, Op::GetExtendedAgentCard) => {
            Transcoder::of::<v1_0::GetExtendedAgentCardRequest>()
        }
        (A2aVersion::V0_3, Op::SendMessage | Op::SendStreamingMessage) => {
            Transcoder::of::<v0_3::SendMessageRequest>()
        }
        (A2aVersion::V0_3, Op::GetTask) => Transcoder::of::<v0_3::GetTaskRequest>(),
        (A2aVersion::V0_3, Op::CancelTask) => Transcoder::of::<v0_3::CancelTaskRequest>(),
        (A2aVersion::V0_3, Op::SubscribeToTask) => {
            Transcoder::of::<v0_3::TaskSubscriptionRequest>()
        }
        (A2aVersion::V0_3, Op::CreateTaskPushNotificationConfig) => {
            Transcoder::of::<v0_3::CreateTaskPushNotificationConfigRequest>()
        }
        (A2aVersion::V0_3, Op::GetTaskPushNotificationConfig) => {
            Transcoder::of::<v0_3::GetTaskPushNotificationConfigRequest>()
        }
        (A2aVersion::V0_3, Op::ListTaskPushNotificationConfigs) => {
            Transcoder::of::<v0_3::ListTaskPushNotificationConfigRequest>()
        }
        (A2aVersion::V0_3, Op::DeleteTaskPushNotificationConfig) => {
            Transcoder::of::<v0_3::DeleteTaskPushNotificationConfigRequest>()
        }
        (A2aVersion::V0_3, Op::GetExtendedAgentCard) => {
            Transcoder::of::<v0_3::GetAgentCardRequest>()
        }
        _ => return Err(GrpcError::no_message(version)),
    })
}

fn response(version: A2aVersion, operation: &A2aOperation) -> Result<Transcoder, GrpcError> {
    use A2aOperation as Op;
    Ok(match (version, operation) {
        (_, Op::SendStreamingMessage | Op::SubscribeToTask) => event(version)?,
        (A2aVersion::V1_0, Op::SendMessage) => Transcoder::of::<v1_0::SendMessageResponse>(),
        (A2aVersion::V1_0, Op::GetTask | Op::CancelTask) => Transcoder::of::<v1_0::Task>(),
        (A2aVersion::V1_0, Op::ListTasks) => Transcoder::of::<v1_0::ListTasksResponse>(),
        (
            A2aVersion::V1_0,
            Op::CreateTaskPushNotificationConfig | Op::GetTaskPushNotificationConfig,
        ) => Transcoder::of::<v1_0::TaskPushNotificationConfig>(),
        (A2aVersion::V1_0, Op::ListTaskPushNotificationConfigs) => {
            Transcoder::of::<v1_0::ListTaskPushNotificationConfigsResponse>()
        }
        (A2aVersion::V1_0, Op::GetExtendedAgentCard) => Transcoder::of::<v1_0::AgentCard>(),
        (A2aVersion::V0_3, Op::SendMessage) => Transcoder::of::<v0_3::SendMessageResponse>(),
        (A2aVersion::V0_3, Op::GetTask | Op::CancelTask) => Transcoder::of::<v0_3::Task>(),
        (
            A2aVersion::V0_3,
            Op::CreateTaskPushNotificationConfig | Op::GetTaskPushNotificationConfig,
        ) => Transcoder::of::<v0_3::TaskPushNotificationConfig>(),
        (A2aVersion::V0_3, Op::ListTaskPushNotificationConfigs) => {
            Transcoder::of::<v0_3::ListTaskPushNotificationConfigResponse>()
        }
        (A2aVersion::V0_3, Op::GetExtendedAgentCard) => Transcoder::of::<v0_3::AgentCard>(),
        (A2aVersion::V1_0 | A2aVersion::V0_3, Op::DeleteTaskPushNotificationConfig) => {
            Transcoder::of::<()>()
        }
        _ => return Err(GrpcError::no_message(version)),
    })
}

fn event(version: A2aVersion) -> Result<Transcoder, GrpcError> {
    match version {
        A2aVersion::V1_0 => Ok(Transcoder::of::<v1_0::StreamResponse>()),
        A2aVersion::V0_3 => Ok(Transcoder::of::<v0_3::StreamResponse>()),
        A2aVersion::Unknown => Err(GrpcError::no_message(version)),
    }
}
