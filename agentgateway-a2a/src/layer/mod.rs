//! The layer: parse, context, inner, rescue.
//!
//! # Behaviour
//! * A POST of JSON is JSON-RPC unless its path ends with a route of HTTP+JSON. It is read within
//!   [`A2aLayer::max_body_bytes`], parsed once, and goes on with the same bytes. Other routes of
//!   HTTP+JSON and the GETs of agent cards are known from their head.
//! * gRPC is read where the layer was told to (feature `grpc`); otherwise it passes untouched and without
//!   a call, as all else does.
//! * A batch, a message that is not JSON-RPC, parameters that two parsers could read differently
//!   are refused. A method that is not known passes: the agent answers it.
//! * Answers pass byte by byte; JSON answers and events are looked at on their way
//!   ([`A2aReport`]). A stream that ends before its task has come to an end, or to an interruption,
//!   gets an error event.
//! * Behind the last word of a stream no event passes: behind `final` in v0.3, behind a terminal state in
//!   v1.0. An agent that leaves the stream open then has a second to end it; the gateway ends it for the
//!   client. A stream of gRPC is the agent's to end: its status is the agent's word.
//! * A service inside may hear what answers say ([`AnswerTap`]).
//! * Agent cards, the extended ones too, are given the gateway's URLs, or written for what it offers;
//!   their signatures are checked, taken out or made anew
//!   ([`policy::card`](crate::policy::card)). Where they are signed, the key is answered at a path of
//!   its own, and that request is no call.
//!
//! # Reads / Writes
//! Reads [`MountPath`](agentgateway_core::context::MountPath) for the URLs of cards, where none is
//! configured. Writes [`A2aCall`](crate::A2aCall) into the request's extensions. Of the headers of a
//! call it removes `Accept-Encoding`, since a coded answer cannot be looked at, and for cards what
//! makes the request conditional or partial, since the agent's `304` would hide a rewrite. A card
//! that was read has a strong `ETag` of the bytes that are served, with which `If-None-Match` is answered,
//! and no `Last-Modified` and digest any more. An extended card says `Cache-Control: private`.
//!
//! Takes [`AnswerTap`] out of an answer's extensions, by which policies inside are told what it says.
//!
//! # Errors
//! Every error is an answer in the call's binding. Over JSON-RPC, a malformed message is answered
//! with status 200 and an error object, as agents do; a decision of the gateway (401, 403, 413, 429,
//! 502, 503, 504) has its own status and the error object as its body, so that both HTTP tools and
//! A2A clients see it. Over HTTP+JSON both have their status.
//!
//! # Source
//! A2A v1.0, sections 9 and 11; A2A v0.3, section 3.

mod dialect;
#[cfg(feature = "grpc")]
mod frames;
#[cfg(feature = "grpc")]
mod grpc;
#[expect(
    clippy::module_inception,
    reason = "every layer's folder is laid out alike"
)]
mod layer;
mod listed;
mod parse;
mod progress;
mod protocol;
mod report;
mod tap;
#[cfg(test)]
mod tests;
mod watch;

pub use self::{
    dialect::{A2aDialect, A2aSubject},
    layer::{A2a, A2aLayer},
    protocol::A2aProtocol,
    report::A2aReport,
    tap::AnswerTap,
    watch::A2aWatch,
};
pub(crate) use self::{progress::Progress, tap::TaskFilter};
