//! The wire of A2A over gRPC: messages, their JSON, frames, paths and errors. Pure, and usable alone.
//!
//! # Behaviour
//! * [`v1_0`] and [`v0_3`] are the messages of the two versions, to be encoded by `prost`. Their
//!   definitions are in two packages, so that one port can serve both.
//! * [`request_to_json`] and its relatives turn a message into ProtoJSON and back, by version and
//!   operation. For v1.0 this is the JSON of the other bindings; for v0.3 it is that of HTTP+JSON
//!   alone, and JSON-RPC has shapes of its own.
//! * [`FrameDecoder`] and [`frame`] take messages out of bodies and put them in.
//! * [`method_path`] and [`method_of_path`] name the methods of the service.
//! * [`RpcFault`] is an error of a call, by its JSON-RPC code, to and from the trailers of gRPC.
//!
//! # What is lost
//! JSON can say what protobuf cannot: members that the messages do not have, numbers that no double
//! holds. [`Carried`] tells of it. The other way, fields that are not known here are left out and
//! nobody can tell; nor is the order of the keys of an object kept: they are sorted.
//!
//! # Errors
//! [`GrpcError`] says what is wrong with a message, [`FrameError`] with what surrounds it. Neither
//! repeats a value of the message.
//!
//! # Cost
//! Work and memory grow with the message, and its size is for the caller to limit. Protobuf says an
//! empty task in two bytes, and here it takes some three hundred; a value in a list takes some forty.
//!
//! # Source
//! A2A v1.0, section 10 (gRPC binding), and `a2a.proto`; A2A v0.3, `a2a.proto`; gRPC over HTTP2
//! (doc/PROTOCOL-HTTP2.md of grpc/grpc); Protocol Buffers, ProtoJSON Format.
//!
//! # Example
//! ```
//! use agentgateway_a2a::{A2aOperation, A2aVersion, wire::grpc};
//!
//! let json = br#"{"id":"t-1","historyLength":2,"mood":"good"}"#;
//! let asked = grpc::request_from_json(A2aVersion::V1_0, &A2aOperation::GetTask, json)?;
//! assert_eq!(asked.bytes, &b"\x12\x03t-1\x18\x02"[..]);
//! assert_eq!(asked.lost, ["unknown member"]);
//! # Ok::<_, grpc::GrpcError>(())
//! ```

mod error;
mod fault;
mod frame;
mod messages;
mod method;
mod proto_json;
#[cfg(test)]
mod tests;
mod transcode;

pub(crate) use self::method::is_method_in_any_case;
pub use self::{
    error::{GrpcError, GrpcErrorKind},
    fault::RpcFault,
    frame::{FrameDecoder, FrameError, FrameErrorKind, frame},
    messages::{v0_3, v1_0},
    method::{method_of_path, method_path},
    transcode::{
        Carried, event_from_json, event_to_json, request_from_json, request_to_json,
        response_from_json, response_to_json,
    },
};
