//! The beginning of a request's body, for policies that want to see it.
//!
//! # Behaviour
//! [`PrefixLayer`] reads up to so many bytes of a request's body, writes them into the request's
//! extensions as [`BodyPrefix`], and forwards the body untouched. A body that is longer is cut for
//! those who look and whole for the service behind, or refused, as configured. Policies decide from
//! the head alone and wait for nothing, so this layer stands outside of theirs.
//!
//! Requests that it passes by: those of gRPC, whose two directions may wait for each other, and all
//! that the [condition](PrefixLayer::when) of an application leaves out.
//!
//! # Reads / Writes
//! Writes [`BodyPrefix`]; one that was there before is taken out.
//!
//! # Errors
//!
//! | what is wrong | error |
//! |---|---|
//! | the body is over the limit, and such are [refused](PrefixLayer::refuse_longer) | `TooLarge` |
//! | the body fails before its beginning is read | what its error says |
//!
//! # Readiness
//! Always ready; the inner service is waited for when the beginning is there. A slow upload holds no
//! place in it.
//!
//! # Cost
//! One allocation for the reading; the bytes are those that came, copied together where they came in
//! several pieces.
//!
//! # Example
//! ```
//! use agentgateway_core::{Body, body::{BodyPrefix, Peeked, PrefixLayer}};
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agentgateway_core::Error> {
//! let inner = service_fn(|request: Request<Peeked<Body>>| async move {
//!     let prefix = request.extensions().get::<BodyPrefix>().expect("it was read");
//!     assert_eq!((&**prefix.bytes(), prefix.is_whole()), (&b"tell"[..], false));
//!     Ok::<_, agentgateway_core::BoxError>(Response::new(request.into_body()))
//! });
//! let service = PrefixLayer::new(4).layer(inner);
//! let answer = service.oneshot(Request::new(Body::from(Bytes::from("tell me")))).await?;
//! # use http_body_util::BodyExt;
//! assert_eq!(answer.into_body().collect().await?.to_bytes(), "tell me");
//! # Ok(())
//! # }
//! ```

mod found;
mod future;
mod layer;
mod service;
#[cfg(test)]
mod tests;

pub use self::{found::BodyPrefix, future::ResponseFuture, layer::PrefixLayer, service::Prefix};
