//! The engine that the protocol layers share: who parses, answers.
//!
//! A [`Protocol`] says what its requests look like. [`ProtocolService`] does the rest, the same for
//! each of them:
//!
//! 1. decides from the head alone whether the body is to be read ([`Look`]); all other bodies pass
//!    untouched, so that a call that streams both ways does not hang;
//! 2. reads the body within its limit, parses it once, and writes the typed call into the request's
//!    extensions;
//! 3. waits for the inner service (it is always ready itself: its error type is `Infallible`, and a
//!    slow upload must not hold a permit) and calls it within the protocol's span;
//! 4. turns every error, before headers or in mid-stream, into the protocol's own shape, and tells
//!    the typed [`End`](crate::body::End) exactly once.
//!
//! # Readiness
//! The service answers `poll_ready` itself. A `load_shed` outside of it sees no limit inside: put it
//! inside, where its error is answered in the protocol's form.

mod call;
mod exchange;
mod future;
mod service;
#[cfg(test)]
mod tests;

pub use self::{
    call::{Look, Protocol, Rejection},
    exchange::{Clock, Finished, OnFinished, Told},
    future::ResponseFuture,
    service::{Exchange, ProtocolService, ResponseBody},
};
