//! Requests that are sent again, where that may help and cannot harm.
//!
//! # Behaviour
//! [`RetryLayer`] stands outside of what chooses an endpoint and inside of the protocol layer, which
//! says the last failure in its protocol. An attempt that failed is followed by another when all of this
//! holds:
//!
//! | question | rule | else |
//! |---|---|---|
//! | is it worth it? | the [`Judge`] says so: by default ([`Transient`]) 502, 503, 504, 429 that says when, no connection, a broken one, an attempt that took too long | the answer is handed on |
//! | are attempts left? | one [retry](RetryLayer::retries) | [`Skip::Attempts`] |
//! | is it safe? | an idempotent method, a call that its protocol declares safe, or anything of which the service provably did nothing ([`Error::is_unprocessed`](crate::Error::is_unprocessed)) | [`Skip::NotSafe`] |
//! | is there a body for it? | it is in memory ([`Repeat`]; a protocol layer or [`HoldLayer`](crate::body::HoldLayer) outside has read it), and of [64 KiB](RetryLayer::body_limit) at most | [`Skip::BodyTooLarge`], [`Skip::BodyStreamed`] |
//! | will the service take it? | its `Retry-After` is [60 s](RetryLayer::longest_wait) at most, or the next attempt goes to another endpoint | [`Skip::RetryAfter`] |
//! | is there time? | what must be waited ends before the deadline; of what chance adds, no more than half of the rest is waited | [`Skip::Deadline`] |
//! | are there not too many? | the [`Budget`]: 20 % of the requests of the last 10 s, and 10 in a second | [`Skip::Budget`] |
//!
//! So a tool is never run twice and a message to an agent never sent twice, unless nothing of the first
//! attempt was processed; and nothing is sent again once the head of an answer was handed on. A stream
//! that breaks later is its client's to take up again.
//!
//! Before an attempt up to 25 ms are waited by chance, then up to twice as long, up to 1 s
//! ([`Backoff`]); behind a `Retry-After` of the only endpoint, for that time and the backoff. The answer
//! of an attempt that failed is dropped, its body unread, before the wait begins; the last one is handed
//! on as it is.
//!
//! # Reads / Writes
//! Reads [`CallView`](crate::context::CallView), [`Idempotent`](crate::upstream::Idempotent) and
//! [`Deadline`](crate::context::Deadline). Writes into each attempt's extensions
//! [`Attempt`](crate::context::Attempt) (with the span of an attempt: `http.request.resend_count`), one
//! [`Tried`](crate::balance::Tried) for all, so that the next goes to another endpoint, `Idempotent`
//! where it is safe, and `Deadline`; into the answer of an attempt after the first its `Attempt`.
//!
//! # Errors
//! Those of the last attempt, as [`Error::from_boxed`](crate::Error::from_boxed) reads them, and
//! `Timeout` at a [deadline](RetryLayer::deadline) of its own.
//!
//! # Readiness
//! Forwarded. The service that was ready takes the first attempt; before each that follows it is waited
//! for until the deadline.
//!
//! # Cost
//! A clone of the request's head, and the reference count of its body. A lock of the budget for each
//! request. Nothing per frame: bodies of answers are not wrapped. With [no retries](RetryLayer::retries),
//! and where the judge does not [apply](Judge::applies), nothing is cloned.
//!
//! # Differences from `tower::retry`
//! tower's policy is not asked about a request that it could not clone, so nobody learns how often a
//! body was too large; it sees no head without its body, and knows no deadline. The budget is tower's
//! (`TpsBudget`).
//!
//! # Example
//! ```
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use agentgateway_core::{Body, retry::RetryLayer};
//! use http::{Request, Response, StatusCode};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! static ASKED: AtomicU32 = AtomicU32::new(0);
//! // Fails the first time.
//! let flaky = service_fn(|_: Request<Body>| async {
//!     let mut response = Response::new(Body::empty());
//!     if ASKED.fetch_add(1, Ordering::Relaxed) == 0 {
//!         *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
//!     }
//!     Ok::<_, agentgateway_core::Error>(response)
//! });
//! let service = RetryLayer::new().layer(flaky);
//!
//! let request = Request::get("/").body(Body::empty()).unwrap();
//! let response = service.oneshot(request).await.unwrap();
//! assert_eq!(response.status(), StatusCode::OK);
//! assert_eq!(ASKED.load(Ordering::Relaxed), 2);
//! # }
//! ```

mod backoff;
mod budget;
mod future;
mod judge;
mod kept;
mod layer;
mod repeat;
mod service;
mod skip;
#[cfg(test)]
mod tests;

pub use self::{
    backoff::Backoff,
    budget::Budget,
    future::ResponseFuture,
    judge::{Judge, Transient, Verdict, is_safe},
    layer::RetryLayer,
    repeat::{Repeat, Unrepeatable},
    service::Retry,
    skip::Skip,
};
