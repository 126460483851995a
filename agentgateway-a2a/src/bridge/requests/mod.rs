//! Requests: from what a client speaks to the form in the middle, and on to what an agent speaks.
//!
//! The form in the middle is an operation and its parameters in the JSON of v1.0.

#[cfg(feature = "grpc")]
mod grpc;
mod rest;
mod rpc;

use agentgateway_core::{
    json,
    jsonrpc::{RpcId, code as rpc_code},
};
use bytes::Bytes;
use http::{Method, request};

use super::{Fault, LossReport, Shape, Speech, params_from_v1, params_to_v1};
use crate::{
    A2aCall,
    wire::{A2aBinding, A2aOperation},
};

/// One call in the form in the middle.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) operation: A2aOperation,
    /// An object in the JSON of v1.0.
    pub(crate) params: Bytes,
}

impl Asked {
    /// Whether the call is about a task that the client knows.
    pub(crate) fn names_task(&self) -> bool {
        use A2aOperation as Op;

        match self.operation {
            Op::SendMessage | Op::SendStreamingMessage => {
                let message = json::members(&self.params, ["message"]).unwrap_or_default();
                let task = message.first().copied().flatten();
                let task = task.and_then(|message| json::members_of(message, ["taskId"]).ok());
                let task = task.and_then(|[task]| task).and_then(json::string);
                task.is_some_and(|task| !task.is_empty())
            }
            Op::ListTasks | Op::GetExtendedAgentCard | Op::AgentCard | Op::Unknown(_) => false,
            _ => true,
        }
    }
}

/// A request as an agent takes it: where it goes, and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    /// Behind the URL of the interface: empty, or a path and a query.
    pub(crate) path: String,
    pub(crate) body: Bytes,
    pub(crate) content_type: Option<&'static str>,
}

/// What a client asks for.
///
/// # Errors
/// What it says cannot be read, or has no place in v1.0; or a method that is not known here.
pub(crate) fn read(
    speech: Speech,
    call: &A2aCall,
    head: &request::Parts,
    body: &Bytes,
    loss: &mut LossReport,
) -> Result<Asked, Fault> {
    let operation = call.operation();
    if matches!(
        operation,
        A2aOperation::Unknown(_) | A2aOperation::AgentCard
    ) {
        let message =
            "this method is not known here, and the agent speaks another binding or version of A2A";
        return Err(Fault::new(rpc_code::METHOD_NOT_FOUND, message));
    }
    let params = match speech.binding {
        A2aBinding::JsonRpc => rpc::params(body)?,
        A2aBinding::HttpJson => rest::params(speech.version, call, head, body)?,
        #[cfg(feature = "grpc")]
        A2aBinding::Grpc => grpc::params(speech.version, operation, body)?,
        #[cfg(not(feature = "grpc"))]
        A2aBinding::Grpc => return Err(no_grpc()),
    };
    let params = params_to_v1(operation, speech.shape(), &params, loss)?;
    Ok(Asked {
        operation: operation.clone(),
        params,
    })
}

/// The request that asks an agent for it; `id` is that of a JSON-RPC request.
///
/// # Errors
/// It has no place in what the agent speaks.
pub(crate) fn write(
    speech: Speech,
    asked: &Asked,
    id: &RpcId,
    loss: &mut LossReport,
) -> Result<Sent, Fault> {
    let Asked { operation, params } = asked;
    let mut params = params_from_v1(operation, speech.shape(), params, loss)?;
    if *operation == A2aOperation::SendMessage && speech.shape() == Shape::V0_3Proto {
        params = blocking(params)?;
    }
    match speech.binding {
        A2aBinding::JsonRpc => Ok(rpc::sent(speech.version, operation, &params, id)),
        A2aBinding::HttpJson => rest::sent(speech.version, operation, &params),
        #[cfg(feature = "grpc")]
        A2aBinding::Grpc => grpc::sent(speech.version, operation, &params, loss),
        #[cfg(not(feature = "grpc"))]
        A2aBinding::Grpc => Err(no_grpc()),
    }
}

/// A call that says nothing of how it waits, waits. Where messages are protobuf, agents of v0.3 cannot tell a
/// configuration that is missing from one that is empty, which says the contrary.
fn blocking(params: Bytes) -> Result<Bytes, Fault> {
    let [configuration] = json::members(&params, ["configuration"]).map_err(bad)?;
    if configuration.is_some_and(|configuration| !json::is_null(configuration)) {
        return Ok(params);
    }
    let configuration = Bytes::from_static(br#"{"blocking":true}"#);
    json::with_members(&params, &[("configuration", Some(configuration))]).map_err(bad)
}

#[cfg(not(feature = "grpc"))]
fn no_grpc() -> Fault {
    Fault::new(rpc_code::INTERNAL_ERROR, "gRPC is not compiled in")
}

/// Parameters that cannot be read.
pub(super) fn bad(reason: impl std::fmt::Display) -> Fault {
    Fault::new(rpc_code::INVALID_PARAMS, reason.to_string())
}
