//! Calls of gRPC with one message each way, over any client that speaks HTTP/2.
//!
//! # Source
//! gRPC over HTTP2 (doc/PROTOCOL-HTTP2.md of grpc/grpc): "Requests", "Responses".

mod frame;
mod method;
mod status;

pub(super) use self::method::Method;
