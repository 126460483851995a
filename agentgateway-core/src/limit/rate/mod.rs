//! So many requests, or tokens, in such a time.
//!
//! # Behaviour
//! A [`RateLimit`] asks whose limit a request falls under ([`Key`](super::Key)), and takes one
//! permit of each of its [`Rate`](crate::store::Rate)s, or of none. Where one has none left the
//! request is refused, at once and without a queue.
//!
//! [Tokens](RateLimit::tokens) are paid when they are known: a request passes while the bucket holds
//! something, and what it used is taken when its answer has ended, into debt if need be. So one
//! large answer is let through, and the ones after it wait. Nobody knows what a call used before a
//! protocol layer has read it: see [`Meter`](crate::context::Meter).
//!
//! # Reads / Writes
//! Reads what its key reads. With tokens it reads the facts of the call, and writes the
//! [`Meter`](crate::context::Meter) into the answer's extensions. On request it writes
//! `RateLimit-Policy` and `RateLimit` into the answer's head, also of a refusal.
//!
//! # Errors
//! | what happened | error |
//! |---|---|
//! | a bucket has no permit | `RateLimited` (429), `Retry-After`, decided by `{name} rate[{place}]` |
//! | the store gives no word, [`FailureMode::Closed`](crate::policy::FailureMode::Closed) | `Overloaded` (503) |
//!
//! # Cost
//! In memory some 0.2 µs and one allocation for the key; with fields or tokens one more for what
//! follows the answer.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     context::{AuthMethod, Principal},
//!     limit::{Key, rate::RateLimit},
//!     policy::PolicyLayer,
//!     store::Rate,
//! };
//! use http::{Request, Response};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let limit = RateLimit::new("calls", Key::principal(), [Rate::per_second(10).burst(2)]);
//! let service = PolicyLayer::new(limit).layer(service_fn(|_: Request<()>| async {
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(String::from("hello")))
//! }));
//! let call = || {
//!     let mut request = Request::new(());
//!     Principal::new(AuthMethod::ApiKey, "alice").insert(request.extensions_mut());
//!     service.clone().oneshot(request)
//! };
//! assert!(call().await.is_ok() && call().await.is_ok());
//! let refused = call().await.unwrap_err();
//! assert_eq!(refused.status(), 429);
//! assert!(refused.retry_after().is_some());
//! # }
//! ```

mod charge;
mod fields;
mod policy;

pub use self::policy::RateLimit;
