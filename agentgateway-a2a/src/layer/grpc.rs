//! Calls of gRPC.
//!
//! # Source
//! A2A v1.0, section 10; gRPC over HTTP/2, Requests.

use agentgateway_core::{Error, ErrorKind, jsonrpc::code, protocol::Rejection};
use bytes::Bytes;
use http::request;

use super::{
    A2aSubject,
    parse::{declared_version, extensions, reject, skill},
};
use crate::{
    bridge::{LossReport, Speech, only_message, shape::params_to_v1},
    call::{A2aCall, Facts},
    wire::{A2aBinding, A2aVersion, grpc, read_body},
};

/// Whether a request calls one of A2A's methods.
pub(super) fn is_call(head: &request::Parts) -> bool {
    grpc::method_of_path(head.uri.path()).is_some()
}

/// Whether a service that does not tell cases apart finds one of A2A's methods all the same.
pub(super) fn is_in_another_case(head: &request::Parts) -> bool {
    grpc::is_method_in_any_case(head.uri.path()) && !is_call(head)
}

/// The call of a request whose body is its one message.
pub(super) fn call(head: &request::Parts, body: &Bytes) -> Result<A2aCall, Rejection> {
    let refuse = |message: String| reject(A2aSubject::Grpc, code::INVALID_PARAMS, message);
    let Some((operation, version)) = grpc::method_of_path(head.uri.path()) else {
        let error = Error::new(ErrorKind::NotFound, "A2A has no such method");
        return Err(Rejection::new(error, |error| {
            A2aSubject::Grpc.response(&crate::wire::A2aError::new(error), error)
        }));
    };
    let message = only_message(body)
        .map_err(|error| refuse(error.to_string()))?
        .ok_or_else(|| refuse("the request must be one message".to_owned()))?;
    let json = grpc::request_to_json(version, &operation, &message)
        .map_err(|error| refuse(error.to_string()))?;
    // What decides is read where both versions say it alike.
    let shape = Speech::new(A2aBinding::Grpc, version).shape();
    let mut loss = LossReport::default();
    let params = params_to_v1(&operation, shape, &json, &mut loss)
        .map_err(|error| refuse(error.to_string()))?;
    let read = read_body(&params, &operation, A2aVersion::V1_0)
        .map_err(|error| refuse(error.to_string()))?;
    let mut call = Facts::new(operation, A2aBinding::Grpc, declared_version(head));
    call.version = version;
    call.extensions = extensions(&head.headers);
    call.skill = skill(&head.headers);
    call.take(read);
    Ok(call.into())
}
