//! Bodies that are read whole before they go on.
//!
//! # Behaviour
//! [`BufferLayer`] reads the body of a request to its end before the service inside is called, and that of
//! an answer before its head goes back. So a service is not held by a slow upload, and an answer that
//! breaks off is an error and no half. One that is longer than its [`Whole`] allows is refused, or
//! goes on as it comes.
//!
//! What it passes by, since its end is not waited for by anybody:
//!
//! | body | why |
//! |---|---|
//! | of gRPC, in both directions | one side may wait for the other |
//! | an event stream | its events are for now, and it may have no end |
//! | behind `101`, or `200` to a `CONNECT` | it is no body |
//!
//! # Errors
//!
//! | what is wrong | error |
//! |---|---|
//! | the body of a request is longer than allowed | [`TooLarge`](crate::ErrorKind::TooLarge), 413 |
//! | the body of an answer is longer than allowed | [`BadAnswer`](crate::ErrorKind::BadAnswer), 502 |
//! | a body fails while it is read | what its error says |
//!
//! # Differences from [`HoldLayer`](super::HoldLayer)
//! That one reads what says that it is small, so that it can be sent twice, and refuses nothing.
//!
//! # Readiness
//! Always ready; the inner service is waited for when the body is there.
//!
//! # Cost
//! As much memory as the bodies of all exchanges under way have. A body in one piece is not copied.
//!
//! # Example
//! ```
//! use agentgateway_core::{Body, BoxError, Peeked, body::buffer::{BufferLayer, Whole}};
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let inner = service_fn(|request: Request<Peeked<Body>>| async move {
//!     assert_eq!(request.into_body().whole().as_deref(), Some(&b"tell me"[..]));
//!     Ok::<_, BoxError>(Response::new(Body::from(Bytes::from("a long story"))))
//! });
//! let layer = BufferLayer::new().request(Whole::up_to(8)).response(Whole::up_to(8));
//! let request = Request::new(Body::from(Bytes::from("tell me")));
//! let error = layer.layer(inner).oneshot(request).await.unwrap_err();
//! assert_eq!(error.status(), 502);
//! # }
//! ```
//!
//! # Source
//! agentgateway.dev/v1alpha1, `buffer` of an `AgentgatewayPolicy`.

mod future;
mod layer;
mod service;
#[cfg(test)]
mod tests;

pub use self::{
    future::ResponseFuture,
    layer::{BufferLayer, Whole},
    service::Buffer,
};
