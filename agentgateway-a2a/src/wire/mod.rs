//! The wire of A2A: names, headers, routes, shapes and errors. Pure, and usable alone.
//!
//! Three shapes of JSON occur: v1.0 in both bindings (the JSON form of the protocol's messages),
//! v0.3 over JSON-RPC (objects with a `kind`, states in kebab case) and v0.3 over HTTP+JSON (the
//! JSON form of the v0.3 messages). What is read here is read in each of them.
//!
//! # Source
//! A2A v1.0, sections 3 (operations), 5.3 (method mapping), 8 (agent card), 9 (JSON-RPC), 11
//! (HTTP+JSON); A2A v0.3, sections 3, 5 and 7.

mod answer;
mod binding;
pub mod card;
pub mod code;
mod error;
#[cfg(feature = "grpc")]
#[cfg_attr(docsrs, doc(cfg(feature = "grpc")))]
pub mod grpc;
pub mod header;
mod operation;
mod params;
mod rest;
mod state;
mod status;
mod version;

#[cfg(feature = "relay")]
pub(crate) use self::params::push_configs;
pub use self::{
    answer::ResultKind, binding::A2aBinding, error::A2aError, operation::A2aOperation,
    params::MessageParts, state::TaskState, version::A2aVersion,
};
pub(crate) use self::{
    answer::{Answer, read_answer},
    params::{Params, PushUrl, read_body, read_params},
    rest::{Route, query_value, route, route_in_any_case, sole_query_value},
    status::RpcStatus,
};
