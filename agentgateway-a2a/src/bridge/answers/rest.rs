use agentgateway_core::{Body, json};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};

use super::{Fault, Said};
use crate::wire::{A2aOperation, A2aVersion};

/// What an answer of HTTP+JSON says: its body is the result. What deletes may answer with nothing.
pub(super) fn said(version: A2aVersion, status: StatusCode, body: &Bytes) -> Said {
    if !status.is_success() {
        return Err(Fault::of_rest(status, body, version));
    }
    let is_empty = body.trim_ascii().is_empty();
    Ok(if is_empty {
        Bytes::from_static(b"{}")
    } else {
        body.clone()
    })
}

/// What the data of an event says.
pub(in crate::bridge) fn event(version: A2aVersion, data: Bytes) -> Said {
    match json::members(&data, ["error"]) {
        Ok([Some(error)]) if !json::is_null(error) => Err(Fault::of_rest(
            StatusCode::INTERNAL_SERVER_ERROR,
            &data,
            version,
        )),
        _ => Ok(data),
    }
}

pub(super) fn answer(version: A2aVersion, operation: &A2aOperation, said: Said) -> Response<Body> {
    let (status, body) = match said {
        // SDKs of either version read the body of a deletion as JSON, or not at all.
        Ok(result) if *operation == A2aOperation::DeleteTaskPushNotificationConfig => {
            let empty = result.is_empty() || &result[..] == b"null";
            (
                StatusCode::OK,
                if empty {
                    Bytes::from_static(b"{}")
                } else {
                    result
                },
            )
        }
        Ok(result) => (StatusCode::OK, result),
        Err(fault) => fault.rest(version),
    };
    let media = match version {
        A2aVersion::V1_0 if status.is_success() => "application/a2a+json",
        _ => "application/json",
    };
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media));
    answer
}
