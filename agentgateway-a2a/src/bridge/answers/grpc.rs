//! gRPC: a frame and a status behind it, or a status alone.
//!
//! # Source
//! gRPC over HTTP/2, Responses; A2A v1.0, section 10.6 (error mapping).

use agentgateway_core::{Body, Error};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};

use super::{Fault, LossReport, Said, bad_answer};
use crate::{
    bridge::{events::Trailed, only_message},
    wire::{A2aOperation, A2aVersion, grpc},
};

pub(super) fn said(
    version: A2aVersion,
    operation: &A2aOperation,
    (status, headers, trailers): (StatusCode, &HeaderMap, Option<&HeaderMap>),
    body: &Bytes,
) -> Result<Said, Error> {
    if let Some(fault) = fault(status, headers, trailers, body)? {
        return Ok(Err(fault));
    }
    let message = only_message(body)
        .map_err(unreadable)?
        .ok_or_else(|| unreadable("it must be one message"))?;
    let json = grpc::response_to_json(version, operation, &message).map_err(unreadable)?;
    Ok(Ok(json))
}

/// The error that a status tells; `None` when it tells success.
///
/// # Errors
/// There is no status: the answer broke off.
pub(in crate::bridge) fn fault(
    status: StatusCode,
    headers: &HeaderMap,
    trailers: Option<&HeaderMap>,
    body: &[u8],
) -> Result<Option<Fault>, Error> {
    let told = trailers
        .filter(|trailers| trailers.contains_key("grpc-status"))
        .or_else(|| headers.contains_key("grpc-status").then_some(headers));
    match told {
        Some(told) => Ok(grpc::RpcFault::read(told).map(Fault::from)),
        None if !status.is_success() => Ok(Some(Fault::of_http(status, body))),
        None => Err(bad_answer(
            "the agent's answer broke off: it has no gRPC status",
        )),
    }
}

pub(super) fn answer(
    version: A2aVersion,
    operation: &A2aOperation,
    said: Said,
    loss: &mut LossReport,
) -> Result<Response<Body>, Error> {
    let mut answer = Response::new(Body::empty());
    match said {
        Ok(result) => {
            let carried =
                grpc::response_from_json(version, operation, &result).map_err(unreadable)?;
            loss.add_grpc(&carried);
            let frame = grpc::frame(&carried.bytes).map_err(unreadable)?;
            *answer.body_mut() = Body::new(Trailed::new(frame, success()));
        }
        Err(fault) => *answer.headers_mut() = trailers(&fault, version),
    }
    let media = HeaderValue::from_static("application/grpc+proto");
    answer.headers_mut().insert(CONTENT_TYPE, media);
    Ok(answer)
}

/// The trailers that say an error.
pub(in crate::bridge) fn trailers(fault: &Fault, version: A2aVersion) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    grpc::RpcFault::from(fault).write(version, &mut trailers);
    trailers
}

/// The trailers of an answer that is whole.
pub(in crate::bridge) fn success() -> HeaderMap {
    HeaderMap::from_iter([(
        http::HeaderName::from_static("grpc-status"),
        HeaderValue::from_static("0"),
    )])
}

pub(in crate::bridge) fn unreadable(reason: impl std::fmt::Display) -> Error {
    bad_answer(format!("the agent's answer cannot be translated: {reason}"))
}
