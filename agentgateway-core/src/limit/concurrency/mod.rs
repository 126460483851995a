//! So many requests at once.
//!
//! # Behaviour
//! A [`ConcurrencyLimit`] counts a request from its head to the end of its answer's body, and refuses
//! what is above the limit at once. One value is one limit: mounted at a listener it is the
//! listener's, at a route the route's.
//!
//! | limit | refuses with |
//! |---|---|
//! | [`total`](ConcurrencyLimit::total) | `Overloaded` (503): the gateway is at its limit |
//! | [`each`](ConcurrencyLimit::each) key | `RateLimited` (429): the caller is at its own |
//!
//! With a [queue](ConcurrencyLimit::queue) those above the total wait in order, for a short while: a
//! burst is smoothed, an overload is not. Without one nothing waits.
//!
//! # Reads / Writes
//! Reads what its key reads.
//!
//! # Errors
//! As above, with `Retry-After`.
//!
//! # Cost
//! One atomic count, and with keys a look under one lock of 64, twice. One allocation for what
//! follows the answer. Memory grows with what is in flight and with nothing else.
//!
//! # Differences from `tower::limit::ConcurrencyLimit`
//! tower's waits in `poll_ready`, before it sees the request, gives its permit back with the head of
//! the answer, and knows no keys.
//!
//! # Example
//! ```
//! use agentgateway_core::{
//!     limit::{Key, concurrency::ConcurrencyLimit},
//!     policy::PolicyLayer,
//! };
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let limit = ConcurrencyLimit::new("streams").total(1).each(Key::client_address(), 1);
//! let service = PolicyLayer::new(limit.clone()).layer(service_fn(|_: Request<()>| async {
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(Full::new("hello".into())))
//! }));
//! let stream = service.clone().oneshot(Request::new(())).await?;
//! assert_eq!(limit.in_flight(), 1);
//! let refused = service.clone().oneshot(Request::new(())).await.unwrap_err();
//! assert_eq!(refused.status(), 503);
//! drop(stream);
//! assert!(service.oneshot(Request::new(())).await.is_ok());
//! # Ok(())
//! # }
//! ```

mod keys;
mod policy;
mod total;

pub use self::policy::ConcurrencyLimit;
