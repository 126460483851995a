use agentgateway_core::{Body, Error, json, jsonrpc::RpcId, sse::SseMessage};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};

use super::{Fault, Said, bad_answer};
use crate::wire::{A2aOperation, A2aVersion};

/// What a JSON-RPC response says; what is none is known by its status.
pub(super) fn said(
    operation: &A2aOperation,
    status: StatusCode,
    body: &Bytes,
) -> Result<Said, Error> {
    let deletes = *operation == A2aOperation::DeleteTaskPushNotificationConfig;
    match read(body) {
        Some(said) => Ok(said),
        None if !status.is_success() => Ok(Err(Fault::of_http(status, body))),
        // SDKs leave out a result that is null.
        None if deletes
            && json::members(body, ["jsonrpc"]).is_ok_and(|[version]| version.is_some()) =>
        {
            Ok(Ok(Bytes::from_static(b"null")))
        }
        None => Err(bad_answer("the agent's answer is no JSON-RPC response")),
    }
}

/// The result or the error of a response, or of the data of an event; `None` when it is neither.
pub(in crate::bridge) fn read(text: &Bytes) -> Option<Said> {
    let [result, error, version] = json::members(text, ["result", "error", "jsonrpc"]).ok()?;
    version?;
    match (error.filter(|error| !json::is_null(*error)), result) {
        (Some(error), _) => Some(Err(Fault::of_rpc(error))),
        (None, Some(result)) => Some(Ok(json::slice_of(text, result)?)),
        (None, None) => None,
    }
}

/// The response that has this result.
pub(in crate::bridge) fn response(id: &RpcId, result: &[u8]) -> Bytes {
    let mut body = Vec::with_capacity(result.len() + 48);
    body.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    body.extend_from_slice(id.as_raw());
    body.extend_from_slice(br#","result":"#);
    body.extend_from_slice(result);
    body.push(b'}');
    body.into()
}

pub(super) fn answer(
    version: A2aVersion,
    operation: &A2aOperation,
    said: Said,
    id: &RpcId,
) -> Response<Body> {
    let (status, body) = match said {
        // SDKs of v0.3 read nothing else where they have asked for a stream.
        Err(fault)
            if version == A2aVersion::V0_3 && operation.streams() && fault.status.is_none() =>
        {
            let event = SseMessage::new(fault.rpc(id, version)).encode();
            let mut answer = Response::new(Body::from(event));
            let media = HeaderValue::from_static("text/event-stream");
            answer.headers_mut().insert(CONTENT_TYPE, media);
            return answer;
        }
        Ok(result) => (StatusCode::OK, response(id, &result)),
        Err(fault) => (fault.rpc_status(), fault.rpc(id, version)),
    };
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}
