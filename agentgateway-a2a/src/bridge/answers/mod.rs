//! Whole answers: from what an agent speaks to the form in the middle, and on to what the client speaks.
//!
//! The form in the middle is a result in the JSON of v1.0, or a [`Fault`].

#[cfg(feature = "grpc")]
mod grpc;
mod rest;
mod rpc;

use agentgateway_core::{Body, Error, ErrorKind, error::Origin, jsonrpc::RpcId};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};

use super::{Fault, LossReport, ShapeError, Speech, result_from_v1, result_to_v1};
use crate::wire::{A2aBinding, A2aOperation};

#[cfg(feature = "grpc")]
pub(super) use self::grpc::{
    fault as fault_grpc, success as success_grpc, trailers as trailers_grpc,
    unreadable as unreadable_grpc,
};
pub(super) use self::{rest::event as read_event, rpc::read as read_rpc};

/// What an agent has said to one call.
pub(crate) type Said = Result<Bytes, Fault>;

/// Reads the answer of an agent to a call that is answered once.
///
/// # Errors
/// It is no answer in what the agent speaks.
pub(crate) fn read(
    speech: Speech,
    operation: &A2aOperation,
    status: StatusCode,
    (headers, trailers): (&HeaderMap, Option<&HeaderMap>),
    body: &Bytes,
    loss: &mut LossReport,
) -> Result<Said, Error> {
    let said = match speech.binding {
        A2aBinding::JsonRpc => rpc::said(operation, status, body)?,
        A2aBinding::HttpJson => rest::said(speech.version, status, body),
        #[cfg(feature = "grpc")]
        A2aBinding::Grpc => {
            grpc::said(speech.version, operation, (status, headers, trailers), body)?
        }
        #[cfg(not(feature = "grpc"))]
        A2aBinding::Grpc => {
            let _ = (headers, trailers);
            return Err(no_grpc());
        }
    };
    said.map(|result| result_to_v1(operation, speech.shape(), &result, loss))
        .map_or_else(|fault| Ok(Err(fault)), |result| result.map(Ok))
        .map_err(unreadable)
}

/// The answer that tells the client.
///
/// # Errors
/// What the agent said has no place in what the client speaks.
pub(crate) fn write(
    speech: Speech,
    operation: &A2aOperation,
    said: Said,
    id: &RpcId,
    loss: &mut LossReport,
) -> Result<Response<Body>, Error> {
    let said = match said {
        Ok(result) => {
            Ok(result_from_v1(operation, speech.shape(), &result, loss).map_err(unreadable)?)
        }
        Err(fault) => Err(fault),
    };
    match speech.binding {
        A2aBinding::JsonRpc => Ok(rpc::answer(speech.version, operation, said, id)),
        A2aBinding::HttpJson => Ok(rest::answer(speech.version, operation, said)),
        #[cfg(feature = "grpc")]
        A2aBinding::Grpc => grpc::answer(speech.version, operation, said, loss),
        #[cfg(not(feature = "grpc"))]
        A2aBinding::Grpc => Err(no_grpc()),
    }
}

/// An answer that cannot be read is the agent's fault.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
pub(super) fn unreadable(reason: ShapeError) -> Error {
    bad_answer(format!("the agent's answer cannot be translated: {reason}"))
}

pub(super) fn bad_answer(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}

#[cfg(not(feature = "grpc"))]
pub(super) fn no_grpc() -> Error {
    Error::new(ErrorKind::Internal, "gRPC is not compiled in")
}
