//! How long an answer may take: until its head, until its first byte, between its pieces, and in all.
//!
//! # Behaviour
//! One total deadline cuts healthy streams, and none at all waits for ever; hence several clocks
//! ([`Clocks`]), each off until it is set.
//!
//! | clock | runs | at the limit |
//! |---|---|---|
//! | [`head`](Clocks::head) | from the sending to the head of an answer in one piece | the call fails |
//! | [`stream_head`](Clocks::stream_head) | from the sending to the head of a stream | the call fails |
//! | [`first_byte`](Clocks::first_byte) | from the sending to the first byte of a stream's body, while a reader waits | the call or the body fails |
//! | [`gap`](Clocks::gap) | between two pieces, while a reader waits | the body fails |
//! | [`request`](Clocks::request) | from the arrival of the request to the end of the answer | the call or the body fails |
//! | [`attempt`](Clocks::attempt) | from the sending to the end of the answer | the call or the body fails |
//!
//! Outside of the retries a [`TimeoutLayer`] limits them all together, inside of them each attempt.
//! An answer that is here when its clock rings is handed on; only `request` and `attempt` cut an
//! answer that still sends, since a service that always has a byte would keep its client for ever.
//! Behind a failure a body is over. The call that failed is dropped, which ends the exchange upstream.
//!
//! An alarm that rings more than a second late says that this process stood still: it was stopped, or
//! starved. The error's origin is then the gateway, so that no endpoint is blamed for it and nothing is
//! sent again.
//!
//! Where who serves tells of a [`Cutoff`](crate::context::Cutoff), an answer that is not here when it comes
//! fails too: its connection is about to be cut.
//!
//! # Reads / Writes
//! Reads [`Arrived`](crate::context::Arrived) and [`Cutoff`](crate::context::Cutoff), and of the extensions what
//! [`streams`](TimeoutLayer::streams) asks for. Writes [`Deadline`](crate::context::Deadline), the
//! moment until which the head is awaited, unless an earlier one stands there.
//!
//! # Errors
//! [`Timeout`](crate::ErrorKind::Timeout), before the head and in the body; of the upstream's origin,
//! or of the gateway's as told above; [`Overloaded`](crate::ErrorKind::Overloaded) for a cutoff. The inner service's errors are read by
//! [`Error::from_boxed`](crate::Error::from_boxed).
//!
//! # Cost
//! One timer per call with a limit. A body makes its timers when somebody waits for it; per frame they
//! cost a look at each. Needs a tokio runtime with time.
//!
//! # Differences from `tower::timeout`
//! tower's ends with the head: a body may then take for ever. It knows one limit for all requests, and
//! tells nobody inside how long is left.
//!
//! # Example
//! ```
//! use std::time::Duration;
//! use agentgateway_core::{ErrorKind, timeout::{Clocks, TimeoutLayer}};
//! use http::{Request, Response};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! const CLOCKS: Clocks = Clocks::new()
//!     .stream_head(Some(Duration::from_secs(120)))
//!     .gap(Some(Duration::from_secs(300)));
//!
//! let silent = service_fn(|_: Request<()>| async {
//!     std::future::pending::<()>().await;
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(String::new()))
//! });
//! let service = TimeoutLayer::new(CLOCKS).layer(silent);
//! let error = service.oneshot(Request::new(())).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Timeout);
//! # }
//! ```

mod alarm;
mod body;
mod clocks;
mod future;
mod layer;
mod service;
#[cfg(test)]
mod tests;
mod wait;

pub(crate) use self::alarm::missed;
pub use self::{
    body::ResponseBody, clocks::Clocks, future::ResponseFuture, layer::TimeoutLayer,
    service::Timeout, wait::WaitClock,
};
