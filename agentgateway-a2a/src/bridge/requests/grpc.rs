//! gRPC: one message in a frame.
//!
//! # Source
//! A2A v1.0, section 10; gRPC over HTTP/2, Requests.

use agentgateway_core::jsonrpc::code;
use bytes::Bytes;
use http::Method;

use super::{Sent, bad};
use crate::{
    bridge::{Fault, LossReport, only_message},
    wire::{A2aOperation, A2aVersion, grpc},
};

/// The parameters, as the JSON form of the request's message.
pub(super) fn params(
    version: A2aVersion,
    operation: &A2aOperation,
    body: &Bytes,
) -> Result<Bytes, Fault> {
    let message = only_message(body)
        .map_err(bad)?
        .ok_or_else(|| bad("the request must be one message"))?;
    grpc::request_to_json(version, operation, &message).map_err(bad)
}

pub(super) fn sent(
    version: A2aVersion,
    operation: &A2aOperation,
    params: &Bytes,
    loss: &mut LossReport,
) -> Result<Sent, Fault> {
    let path = grpc::method_path(version, operation).ok_or_else(|| {
        let message = "the agent's version of A2A has no such method over gRPC";
        Fault::new(code::METHOD_NOT_FOUND, message)
    })?;
    let carried = grpc::request_from_json(version, operation, params).map_err(bad)?;
    loss.add_grpc(&carried);
    Ok(Sent {
        method: Method::POST,
        path: path.to_owned(),
        body: grpc::frame(&carried.bytes).map_err(bad)?,
        content_type: Some("application/grpc+proto"),
    })
}
