//! The client's hop: decides on each request, and opens its span where it is traced.
//!
//! A request that is not traced costs a look at its headers and no span: the spans inside are not
//! opened either. What is behind learns of it by `traceparent` where it would else begin a trace of
//! its own.

mod begin;
mod layer;
mod propagation;
mod service;

pub(super) use self::{begin::copy, propagation::GatewayPropagation};
pub use self::{
    layer::TraceLayer,
    service::{Opened, OpenedServer, ResponseFuture, Traced},
};
