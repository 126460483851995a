//! Request ids: one word by which client, logs and services speak of a request.
//!
//! # Behaviour
//! [`RequestIds`] is a [`Policy`](crate::policy::Policy). It takes the `x-request-id` of a peer that is
//! trusted, else makes one: a UUID of version 7 ([`UuidV7`]), or what the application says. The id goes
//! on to the service as `x-request-id`, in the place of whatever the client has sent, and comes back to
//! the client in the head of its answer. An id of its own that the service has put there, such as a
//! provider's, goes on as `x-upstream-request-id`.
//!
//! It stands behind [`ForwardedLayer`](crate::forwarded::ForwardedLayer), where there is one, and before
//! everything that logs or refuses.
//!
//! # Reads / Writes
//! Reads [`Forwarding`](crate::forwarded::Forwarding) and
//! [`ClientAddr`](crate::context::ClientAddr) to know the peer; writes
//! [`RequestId`](crate::context::RequestId). The protocol layers and
//! [`RescueLayer`](crate::rescue::RescueLayer) inside tell it in their errors, where the dialect has a
//! place for it: `data.requestId` of JSON-RPC, a `google.rpc.RequestInfo` of A2A and Gemini,
//! `request_id` of Anthropic.
//!
//! # Errors
//! None. A foreign id that is none by the rules of [`RequestId`](crate::context::RequestId) (empty,
//! over 128 bytes, not visible ASCII), or that is there twice, is replaced.
//!
//! # Cost
//! One id and one box a request.
//!
//! # Example
//! ```
//! use agentgateway_core::{context::RequestId, policy::PolicyLayer, request_id::RequestIds};
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Empty;
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agentgateway_core::Error> {
//! let inner = service_fn(|request: Request<()>| async move {
//!     assert!(request.extensions().get::<RequestId>().is_some());
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(Empty::<Bytes>::new()))
//! });
//! let service = PolicyLayer::new(RequestIds::new()).layer(inner);
//! let answer = service.oneshot(Request::new(())).await?;
//! assert_eq!(answer.headers()["x-request-id"].len(), 36);
//! # Ok(())
//! # }
//! ```

mod policy;
#[cfg(test)]
mod tests;
mod uuid;

pub use self::{policy::RequestIds, uuid::UuidV7};
